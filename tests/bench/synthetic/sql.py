"""Statements of the synthetic firm: rows copied with whatever columns they have, and keys that are known beforehand."""

from __future__ import annotations

from typing import Any


def run(statement: str, given: Any = None) -> Any:
    """Send a statement; its rows, else how many it touched."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def copied(model: Any, source: str, **instead: str) -> str:
    """The INSERT … SELECT of a table's rows, with other expressions for some columns; `source` is FROM and what follows,
    with the copied row as `s`.
    """
    columns = [one.column for one in model._meta.concrete_fields]
    if unknown := instead.keys() - set(columns):
        raise ValueError(f"{model._meta.db_table} has no {', '.join(sorted(unknown))}.")
    chosen = ", ".join(instead.get(one, f's."{one}"') for one in columns)
    listed = ", ".join(f'"{one}"' for one in columns)
    return f"INSERT INTO {model._meta.db_table} ({listed}) SELECT {chosen} {source}"


def public_id(model: Any, key: str) -> str:
    """The expression of a public id made from a row's key."""
    return f"'{model._meta.get_field('public_id').prefix}_' || lpad(to_hex({key}), 12, '0')"


def base_of(model: Any) -> int:
    """A key that no row of a table is above."""
    ((found,),) = run(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")
    return int(found)
