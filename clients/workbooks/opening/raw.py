"""What a workbook holds before anything is interpreted: sheets of rows of cells, or why it is refused whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

BYTES_MAX = 16 * 1024 * 1024
UNPACKED_BYTES_MAX = 128 * 1024 * 1024
ROWS_MAX = 20_000
COLUMNS_MAX = 60
CELLS_MAX = 400_000
FAULTS_MAX = 200
"""Beyond this many faults reading stops; the rest is counted."""

TOO_LARGE = f"The file is larger than {BYTES_MAX // 1024 // 1024} MB."
SPLIT = "Split it: a firm's households can come in several workbooks."


class Shape(StrEnum):
    """What a cell is in its file. A CSV and a YAML file have only texts."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as exact text: a number in plain digits, a day in ISO form, a flag as yes or no."""

    text: str
    shape: Shape = Shape.TEXT


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column index, the first column being 0; `number` is the row as the spreadsheet shows it."""

    number: int
    cells: Mapping[int, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where, and the cure. `household` is whose rows are refused; empty: the whole workbook is."""

    rule: str
    cure: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""
    household: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """The sheets of a file in their order. With a fault there are none: the file is refused whole."""

    kind: str
    sheets: tuple[Sheet, ...] = ()
    faults: tuple[Fault, ...] = field(default=())


class Refused(ValueError):
    """A file that is refused before its sheets can be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.rule)
        self.fault = fault


def letter(index: int) -> str:
    """The spreadsheet's name of a column: 0 is A, 26 is AA."""
    name = ""
    left = index + 1
    while left:
        left, place = divmod(left - 1, 26)
        name = chr(ord("A") + place) + name
    return name
