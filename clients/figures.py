"""Formats numbers, days and moments for people: the same on screen, in letters and in refusals.

Pure: values in, text out. None reads "unknown" and never 0; a float or text is refused, because money and
weights are always Decimals. Minus is the true minus sign (U+2212); CSV and the API do not use this module.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from compliance.clock import as_shown

UNKNOWN = "unknown"
MINUS = "\u2212"
NO_BREAK = "\u00a0"
FINEST_QUANTITY = Decimal("0.000001")


def money(amount: Decimal | int | None, *, cents: bool = True, signed: bool = False) -> str:
    """Dollars: "$1,234.50", "−$80.00"; whole dollars when `cents` is False; `signed` puts + before gains."""
    return _figure(amount, places=2 if cents else 0, signed=signed, before="$")


def amount(value: Decimal | int | None, *, cents: bool = True, signed: bool = False) -> str:
    """Dollars without the sign, for a column whose header names the unit."""
    return _figure(value, places=2 if cents else 0, signed=signed)


def weight(fraction: Decimal | int | None, *, places: int = 2) -> str:
    """A fraction of one as a percentage: 0.682 reads "68.20%"."""
    return _figure(_hundredfold(fraction), places=places, after="%")


def share_price(dollars: Decimal) -> str:
    """Dollars a share: to the cent, and as finely as it was traded."""
    finer = dollars.normalize()
    return f"${dollars:,.2f}" if finer == round(finer, 2) else f"${finer:,f}"


def weight_number(fraction: Decimal | int | None, *, places: int = 2) -> str:
    """A fraction of one in percent, for a column whose header names the unit: 0.682 reads "68.20"."""
    return _figure(_hundredfold(fraction), places=places)


def weight_trimmed(fraction: Decimal | int) -> str:
    """A fraction of one in percent without trailing zeros, as limits are written: 0.55 reads "55", 0.125
    "12.5".
    """
    return _trimmed(Decimal(fraction) * 100, finest=Decimal("0.01"))


def points(fraction: Decimal | int | None) -> str:
    """A difference of two weights, in percentage points and never in percent: 0.018 reads "+1.8 pts".

    A second decimal is added where one would round a real difference to zero.
    """
    hundredfold = _hundredfold(fraction)
    places = 2 if hundredfold and abs(hundredfold) < Decimal("0.05") else 1
    return _figure(hundredfold, places=places, signed=True, after=f"{NO_BREAK}pts")


def quantity(units: Decimal | int | None) -> str:
    """Shares or units, at most six decimals, without trailing zeros: 12.500000 reads "12.5"."""
    if units is None:
        return UNKNOWN
    return _trimmed(_decimal(units), finest=FINEST_QUANTITY)


def day(on: date | None) -> str:
    """A calendar day: "Dec 12, 2026"."""
    if on is None:
        return UNKNOWN
    return f"{on:%b} {on.day}, {on.year}"


def moment(at: datetime | None) -> str:
    """A moment in the firm's zone (as shipped Eastern), with the zone: "Dec 12, 2026, 06:02 ET"."""
    if at is None:
        return UNKNOWN
    return f"{day(_as_shown(at)[0].date())}, {clock(at)}"


def clock(at: datetime | None) -> str:
    """The time of day in the same zone: "06:02 ET"."""
    if at is None:
        return UNKNOWN
    local, letters = _as_shown(at)
    return f"{local:%H:%M} {letters}"


def counted(number: int, noun: str) -> str:
    """A count with its noun: "1 trade", "12 trades"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def masked(last_four: str | None) -> str:
    """An account by its last four digits: "····1234". Never pass a full account number."""
    if last_four is None:
        return UNKNOWN
    if len(last_four) > 4:
        raise ValueError("masked() takes the last four digits only, so that no full number travels to a page")
    return f"····{last_four}"


def _figure(
    value: Decimal | int | None, *, places: int, signed: bool = False, before: str = "", after: str = ""
) -> str:
    if value is None:
        return UNKNOWN
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{_sign(rounded, signed=signed)}{before}{abs(rounded):,.{places}f}{after}"


def _trimmed(value: Decimal, *, finest: Decimal) -> str:
    rounded = value.quantize(finest, rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,f}"
    return f"{_sign(rounded)}{text.rstrip('0').rstrip('.') if '.' in text else text}"


def _sign(value: Decimal, *, signed: bool = False) -> str:
    """Determined after rounding, so that nothing reads "−0.00"."""
    if value < 0:
        return MINUS
    return "+" if signed and value > 0 else ""


def _hundredfold(fraction: Decimal | int | None) -> Decimal | None:
    return None if fraction is None else _decimal(fraction) * 100


def _decimal(value: Decimal | int) -> Decimal:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a figure; use None for an unknown one")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise TypeError(f"figures are Decimal, int or None, not {type(value).__name__}: {value!r}")


def _as_shown(at: datetime) -> tuple[datetime, str]:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; moments are stored in UTC")
    return as_shown(at)
