"""Named roundings. Money and shares are plain `Decimal`; they are rounded once, and by name.

Everything here is exact: no float enters or leaves. Callers keep full precision until the last step and
then say which rounding they mean.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")
WHOLE_SHARE = Decimal(1)
WRITTEN_PLACES = -16
"""A document holds no more places behind the point."""
WRITTEN = Decimal(1).scaleb(WRITTEN_PLACES)


def cents(amount: Decimal) -> Decimal:
    """Dollars to the nearest cent, halves away from zero (the rounding of tax forms and confirmations)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def cents_down(amount: Decimal) -> Decimal:
    """Dollars to the cent toward minus infinity: for cash we count on having."""
    return amount.quantize(CENT, rounding=ROUND_FLOOR)


def cents_up(amount: Decimal) -> Decimal:
    """Dollars to the cent toward plus infinity: for cash we must be able to pay."""
    return amount.quantize(CENT, rounding=ROUND_CEILING)


def as_written(number: Decimal) -> Decimal:
    """A quotient with no more places than a document can hold; any other number as it is."""
    return number.quantize(WRITTEN) if int(number.as_tuple().exponent) < WRITTEN_PLACES else number


def to_increment(amount: Decimal, increment: Decimal) -> Decimal:
    """`amount` to the nearest multiple of `increment` (> 0), halves away from zero; same unit as `amount`.

    Raises ValueError when the increment is not positive.
    """
    return _multiple(amount, increment, ROUND_HALF_UP)


def shares_down(shares: Decimal, increment: Decimal = WHOLE_SHARE) -> Decimal:
    """Shares to a multiple of `increment` toward zero: never more than asked for.

    Raises ValueError when the increment is not positive.
    """
    return _multiple(shares, increment, ROUND_DOWN)


def shares_up(shares: Decimal, increment: Decimal = WHOLE_SHARE) -> Decimal:
    """Shares to a multiple of `increment` away from zero: never less than asked for.

    Raises ValueError when the increment is not positive.
    """
    return _multiple(shares, increment, ROUND_UP)


def share_of(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`total` × `part` / `whole`, and exactly `total` when the part is the whole.

    Splitting with this and subtracting the result from `total` for the rest loses nothing.
    Raises ValueError when `whole` is zero.
    """
    if whole == 0:
        raise ValueError("Nothing can be divided in proportion to a whole of zero.")
    return total if part == whole else total * part / whole


def _multiple(amount: Decimal, increment: Decimal, rounding: str) -> Decimal:
    if increment <= 0:
        raise ValueError(f"An increment must be positive, not {increment}.")
    if increment == WHOLE_SHARE:
        return amount.quantize(WHOLE_SHARE, rounding=rounding)
    return (amount / increment).quantize(ONE, rounding=rounding) * increment
