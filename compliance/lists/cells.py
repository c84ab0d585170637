"""The cells of an exported list, and what each is in a CSV file and in a line of JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from compliance.clock import EASTERN

Cell = str | Decimal | int | bool | date | datetime | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Texts cannot start a formula in a spreadsheet, numbers stay numbers, times are Eastern."""
    return b"".join((line(header), *(line([text(cell) for cell in row]) for row in rows)))


def line(texts: Sequence[str]) -> bytes:
    """One line of a CSV file."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(texts)
    return out.getvalue().encode()


def harmless(text: str) -> str:
    """Text that a spreadsheet would run as a formula is marked as text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def text(cell: Cell) -> str:
    """A cell as a person reads it."""
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
