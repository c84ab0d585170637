"""How the workbook's columns are declared, and how a cell becomes a value.

A column is declared once; the template, its validation, the reader, the errors and the documentation follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from clients.custodians import cells, symbols
from clients.custodians.cells import CellRefused
from clients.custodians.house.house_cells import safe_text
from clients.workbooks.opening.raw import Cell, Shape

ONE = Decimal(1)
PER_HUNDRED = Decimal("0.01")
MONEY_LARGEST = Decimal(10) ** 12
CENT = Decimal("0.01")

Value = str | Decimal | date | int | bool | tuple[str, ...] | tuple[tuple[str, Decimal], ...]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_STATE = re.compile(r"[A-Z]{2}")
_SERIALS = range(20_000, 80_000)
"""The numbers that a spreadsheet shows for days from 1954 to 2118 when it forgets that they are days."""


class Kind(StrEnum):
    """What a column's cells mean; the value is how the documentation calls it."""

    TEXT = "text"
    CODE = "code"
    NUMBER_AS_TEXT = "account number, as text"
    CHOICE = "one of a list"
    DAY = "day"
    MONEY = "dollars"
    SHARE = "percentage"
    QUANTITY = "number"
    WHOLE = "whole number"
    FLAG = "yes or no"
    EMAIL = "e-mail address"
    STATE = "two letters"
    TAX_NUMBER = "tax number, as text"
    SYMBOL = "symbol"
    NAMES = "names with semicolons"
    SYMBOLS = "symbols with semicolons"
    WEIGHTS = "classes with weights"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `choices` are its allowed values; `is_secret` values are never shown, stored in a report or exported."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    length: int = 200
    smallest: Decimal | None = None
    largest: Decimal | None = None
    is_secret: bool = False

    def read(self, cell: Cell) -> Value | None:
        """The cell's value, None when it is empty. Raises CellRefused."""
        if cell.shape is Shape.MOMENT:
            raise CellRefused("The cell holds a time of day.", "Write the day alone, as in 2026-11-20.")
        value = _READERS[self.kind](self, cell)
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            self._refuse_size(Decimal(value))
        return value

    def _refuse_size(self, value: Decimal) -> None:
        if self.smallest is not None and value < self.smallest:
            raise CellRefused(f"The number is below {self.smallest:f}.", "Check the sign and the amount.")
        if self.largest is not None and value > self.largest:
            raise CellRefused(f"The number is above {self.largest:f}.", "Check the amount.")


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A sheet: what a row is, its columns in order, and which of them tell two rows apart.

    `of_household` says that a row belongs to the household in its first column, and is refused with it.
    """

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    of_household: bool = True

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


HOUSEHOLD = Column("household", Kind.CODE, "The firm's own short code of the household.", True, length=32)


def _text(column: Column, cell: Cell) -> str | None:
    found = safe_text(cell.text)
    if found is not None and len(found) > column.length:
        raise CellRefused(f"The text is longer than {column.length} characters.", "Shorten it.")
    return found


def _identifier(column: Column, cell: Cell) -> str | None:
    found = cells.identifier(cell.text)
    if found is not None and len(found) > column.length:
        raise CellRefused(f"The code is longer than {column.length} characters.", "Shorten it.")
    return found


def _code(column: Column, cell: Cell) -> str | None:
    return _identifier(column, cell)


def _number_as_text(column: Column, cell: Cell) -> str | None:
    if cell.shape is Shape.NUMBER:
        raise CellRefused(
            "The cell holds a number, so leading zeros may be lost.",
            "Format the column as text and type it again with all its digits.",
        )
    if cell.text.strip().startswith("····"):
        return cells.text(cell.text)
    return _identifier(column, cell)


def _choice(column: Column, cell: Cell) -> str | None:
    found = cells.text(cell.text)
    if found is None:
        return None
    wanted = found.casefold().replace(" ", "_").replace("-", "_")
    for one in column.choices:
        if one.casefold() == wanted:
            return one
    raise CellRefused(
        "This value is not one of the allowed ones.", f"Write one of: {', '.join(column.choices)}."
    )


def _day(_: Column, cell: Cell) -> date | None:
    if cell.shape is Shape.NUMBER or (cell.text.isdecimal() and len(cell.text) == 5):
        is_serial = cell.text.isdecimal() and int(cell.text) in _SERIALS
        raise CellRefused(
            "A spreadsheet has turned this day into a number." if is_serial else "This is not a day.",
            "Format the cell as a date, or write 2026-11-20 as text.",
        )
    return cells.day(cell.text)


def _money(_: Column, cell: Cell) -> Decimal | None:
    found = cells.number(cell.text)
    if found is None:
        return None
    if abs(found) >= MONEY_LARGEST:
        raise CellRefused("The amount is out of range.", "Check the cell.")
    if found != found.quantize(CENT):
        raise CellRefused("The amount has fractions of a cent.", "Round it to cents.")
    return found.quantize(CENT)


def _share(_: Column, cell: Cell) -> Decimal | None:
    text = cell.text.strip()
    percent = text.endswith("%")
    found = cells.number(text[:-1] if percent else text)
    if found is None:
        return None
    value = found * PER_HUNDRED if percent else found
    if not 0 <= value <= ONE:
        raise CellRefused("A percentage runs from 0% to 100%.", "Write five percent as 5% or 0.05.")
    if value != value.quantize(Decimal("0.000001")):
        raise CellRefused("The percentage has too many digits.", "Write at most four digits after the point.")
    return value


def _quantity(_: Column, cell: Cell) -> Decimal | None:
    return cells.number(cell.text)


def _whole(_: Column, cell: Cell) -> int | None:
    found = cells.number(cell.text)
    if found is not None and found != int(found):
        raise CellRefused("This must be a whole number.", "Write it without a fraction.")
    return None if found is None else int(found)


def _flag(_: Column, cell: Cell) -> bool | None:
    return cells.flag(cell.text)


def _email(column: Column, cell: Cell) -> str | None:
    found = _text(column, cell)
    if found is not None and not _EMAIL.fullmatch(found):
        raise CellRefused("This is not an e-mail address.", "Write the address the colleague signs in with.")
    return None if found is None else found.casefold()


def _state(_: Column, cell: Cell) -> str | None:
    found = cells.text(cell.text)
    if found is not None and not _STATE.fullmatch(found.upper()):
        raise CellRefused("A state has two letters.", "Write it as in CA or NY.")
    return None if found is None else found.upper()


def _tax_number(column: Column, cell: Cell) -> str | None:
    if cell.shape is Shape.NUMBER:
        raise CellRefused(
            "The cell holds a number, so leading zeros may be lost.",
            "Format the column as text: 900-00-0001.",
        )
    found = _text(column, cell)
    digits = "" if found is None else found.replace("-", "").replace(" ", "")
    if found is not None and not (digits.isascii() and digits.isdecimal() and len(digits) == 9):
        raise CellRefused("A tax number has nine digits.", "Write it as in 900-00-0001.")
    return found


def _symbol(_: Column, cell: Cell) -> str | None:
    return symbols.canonical(cell.text) if cell.text.strip() else None


def _names(column: Column, cell: Cell) -> tuple[str, ...] | None:
    found = tuple(" ".join(part.split()) for part in (_text(column, cell) or "").split(";") if part.strip())
    if len(set(found)) != len(found):
        raise CellRefused("A name is listed twice.", "Name each person once.")
    return found or None


def _symbols(_: Column, cell: Cell) -> tuple[str, ...] | None:
    found = tuple(symbols.canonical(part) for part in cell.text.split(";") if part.strip())
    if len(set(found)) != len(found):
        raise CellRefused("A symbol is listed twice.", "Name each symbol once.")
    return found or None


def _weights(column: Column, cell: Cell) -> tuple[tuple[str, Decimal], ...] | None:
    pairs: dict[str, Decimal] = {}
    for part in filter(str.strip, cell.text.split(";")):
        name, _, weight_text = part.partition(":")
        code = cells.identifier(name)
        weight = _share(column, Cell(weight_text)) if weight_text.strip() else ONE
        if code is None or weight is None or code in pairs:
            raise CellRefused("Each class has one weight.", "Write us_stock, or us_stock:60%; us_bond:40%.")
        pairs[code] = weight
    if pairs and sum(pairs.values()) != ONE:
        raise CellRefused("The weights do not add up to 100%.", "Make them add up to exactly 100%.")
    return tuple(pairs.items()) or None


_READERS: dict[Kind, Callable[[Column, Cell], Value | None]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.NUMBER_AS_TEXT: _number_as_text,
    Kind.CHOICE: _choice,
    Kind.DAY: _day,
    Kind.MONEY: _money,
    Kind.SHARE: _share,
    Kind.QUANTITY: _quantity,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
    Kind.EMAIL: _email,
    Kind.STATE: _state,
    Kind.TAX_NUMBER: _tax_number,
    Kind.SYMBOL: _symbol,
    Kind.NAMES: _names,
    Kind.SYMBOLS: _symbols,
    Kind.WEIGHTS: _weights,
}


def written(value: Value | None) -> str:
    """A value as the text that `Column.read` reads back, for CSV, comparison and reports."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return "; ".join(one if isinstance(one, str) else f"{one[0]}:{one[1]:f}" for one in value)
    return str(value)
