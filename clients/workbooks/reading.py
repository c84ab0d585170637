"""A workbook's rows as values of their columns, with every fault found; a large file is opened by a child process."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.conf import settings

from clients.custodians.cells import CellRefused, shown
from clients.custodians.tables import folded
from clients.imports.file_reading import weight
from clients.workbooks.columns import Column, SheetLayout, Value, written
from clients.workbooks.layout import INSTRUCTIONS, SHEET_BY_NAME
from clients.workbooks.opening import raw, reader
from clients.workbooks.opening.raw import FAULTS_MAX, Cell, Fault, letter

SMALL_BYTES_MAX = 64 * 1024
"""Smaller files are opened in this process, because a child process takes a second."""
SECONDS_MAX = 50
HIDDEN = "(not shown)"

log = structlog.get_logger("clients.workbooks.reading")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: its values by column name, None where a cell is empty or its column is missing."""

    sheet: SheetLayout
    number: int
    values: Mapping[str, Value | None]
    places: Mapping[str, str]

    @property
    def household(self) -> str:
        """The code of the household the row belongs to; empty in the firm's own sheets."""
        return self.text("household") if self.sheet.of_household else ""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(written(self.values.get(name)) for name in self.sheet.key)

    def text(self, name: str) -> str:
        """A cell as text, empty where it is."""
        return written(self.values.get(name))

    def fault(self, name: str, rule: str, cure: str) -> Fault:
        """A fault of this row at one of its columns."""
        column = self.sheet.by_name.get(name)
        value = self.text(name)
        hidden = column is not None and column.is_secret and value
        return Fault(
            rule,
            cure,
            sheet=self.sheet.name,
            row=self.number,
            column=self.places.get(name, name),
            value=HIDDEN if hidden else shown(value) if value else "",
            household=self.household,
        )


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a workbook by sheet. Faults with a household refuse that household, any other the whole file."""

    kind: str
    lines: Mapping[str, tuple[Line, ...]]
    faults: tuple[Fault, ...]

    @property
    def is_refused(self) -> bool:
        return any(not fault.household for fault in self.faults)

    def of(self, sheet: SheetLayout) -> tuple[Line, ...]:
        return self.lines.get(sheet.name, ())


def read(content: bytes) -> Read:
    """Read a workbook. Never raises for what is in the file: what is wrong is in `faults`."""
    book = _opened(content)
    if book.faults:
        return Read(book.kind, {}, book.faults)
    faults: list[Fault] = []
    lines: dict[str, tuple[Line, ...]] = {}
    for sheet in book.sheets:
        if folded(sheet.name) == INSTRUCTIONS:
            continue
        layout = SHEET_BY_NAME.get(folded(sheet.name).replace(" ", "_"))
        if layout is None:
            if sheet.rows:
                faults.append(
                    Fault(
                        "There is no such sheet in the layout.",
                        f"Delete it, or name it as in the template: {', '.join(SHEET_BY_NAME)}.",
                        sheet.name[:40],
                    )
                )
            continue
        if layout.name in lines:
            faults.append(Fault("Two sheets have the same name.", "Keep one of them.", layout.name))
            continue
        lines[layout.name] = tuple(_lines(sheet, layout, faults))
    if not faults and not any(lines.values()):
        faults.append(Fault("The workbook holds no rows.", "Fill in the template and upload it again."))
    faults += _duplicates(lines)
    return Read(book.kind, lines, tuple(faults))


def _opened(content: bytes) -> raw.Book:
    if weight(content) <= SMALL_BYTES_MAX:
        return reader.opened(content)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clients.workbooks.opening.reader"],
            input=content,
            capture_output=True,
            timeout=SECONDS_MAX,
            cwd=settings.PROJECT,
            env={"PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        return _too_much(f"not read after {SECONDS_MAX} seconds")
    if done.returncode == 0:
        # The pickle comes from our own child process; the file's bytes never reach this line.
        book = pickle.loads(done.stdout)  # noqa: S301
        assert isinstance(book, raw.Book)
        return book
    if done.returncode in {reader.TOO_MUCH, -9, -24} or b"MemoryError" in done.stderr:
        return _too_much("more than the limit of memory or processor time")
    raise RuntimeError(
        f"The reader ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
    )


def _too_much(cause: str) -> raw.Book:
    log.warning("a workbook exceeds the reading limits", cause=cause)
    return raw.Book(
        "", faults=(Fault("The workbook needs more memory or time than one upload may use.", raw.SPLIT),)
    )


def _lines(sheet: raw.Sheet, layout: SheetLayout, faults: list[Fault]) -> list[Line]:
    if not sheet.rows:
        return []
    head, *rows = sheet.rows
    columns = _columns(head, layout, faults)
    if columns is None:
        return []
    lines = []
    for row in rows:
        if len(faults) > FAULTS_MAX:
            break
        if strangers := [place for place in row.cells if place not in columns]:
            faults.append(
                Fault(
                    "The cell stands beside the table, under no column.",
                    "Delete it, or give its column a name of the layout.",
                    layout.name,
                    row.number,
                    letter(strangers[0]),
                    shown(row.cells[strangers[0]].text),
                )
            )
            continue
        lines.append(_line(row, layout, columns, faults))
    return lines


def _columns(head: raw.Row, layout: SheetLayout, faults: list[Fault]) -> dict[int, Column] | None:
    """The column at each place, or None where the header cannot be used."""
    before = len(faults)
    columns: dict[int, Column] = {}
    for place, cell in sorted(head.cells.items()):
        caption = folded(cell.text).replace(" ", "_").rstrip("*")
        column = layout.by_name.get(caption)
        where = (layout.name, head.number, letter(place), shown(cell.text))
        if column is None:
            faults.append(
                Fault(
                    "There is no such column in this sheet.",
                    f"Delete it, or name it as in the template: {', '.join(layout.by_name)}.",
                    *where,
                )
            )
        elif column in columns.values():
            faults.append(Fault("Two columns have the same name.", "Delete or rename one of them.", *where))
        else:
            columns[place] = column
    given = {column.name for column in columns.values()}
    faults.extend(
        Fault(
            f"The column {name} is missing.",
            "Put the names of the columns into the first row, as in the template.",
            layout.name,
            head.number,
            name,
        )
        for name in layout.required
        if name not in given
    )
    return columns if len(faults) == before else None


def _line(row: raw.Row, layout: SheetLayout, columns: Mapping[int, Column], faults: list[Fault]) -> Line:
    values: dict[str, Value | None] = {}
    wrong: list[Fault] = []
    places = {column.name: f"{letter(place)} {column.name}" for place, column in columns.items()}
    for place, column in columns.items():
        cell = row.cells.get(place, Cell(""))
        problem = ("This cell must be filled.", "Fill it in, or delete the row.")
        try:
            values[column.name] = column.read(cell)
        except CellRefused as refused:
            values[column.name] = None
            problem = (refused.rule, refused.how_to_fix)
        else:
            if values[column.name] is not None or not column.required:
                continue
        found = HIDDEN if column.is_secret else shown(cell.text)
        wrong.append(
            Fault(*problem, layout.name, row.number, places[column.name], found if cell.text.strip() else "")
        )
    line = Line(layout, row.number, values, places)
    # A row that does not say whose it is may be anybody's, so its faults refuse the workbook.
    faults.extend(
        Fault(one.rule, one.cure, one.sheet, one.row, one.column, one.value, line.household) for one in wrong
    )
    return line


def _duplicates(lines: Mapping[str, tuple[Line, ...]]) -> list[Fault]:
    faults = []
    for found in lines.values():
        first: dict[tuple[str, ...], Line] = {}
        for line in found:
            earlier = first.setdefault(line.key, line)
            if earlier is not line and all(line.text(name) for name in line.sheet.required):
                faults.append(
                    line.fault(
                        next(name for name in reversed(line.sheet.key) if line.text(name)),
                        f"This row and row {earlier.number} are about the same thing.",
                        "Keep one of them.",
                    )
                )
    return faults
