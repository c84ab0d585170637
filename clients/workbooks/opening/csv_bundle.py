"""Opens a ZIP of CSV files, one for each sheet of the workbook: `households.csv`, `people.csv`, ...

Within the limits of every archive and table that is uploaded (see `clients.custodians.archives` and `tables`).
"""

from __future__ import annotations

from pathlib import PurePosixPath

from clients.custodians.archives import members_of
from clients.custodians.tables import TableRefused, lines_of
from clients.workbooks.opening.raw import (
    BYTES_MAX,
    COLUMNS_MAX,
    ROWS_MAX,
    SPLIT,
    TOO_LARGE,
    Book,
    Cell,
    Fault,
    Row,
    Sheet,
)

KIND = "csv"


def read(data: bytes) -> Book:
    """The tables of a bundle, or a book with only faults."""
    if len(data) > BYTES_MAX:
        return Book(KIND, faults=(Fault(TOO_LARGE, SPLIT),))
    try:
        members = members_of(data)
    except TableRefused as refused:
        return Book(KIND, faults=(Fault(refused.rule, refused.how_to_fix),))
    faults: list[Fault] = []
    sheets: list[Sheet] = []
    for name, content in members:
        path = PurePosixPath(name)
        if path.suffix.casefold() != ".csv":
            faults.append(
                Fault("The archive holds a file that is no table.", "Keep only CSV files in it.", name)
            )
            continue
        try:
            sheets.append(Sheet(path.stem, tuple(_rows(content))))
        except TableRefused as refused:
            faults.append(
                Fault(
                    refused.rule, refused.how_to_fix, path.stem, refused.line, refused.column, refused.value
                )
            )
    return Book(KIND, faults=tuple(faults)) if faults else Book(KIND, tuple(sheets))


def _rows(content: bytes) -> list[Row]:
    rows: list[Row] = []
    for line in lines_of(content):
        if line.is_blank:
            continue
        if len(rows) > ROWS_MAX:
            raise TableRefused(f"The table has more than {ROWS_MAX:,} rows.", SPLIT, line=line.number)
        if len(line.cells) > COLUMNS_MAX:
            raise TableRefused(
                f"The table has more than {COLUMNS_MAX} columns.",
                "Delete what stands beside it.",
                line=line.number,
            )
        rows.append(
            Row(
                line.number,
                {place: Cell(cell) for place, cell in enumerate(line.cells) if cell.strip()},
            )
        )
    return rows
