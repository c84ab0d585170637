"""Figures in sentences: one way to write a dollar and a percentage, for the engine's prose and for the rule book's.

They read as they do on the pages: the true minus sign (U+2212) before the dollar, and a space that does not break
before the percent sign.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from rebalancing.engine.money import CENT, ONE

MINUS = "\u2212"
NO_BREAK = "\u00a0"
TENTH = Decimal("0.1")


def dollars(amount: Decimal, *, cents: bool = False) -> str:
    """Whole dollars, or dollars and cents, with thousands separated: "$3,000", "−$80.00"."""
    rounded = amount.quantize(CENT if cents else ONE, rounding=ROUND_HALF_UP)
    # Looked at after rounding, so that nothing reads "−$0".
    return f"{MINUS if rounded < 0 else ''}${abs(rounded):,}"


def percent(fraction: Decimal) -> str:
    """A fraction of one as per cent with one decimal: 0.715 reads "71.5 %"."""
    rounded = (fraction * 100).quantize(TENTH, rounding=ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded)}{NO_BREAK}%"


def capitalised(sentence: str) -> str:
    """``sentence`` with its first letter large and the rest as it is."""
    return sentence[:1].upper() + sentence[1:]
