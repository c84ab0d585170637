"""Reading samples in tests, and drawing rows as tables that a person can check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from clients.custodians import registry
from clients.custodians.reading import Upload
from clients.custodians.rows import ParsedFile

SAMPLES = Path(__file__).resolve().parents[3] / "docs" / "formats" / "samples"
RECEIVED_ON = date(2026, 11, 20)


def found_in(
    name: str, data: bytes, *, received_on: date | None = RECEIVED_ON
) -> ParsedFile | registry.NotRecognized:
    """What a file says, or why no layout fits."""
    layout = registry.detect(name, data)
    if isinstance(layout, registry.NotRecognized):
        return layout
    return layout.parse(Upload(name, data, received_on))


def read(name: str, data: bytes | str) -> ParsedFile:
    """A file that must be recognized, as it would be read on the day of the samples."""
    found = found_in(name, data.encode() if isinstance(data, str) else data)
    assert isinstance(found, ParsedFile), found
    return found


def sample(name: str) -> ParsedFile:
    path = SAMPLES / name
    return read(path.name, path.read_bytes())


def sample_text(name: str) -> str:
    return (SAMPLES / name).read_text("utf-8-sig")


def drawn(rows: Iterable[object], *columns: str) -> list[list[str]]:
    return [[_cell(getattr(row, column)) for column in columns] for row in rows]


def table(drawing: str) -> list[list[str]]:
    """The rows of a drawn table without its header line."""
    lines = [line for line in drawing.strip().splitlines() if line.strip()]
    return [[cell.strip() for cell in line.split("|")] for line in lines[1:]]


def header(drawing: str) -> list[str]:
    return [name.strip() for name in drawing.strip().splitlines()[0].split("|")]


def assert_drawn(rows: Iterable[object], drawing: str) -> None:
    """The rows, whole and in order, are the drawn ones; the drawing's header names the columns."""
    assert drawn(rows, *header(drawing)) == table(drawing)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
