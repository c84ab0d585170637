"""Figures in sentences: one way to write a dollar and a percentage, for the engine's prose and for the rule book's.

They read as they do on the pages: the true minus sign (U+2212) before the dollar, and no space before the
percent sign.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

from rebalancing.engine.money import CENT, ONE

MINUS = "\u2212"
TENTH = Decimal("0.1")
PLACES_MAX = 22
"""Weights are kept to 24 places (`drift.WEIGHT_STEP`), which are 22 of a percent."""


def dollars(amount: Decimal, *, cents: bool = False) -> str:
    """Whole dollars, or dollars and cents, with thousands separated: "$3,000", "−$80.00"."""
    rounded = amount.quantize(CENT if cents else ONE, rounding=ROUND_HALF_UP)
    # Looked at after rounding, so that nothing reads "−$0".
    return f"{MINUS if rounded < 0 else ''}${abs(rounded):,}"


def percent(fraction: Decimal) -> str:
    """A fraction of one as a percentage with one decimal: 0.715 reads "71.5%"."""
    rounded = (fraction * 100).quantize(TENTH, rounding=ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded)}%"


def places_between(*fractions: Decimal, least: int = 1) -> int:
    """The decimals of a percentage that it takes, ``least`` or more, so that no two different fractions read alike."""
    different = len(set(fractions))
    with localcontext(prec=60):
        for places in range(least, PLACES_MAX):
            step = ONE.scaleb(-places)
            if len({(each * 100).quantize(step, rounding=ROUND_HALF_UP) for each in fractions}) == different:
                return places
    return PLACES_MAX


def percents(*compared: Decimal, also: tuple[Decimal, ...] = ()) -> tuple[str, ...]:
    """A weight and the limits it is compared with as percentages, all with as many digits as their difference needs.

    0.33398 beside 0.334 reads "33.398%" and "33.400%", so that no reason contradicts itself by rounding. ``also`` are
    figures in the same sentence that nothing is decided by; they get the same digits, after the others.
    """
    step = ONE.scaleb(-places_between(*compared))
    with localcontext(prec=60):
        rounded = [(each * 100).quantize(step, rounding=ROUND_HALF_UP) for each in (*compared, *also)]
    return tuple(f"{MINUS if each < 0 else ''}{abs(each)}%" for each in rounded)


def capitalized(sentence: str) -> str:
    """``sentence`` with a capital first letter and the rest unchanged."""
    return sentence[:1].upper() + sentence[1:]
