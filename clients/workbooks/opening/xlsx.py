"""Opens an untrusted XLSX workbook: its package is examined before any part of it is parsed.

A workbook is data here. One that computes (formulas, macros, links, connections), that hides something (sheets, rows,
columns) or that shows one value in several rows (merged cells) is refused whole, because the person who looks at it
and this reader would not see the same.
"""

from __future__ import annotations

import io
import re
import stat
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from clients.custodians.cells import CELL_CHARACTERS_MAX, shown
from clients.workbooks.opening.raw import (
    BYTES_MAX,
    CELLS_MAX,
    COLUMNS_MAX,
    FAULTS_MAX,
    ROWS_MAX,
    SPLIT,
    TOO_LARGE,
    UNPACKED_BYTES_MAX,
    Book,
    Cell,
    Fault,
    Refused,
    Row,
    Shape,
    Sheet,
    letter,
)

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

KIND = "xlsx"
PARTS_MAX = 400
RATIO_MAX = 400
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAVE_PLAIN = "Save it as a plain Excel workbook (.xlsx) without it, and upload that."

# Parts of the package that make a workbook more than data, by a piece of their name.
_ACTIVE = (
    ("vbaproject", "The workbook holds macros."),
    ("xl/macrosheets", "The workbook holds macros."),
    ("xl/externallinks", "The workbook is linked to other files."),
    ("xl/connections", "The workbook fetches data from elsewhere."),
    ("xl/querytables", "The workbook fetches data from elsewhere."),
    ("xl/activex", "The workbook holds controls that run code."),
    ("xl/embeddings", "The workbook holds embedded files."),
    ("xl/ctrlprops", "The workbook holds form controls."),
)
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_DOCUMENT_TYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, KeyError, TypeError,
    AttributeError, IndexError, ParseError, OverflowError,
)  # fmt: skip
"""What openpyxl raises for a workbook that is damaged in one of many ways."""


def read(data: bytes) -> Book:
    """The sheets of a workbook, or a book with only faults."""
    try:
        _refuse_package(data)
        return _sheets(_opened(data))
    except Refused as refused:
        return Book(KIND, faults=(refused.fault,))


