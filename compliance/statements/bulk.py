"""The parts of one thing (findings of an examination, orders of a revision) added in one statement, as one JSON value.

Django writes each cell into the statement as the text of an array, which took longer than everything else about storing a
proposal. The constraints and triggers of the table are the same. Thousands of rows go in by COPY (`clients.holdings.bulk`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from django.db import connection
from django.db.models import Field, JSONField, Model


def insert(model: type[Model], rows: Sequence[Model]) -> None:
    """Add rows in their order; each knows its key afterwards."""
    if not rows:
        return
    names, drawn, query = _statement(model)
    for field in drawn:
        for row in rows:
            field.pre_save(row, add=True)
    cells = [{name: _cell(getattr(row, name)) for name in names} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(query, [json.dumps(cells, ensure_ascii=False)])
        keys = [key for (key,) in cursor.fetchall()]
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


@cache
def _statement(model: type[Model]) -> tuple[tuple[str, ...], list[Field[object, object]], str]:
    """The columns of a table but its key, those that draw what the database does not, and the statement that adds rows."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    for field in fields:
        assert not isinstance(field, JSONField), f"{field} would be told from JSON's own null"
    assert all(field.attname == field.column for field in fields), "columns are called as in the model"
    columns = ", ".join(f'"{field.column}"' for field in fields)
    given = ", ".join(f'"{field.column}" {_type_of(field)}' for field in fields)
    # Rows are added, and so numbered and returned, in the order of the list.
    query = (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {columns}'  # noqa: S608
        f' FROM ROWS FROM (json_to_recordset(%s::json) AS ({given})) WITH ORDINALITY AS t ({columns}, "place")'
        ' ORDER BY "place" RETURNING "id"'
    )
    drawn = [field for field in fields if type(field).pre_save is not Field.pre_save]
    return tuple(field.attname for field in fields), drawn, query


def _type_of(field: Field[object, object]) -> str:
    """The column's type without its limits, which the assignment checks."""
    said = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
    plain = said.partition("(")[0]
    return "text" if plain == "varchar" else plain


def _cell(value: object) -> str | int | bool | None:
    """A value as JSON has it; numbers and days as text, which PostgreSQL reads as it reads any."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    assert isinstance(value, Decimal | date), f"{value!r} has no place in a column"
    return str(value)
