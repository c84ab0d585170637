"""The rows of a list as a file: the same view, all of it, and a line on the audit trail that it was taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.lists.asked import Asked
from compliance.people.actors import Actor

Cell = str | Decimal | int | bool | date | datetime | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def taken(
    asked: Asked, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, by: Actor, at: datetime
) -> HttpResponse:
    """The answer with the file; it is on the trail with its filters and how many rows left."""
    lines = list(rows)
    kind = asked.kind
    with transaction.atomic():
        audit.record(
            audit.Action.DATA_EXPORTED,
            about=audit.Ref(*kind.about),
            by=by,
            at=at,
            rows=len(lines),
            filters=asked.query(),
        )
    content = as_csv(header, lines) if asked.export == "csv" else as_xlsx(kind.name, header, lines)
    answer = HttpResponse(content, content_type=TYPES[asked.export])
    day = at.astimezone(EASTERN).date().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="{kind.name}-{day}.{asked.export}"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Texts cannot start a formula in a spreadsheet, numbers stay numbers, times are Eastern."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def as_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The same cells in a workbook: numbers and days as such, texts as texts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(_valued(row)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def harmless(text: str) -> str:
    """Text that a spreadsheet would run as a formula is marked as text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.astimezone(EASTERN).isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return harmless(cell) if isinstance(cell, str) else str(cell)


def _valued(row: Sequence[Cell]) -> Iterator[Cell]:
    for cell in row:
        # A workbook knows no zones: a moment is written as the text that the CSV has.
        is_value = cell is None or (isinstance(cell, Decimal | int) and not isinstance(cell, bool))
        is_day = isinstance(cell, date) and not isinstance(cell, datetime)
        yield cell if is_value or is_day else ILLEGAL_CHARACTERS_RE.sub("", _text(cell))
