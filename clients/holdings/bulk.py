"""Many rows of one table in one statement: added by COPY, changed by their keys from arrays.

Django writes a condition for each row and column, which is most of what importing a file cost. The values are the
same, and so are the constraints and triggers of the table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from psycopg import sql


def insert(model: type[Model], rows: Sequence[Model]) -> None:
    """Add rows in their order. Their keys are drawn first, so that others can refer to them."""
    if not rows:
        return
    fields = list(model._meta.concrete_fields)
    names = [field.attname for field in fields]
    query = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields),
    )
    for row, key in zip(rows, _keys(model, len(rows)), strict=True):
        row.pk = key
    for field in fields:
        if type(field).pre_save is not Field.pre_save:
            for row in rows:
                field.pre_save(row, add=True)  # Draws what the database does not, such as a public id.
    lines = ["\t".join([_copied(getattr(row, name)) for name in names]) for row in rows]
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(query) as copy:
        copy.write("\n".join(lines) + "\n")
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def update(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Change rows: each is its key and its new values, in the order of the names."""
    columns = list(zip(*rows, strict=True))
    if not columns:
        return
    key = model._meta.pk
    assert key is not None, "every model has a key"
    fields: list[Field[Any, Any]] = [key, *(model._meta.get_field(name) for name in names)]  # type: ignore[list-item]
    types = [_type_of(field) for field in fields]
    query = sql.SQL(
        "UPDATE {table} AS t SET {assigned} FROM unnest({arrays}) AS given ({columns}) WHERE t.{key} = given.{key}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        assigned=sql.SQL(", ").join(
            sql.SQL("{column} = given.{column}").format(column=sql.Identifier(str(field.column)))
            for field in fields[1:]
        ),
        arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(one)) for one in types),
        columns=sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields),
        key=sql.Identifier(str(key.column)),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [_array(values, kind) for values, kind in zip(columns, types, strict=True)])


def insert_or_update(
    model: type[Model], rows: Sequence[Model], *, unique: Sequence[str], restate: Sequence[str]
) -> None:
    """Add rows, or restate those that are there under the same unique columns."""
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = {field.name: sql.Identifier(str(field.column)) for field in fields}
    types = [_type_of(field) for field in fields]
    query = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays})"
        " ON CONFLICT ({unique}) DO UPDATE SET {assigned}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(columns.values()),
        arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(one)) for one in types),
        unique=sql.SQL(", ").join(columns[name] for name in unique),
        assigned=sql.SQL(", ").join(
            sql.SQL("{column} = excluded.{column}").format(column=columns[name]) for name in restate
        ),
    )
    values = [[getattr(row, field.attname) for row in rows] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(query, [_array(one, kind) for one, kind in zip(values, types, strict=True)])


def _keys(model: type[Model], count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def _type_of(field: Field[Any, Any]) -> str:
    """The column's type without its limits, which the assignment checks."""
    said = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
    plain = said.partition("(")[0]
    return "text" if plain in {"varchar", "text"} else plain


def _array(values: Iterable[Any], kind: str) -> str:
    """The literal of an array; numbers and days need no quotation marks."""
    of: Callable[[Any], str] = _quoted if kind in {"text", "jsonb"} else str
    return "{" + ",".join(["NULL" if value is None else of(value) for value in values]) + "}"


def _quoted(value: Any) -> str:
    return '"' + _text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _copied(value: Any) -> str:
    """A value as a cell of COPY's text format."""
    if value is None:
        return "\\N"
    text = _text(value)
    if isinstance(value, str | dict | list) and (
        "\\" in text or "\t" in text or "\n" in text or "\r" in text
    ):
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text
