"""Carries a read file from the process that read it to the one that asked for it: column by column, not row by row.

A table of a file has hundreds of thousands of cells and few kinds of them. Pickled as objects they took longer to
carry than to read. Here a table is one list a column, an unchanging column one value, and an exact number its digits.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from itertools import repeat
from operator import attrgetter
from types import NoneType
from typing import Any

from clients.custodians.kinds import RowKind
from clients.custodians.rows import Origin, ParsedFile

_ORIGIN = "origin"

Column = tuple[str, Any]
"""How its values are written, and they: `same` is one value, `numbers` are digits, `values` are as they are."""


def packed(parsed: ParsedFile) -> bytes:
    """A read file as bytes for `unpacked`."""
    tables = {kind.value: _columns(getattr(parsed, kind.value)) for kind in RowKind}
    no_rows: dict[str, Any] = dict.fromkeys(tables, ())
    return pickle.dumps((replace(parsed, **no_rows), tables), protocol=5)


def unpacked(data: bytes) -> ParsedFile:
    """The file from the bytes of our own child process. Never for bytes from anywhere else."""
    parsed, tables = pickle.loads(data)  # noqa: S301
    assert isinstance(parsed, ParsedFile)
    rows: dict[str, Any] = {name: _rows(*table) for name, table in tables.items() if table}
    return replace(parsed, **rows)


def _columns(rows: Sequence[Any]) -> tuple[type[Any], int, dict[str, Column]] | None:
    if not rows:
        return None
    (of,) = {type(row) for row in rows}
    names = [one.name for one in fields(of) if one.name != _ORIGIN]
    columns = {name: _column(list(map(attrgetter(name), rows))) for name in names}
    for name in Origin._fields:
        columns[f"{_ORIGIN}.{name}"] = _column(list(map(attrgetter(f"{_ORIGIN}.{name}"), rows)))
    return of, len(rows), columns


def _column(values: list[Any]) -> Column:
    first = values[0]
    if all(value is first for value in values):
        return "same", first
    if set(map(type, values)) <= {Decimal, NoneType}:
        return "numbers", [None if value is None else str(value) for value in values]
    return "values", values


def _rows(of: type[Any], count: int, columns: dict[str, Column]) -> tuple[Any, ...]:
    """The rows again. A frozen row cannot be changed by assignment, so its fields are put where they belong."""
    rows = list(map(object.__new__, repeat(of, count)))
    files, lines = (_values(columns.pop(f"{_ORIGIN}.{name}"), count) for name in Origin._fields)
    _put(of, _ORIGIN, rows, map(Origin, files, lines))
    for name, column in columns.items():
        _put(of, name, rows, _values(column, count))
    return tuple(rows)


def _values(column: Column, count: int) -> Iterable[Any]:
    how, said = column
    if how == "same":
        return repeat(said, count)
    return said if how == "values" else [None if one is None else Decimal(one) for one in said]


def _put(of: type[Any], name: str, rows: Iterable[Any], values: Iterable[Any]) -> None:
    deque(map(getattr(of, name).__set__, rows, values), maxlen=0)
