"""Cell readers used only by the house bundle, and the escape shared with its writer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypeVar

from clients.custodians import cells, symbols
from clients.custodians.reading import NO_DAY, Choice, Row

T = TypeVar("T")
ONE = Decimal(1)
# A text cell that begins with one of these could run as a formula in a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def escaped(value: str) -> str:
    """Text with an apostrophe before anything a spreadsheet would run. `safe_text` removes it."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def safe_text(cell: str) -> str | None:
    """Free text, with the apostrophe added by `escaped` removed."""
    found = cells.text(cell)
    if found is not None and found.startswith("'") and found[1:].startswith(FORMULA_STARTS):
        return found[1:]
    return found


def needed(row: Row, caption: str, of: type[Choice], placeholder: Choice) -> Choice:
    """A required choice."""
    if not row.raw(caption).strip():
        row.refuse(caption, "This cell must be filled.", f"Write one of: {', '.join(m.value for m in of)}.")
    return row.choice(caption, of) or placeholder


def at_least_zero(row: Row, caption: str) -> Decimal | None:
    found = row.number(caption)
    if found is not None and found < 0:
        row.refuse(caption, "This number cannot be negative.", "Check the sign.")
    return found


def more_than_zero(row: Row, caption: str) -> Decimal | None:
    found = row.number(caption)
    if found is not None and found <= 0:
        row.refuse(caption, "This number must be more than zero.", "Leave the cell empty when it is unknown.")
    return found


def fraction(row: Row, caption: str) -> Decimal | None:
    """A fraction of one. `12.5%` is refused on purpose: the house bundle has one format for each value."""
    found = row.number(caption)
    if found is not None and not 0 <= found <= 1:
        row.refuse(caption, "A fraction must be between 0 and 1.", "Write three percent as 0.03.")
    return found


def whole(row: Row, caption: str) -> int | None:
    found = row.number(caption)
    if found is None:
        return None
    if found != int(found) or not 0 <= found <= 30:
        row.refuse(
            caption, "This must be a whole number of days, 0 to 30.", "Write 1 for the next business day."
        )
    return int(found)


def not_after(row: Row, caption: str, as_of: date) -> date | None:
    found = row.day(caption)
    if found and as_of != NO_DAY and found > as_of:
        row.refuse(caption, "This day is after the statement's day.", "Check both dates.")
    return found


def past_day(row: Row, caption: str) -> date:
    """A required day not after the day of the upload, allowing for time zones."""
    found = row.need(caption, cells.day, NO_DAY)
    if row.reading.last_day and found > row.reading.last_day:
        row.refuse(caption, "The date is in the future.", "Check the date.")
    return found


def account_key(row: Row) -> str:
    """The row's account; from here on, a fault of this row refuses that account alone."""
    seen = row.reading.seen.get(row.raw("account"))
    if seen is not None and seen.number == seen.key:
        # The very cell of an earlier row, which was read already.
        row.account = seen.key
        return seen.key
    number = row.need("account", cells.identifier, "")
    if row.bad:
        return ""
    row.account = row.reading.account(number=number)
    return row.account


def symbols_of(row: Row, caption: str) -> tuple[str, ...]:
    """Symbols separated by semicolons, in order, none twice."""

    def read(cell: str) -> tuple[str, ...] | None:
        found = tuple(symbols.canonical(part) for part in cell.split(";") if part.strip())
        if len(set(found)) != len(found):
            raise cells.CellRefused("A symbol is listed twice.", "Name each symbol once.")
        return found

    return row.read(caption, read) or ()


def weights_of(row: Row, caption: str) -> tuple[tuple[str, Decimal], ...]:
    """`class:fraction` pairs separated by semicolons. They must sum to exactly one."""

    def read(cell: str) -> tuple[tuple[str, Decimal], ...] | None:
        pairs: dict[str, Decimal] = {}
        for part in filter(str.strip, cell.split(";")):
            name, _, weight_text = part.partition(":")
            code, weight = cells.identifier(name), cells.number(weight_text)
            if code is None or weight is None or not 0 <= weight <= 1:
                raise cells.CellRefused(
                    "A class needs a weight from 0 to 1.", "Write us_stock:0.6;us_bond:0.4."
                )
            if code in pairs:
                raise cells.CellRefused("A class is listed twice.", "Name each class once.")
            pairs[code] = weight
        if pairs and sum(pairs.values()) != ONE:
            raise cells.CellRefused(
                f"The weights sum to {sum(pairs.values())}, not to 1.", "Make them sum to exactly 1."
            )
        return tuple(pairs.items())

    return row.read(caption, read) or ()