def _refuse_package(data: bytes) -> None:
    if len(data) > BYTES_MAX:
        raise Refused(Fault(TOO_LARGE, SPLIT))
    if data.startswith(OLD_EXCEL):
        raise Refused(
            Fault(
                "This is an old Excel file (.xls), or a workbook with a password.",
                "Save it as .xlsx without a password.",
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            _refuse_parts(entries)
            for entry in entries:
                if entry.filename.casefold().endswith((".xml", ".rels")):
                    _refuse_xml(entry.filename, _unpacked(package, entry))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as broken:
        if isinstance(broken, Refused):
            raise
        raise _damaged() from None


def _refuse_parts(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    folded = [name.casefold() for name in names]
    if len(entries) > PARTS_MAX or len(set(folded)) != len(folded):
        raise _damaged()
    for entry in entries:
        where = shown(entry.filename)
        if ".." in entry.filename or entry.filename.startswith(("/", "\\")) or "\\" in entry.filename:
            raise Refused(
                Fault(
                    f"The package holds the path {where}.", "Save the workbook again in Excel.", value=where
                )
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Refused(Fault(f"The package holds a link, {where}.", "Save the workbook again in Excel."))
        if entry.flag_bits & 0x1:
            raise Refused(Fault("The workbook is encrypted.", "Save it without a password."))
        if entry.file_size > RATIO_MAX * max(entry.compress_size, 1024):
            raise Refused(
                Fault(
                    "A part of the workbook is far too large when unpacked.",
                    "Copy the rows into the template.",
                )
            )
        for piece, rule in _ACTIVE:
            if piece in entry.filename.casefold():
                raise Refused(Fault(rule, SAVE_PLAIN, value=where))
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES_MAX:
        raise Refused(
            Fault(f"The workbook unpacks to more than {UNPACKED_BYTES_MAX // 1024 // 1024} MB.", SPLIT)
        )
    if "xl/workbook.xml" not in folded or "[content_types].xml" not in folded:
        raise Refused(
            Fault(
                "This is not an Excel workbook.",
                "Upload the .xlsx template filled in, or a ZIP of its sheets as CSV.",
            )
        )


def _refuse_xml(name: str, content: bytes) -> None:
    if _DOCUMENT_TYPE.search(content):
        raise Refused(
            Fault(
                "A part of the workbook declares entities.",
                "Save the workbook again in Excel.",
                value=shown(name),
            )
        )
    if name == "[Content_Types].xml" and b"macroenabled" in content.lower():
        raise Refused(Fault("The workbook holds macros.", SAVE_PLAIN))
    if _SHEET_PART.fullmatch(name) and (
        content.count(b"<c ") + content.count(b"<c>") > CELLS_MAX or content.count(b"<row") > ROWS_MAX * 2
    ):
        raise Refused(Fault(f"A sheet has more than {CELLS_MAX:,} cells.", SPLIT, value=shown(name)))


def _unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with package.open(entry) as part:
        content = part.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise _damaged()
    return content


def _damaged() -> Refused:
    return Refused(
        Fault("The workbook is damaged or was cut off.", "Open it in Excel, save it again and upload that.")
    )


def _opened(data: bytes) -> Workbook:
    # Imported here: a page that lists columns does not need the library.
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # What the library does not understand (styles, validations) is nothing we read.
            warnings.simplefilter("ignore")
            return load_workbook(io.BytesIO(data), data_only=False, keep_links=False, rich_text=False)
    except _BROKEN:
        raise _damaged() from None


def _sheets(book: Workbook) -> Book:
    faults: list[Fault] = []
    sheets: list[Sheet] = []
    if not book.worksheets:
        raise _damaged()
    for sheet in book.worksheets:
        faults += _refusals_of_sheet(sheet)
        if len(faults) > FAULTS_MAX:
            break
        rows = tuple(_rows(sheet, faults))
        sheets.append(Sheet(sheet.title, rows))
    return Book(KIND, faults=tuple(faults[:FAULTS_MAX])) if faults else Book(KIND, tuple(sheets))


def _refusals_of_sheet(sheet: Worksheet) -> Iterator[Fault]:
    name = sheet.title
    if sheet.sheet_state != "visible":
        yield Fault("The sheet is hidden.", "Show it, or delete it, and save the workbook again.", name)
    for merged in list(sheet.merged_cells.ranges)[:10]:
        yield Fault(
            f"The cells {merged.coord} are merged, so it is not clear to which rows the value belongs.",
            "Undo the merge and write the value into each row.",
            name,
            merged.min_row,
            letter(merged.min_col - 1),
        )
    if any(dimension.hidden for dimension in sheet.column_dimensions.values()):
        hidden = next(key for key, dimension in sheet.column_dimensions.items() if dimension.hidden)
        yield Fault("A column is hidden.", "Show it, or delete it.", name, 0, hidden)
    hidden_row = next((number for number, one in sheet.row_dimensions.items() if one.hidden), None)
    if hidden_row is not None:
        yield Fault(
            "A row is hidden, perhaps by a filter.", "Clear the filter, or show the row.", name, hidden_row
        )
    if sheet.max_row > ROWS_MAX and _last_row(sheet) > ROWS_MAX:
        yield Fault(f"The sheet has more than {ROWS_MAX:,} rows.", SPLIT, name, ROWS_MAX + 1)


def _last_row(sheet: Worksheet) -> int:
    return max((row for (row, _), cell in sheet._cells.items() if cell.value is not None), default=0)


def _rows(sheet: Worksheet, faults: list[Fault]) -> Iterator[Row]:
    """The rows that hold something. The library keeps cells by place, so far-away cells cost nothing."""
    by_row: dict[int, dict[int, Cell]] = {}
    for (number, place), cell in sorted(sheet._cells.items()):
        if number > ROWS_MAX or len(faults) > FAULTS_MAX:
            break
        if cell.value is None:
            continue
        read_cell = _cell(cell)
        if isinstance(read_cell, Fault):
            faults.append(read_cell)
            continue
        if not read_cell.text.strip():
            continue
        if place > COLUMNS_MAX:
            faults.append(
                Fault(
                    f"The sheet has more than {COLUMNS_MAX} columns.",
                    "Delete what stands beside the table.",
                    sheet.title,
                    number,
                    letter(place - 1),
                )
            )
            continue
        by_row.setdefault(number, {})[place - 1] = read_cell
    for number, cells in by_row.items():
        yield Row(number, cells)


def _cell(cell: Any) -> Cell | Fault:
    value, column = cell.value, letter(cell.column - 1)

    def refused(rule: str, cure: str) -> Fault:
        return Fault(rule, cure, cell.parent.title, cell.row, column, shown(str(value)))

    if cell.data_type == "f" or not isinstance(value, str | bool | int | float | date | time):
        return refused("The cell holds a formula.", "Replace it by its value: copy, paste special, values.")
    if cell.data_type == "e":
        return refused("The cell holds an error of the spreadsheet.", "Correct the cell, or empty it.")
    if isinstance(value, bool):
        return Cell("yes" if value else "no", Shape.FLAG)
    if isinstance(value, datetime):
        if value.time() == time():
            return Cell(value.date().isoformat(), Shape.DAY)
        return Cell(value.isoformat(" "), Shape.MOMENT)
    if isinstance(value, date):
        return Cell(value.isoformat(), Shape.DAY)
    if isinstance(value, time):
        return refused("The cell holds a time of day.", "Write a day, as in 2026-11-20.")
    if isinstance(value, int | float):
        # A workbook stores binary fractions; fifteen digits are what Excel itself shows and keeps.
        number = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
        if not number.is_finite():
            return refused("This is not a finite number.", "Leave the cell empty when the figure is unknown.")
        return Cell(f"{number:f}", Shape.NUMBER)
    if len(value) > CELL_CHARACTERS_MAX:
        return refused(f"The cell is longer than {CELL_CHARACTERS_MAX:,} characters.", "Shorten it.")
    return Cell(value, Shape.TEXT)
