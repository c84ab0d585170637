"""Tables drawn in tests: the first line names the columns, the others are rows. And refusals, compared whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def rows(table: str) -> list[dict[str, str]]:
    """The rows of a drawn table as dictionaries of stripped text; an empty cell is an empty string."""
    lines = [line for line in table.strip().splitlines() if line.strip()]
    names = [name.strip() for name in lines[0].split("|")]
    drawn = [[cell.strip() for cell in line.split("|")] for line in lines[1:]]
    assert all(len(cells) == len(names) for cells in drawn), "every row needs a cell for every column"
    return [dict(zip(names, cells, strict=True)) for cells in drawn]


@contextmanager
def refused(
    sentence: str, kind: type[Exception] | tuple[type[Exception], ...] = ValueError
) -> Iterator[None]:
    """What is done inside is refused with exactly this sentence."""
    with pytest.raises(kind) as refusal:
        yield
    assert str(refusal.value) == sentence
