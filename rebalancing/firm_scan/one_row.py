"""Whole tables read in one row, a value for each column: what the firm's scan reads its positions with.

PostgreSQL joins the binary form of every row's value into one, which numpy takes as it is (big-endian): nothing is made into
Python objects row by row. Traps that this module keeps from: `string_agg` skips nulls, so that one column would shift against
another (every length is compared; callers coalesce); parallel workers would change the order between two aggregates; Django's
own cursor takes values as text; one value holds a gigabyte, which is more than a hundred million lots.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

SENT = {
    "int2": ("int2send", ">i2"),
    "int4": ("int4send", ">i4"),
    "int8": ("int8send", ">i8"),
    "float8": ("float8send", ">f8"),
    "bool": ("boolsend", "?"),
}
TEXT = "text"
BETWEEN = "\x1f"
"""What stands between two texts of a column: no name that a person types has it."""

Columns = dict[str, NDArray[Any]]


class ColumnsDiffer(Exception):
    """Two columns of one table have not the same number of rows: one of them had nulls."""


def read(source: str, wanted: Mapping[str, tuple[str, str]], params: Mapping[str, Any]) -> Columns:
    """The columns of a query by name. `source` is what stands after FROM, a subselect where an order matters; `wanted` gives
    the expression and the kind of each column.
    """
    asked = ", ".join(_sent(expression, kind) for expression, kind in wanted.values())
    connection.ensure_connection()
    # Django's own cursor takes values as text, and so does the class that its connections make cursors of.
    with psycopg.Cursor(connection.connection) as cursor:
        before = _one(cursor.execute("SELECT current_setting('max_parallel_workers_per_gather')"))[0]
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        try:
            # Only texts of this room make a query; what comes from outside is a parameter.
            query = f"SELECT count(*), {asked} FROM {source}"  # noqa: S608
            count, *told = _one(cursor.execute(query, params, binary=True))
        finally:
            if connection.connection.info.transaction_status.name != "INERROR":
                cursor.execute(f"SET max_parallel_workers_per_gather = {int(before)}")
    found = {
        name: _column(value, kind) for (name, (_, kind)), value in zip(wanted.items(), told, strict=True)
    }
    for name, column in found.items():
        if len(column) != count:
            raise ColumnsDiffer(f"{name} has {len(column)} values for {count} rows of {source[:60]}.")
    return found


def _one(cursor: psycopg.Cursor[Any]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None, "an aggregate without groups has one row"
    return tuple(row)


def _sent(expression: str, kind: str) -> str:
    if kind == TEXT:
        return f"string_agg({expression}, E'\\x1f')"
    return f"string_agg({SENT[kind][0]}(({expression})::{kind}), ''::bytea)"


def _column(value: Any, kind: str) -> NDArray[Any]:
    if kind == TEXT:
        return np.array([] if value is None else value.split(BETWEEN), dtype=object)
    received = np.frombuffer(value or b"", dtype=SENT[kind][1])
    return received.astype(received.dtype.newbyteorder("="))


def day(expression: str) -> tuple[str, str]:
    """A day as an ordinal, 0 where there is none."""
    return f"coalesce(({expression}) - DATE '0001-01-01' + 1, 0)", "int4"


def moment(expression: str) -> tuple[str, str]:
    """A moment as microseconds since 1970, 0 where there is none."""
    return f"coalesce(extract(epoch FROM {expression}) * 1000000, 0)", "int8"


def cents(expression: str) -> tuple[str, str]:
    """Dollars as whole cents, 0 where there are none."""
    return f"coalesce(({expression}) * 100, 0)", "int8"


def millionths(expression: str) -> tuple[str, str]:
    """A fraction of one as whole millionths, -1 where there is none."""
    return f"coalesce(({expression}) * 1000000, -1)", "int4"


def one_of(expression: str, values: tuple[str, ...]) -> tuple[str, str]:
    """The place of a text among `values`, -1 where it is none of them."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"coalesce(array_position(ARRAY[{listed}]::text[], ({expression})::text), 0) - 1", "int2"
