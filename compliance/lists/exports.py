"""The rows of a list as a file: the same view, all of it, and a line on the audit trail that it was taken."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django.db import transaction
from django.http import FileResponse, HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.lists import bundles
from compliance.lists.asked import Asked
from compliance.lists.cells import Cell, as_csv, text
from compliance.people.actors import Actor

__all__ = ["TYPES", "Cell", "as_csv", "as_xlsx", "streamed", "taken"]

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def taken(
    asked: Asked, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, by: Actor, at: datetime
) -> HttpResponse:
    """The answer with the file; it is on the trail with its filters and how many rows left."""
    kind = asked.kind
    if asked.export == "zip":
        return streamed(bundles.of_list(asked, header, rows, by=by, at=at), kind.name, at=at)
    lines = list(rows)
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
    return _private(
        HttpResponse(content, content_type=TYPES[asked.export]), f"{kind.name}.{asked.export}", at=at
    )


def streamed(bundle: bundles.Bundle, name: str, *, at: datetime) -> HttpResponse:
    """The answer with a bundle, read from the disk piece by piece."""
    # A view hands either kind of answer on unread, and most say that it is the plain one.
    answer = cast("HttpResponse", FileResponse(bundle.file(), content_type=TYPES["zip"]))
    return _private(answer, f"{name}.zip", at=at)


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


def _private(answer: HttpResponse, name: str, *, at: datetime) -> HttpResponse:
    stem, _, ending = name.rpartition(".")
    day = at.astimezone(EASTERN).date().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="{stem}-{day}.{ending}"'
    answer["Cache-Control"] = "no-store, private"
    return answer


def _valued(row: Sequence[Cell]) -> Iterator[Cell]:
    for cell in row:
        # A workbook knows no zones: a moment is written as the text that the CSV has.
        is_value = cell is None or (isinstance(cell, Decimal | int) and not isinstance(cell, bool))
        is_day = isinstance(cell, date) and not isinstance(cell, datetime)
        yield cell if is_value or is_day else ILLEGAL_CHARACTERS_RE.sub("", text(cell))
