"""Compares the tables with what this version expects: columns, constraints, indexes and triggers, by name and
kind.

"All migrations applied" says what ran in the past, not what exists now. The expectation comes from the
models, and for triggers from the migrations.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader

from compliance.audit_trail import privileges

WAY_OUT = "Back up, then restore a backup made by this version, or dump the data and load it into a new database prepared by `manage.py prepare`; never repair tables by hand"
SHORT = {
    "character varying": "varchar",
    "timestamp without time zone": "timestamp",
}
_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s[^;]*?\sON (?:\{schema\}\.)?(\w+)\s")
"""A trigger made for each of several tables has no name in the text; those of history are known otherwise."""
_DROPPED = re.compile(r"DROP TRIGGER (?:IF EXISTS )?(\w+) ON (\w+)")


def differences() -> list[str]:
    """What differs between the live tables and this version, one short sentence each; empty when nothing
    does.
    """
    with connection.cursor() as cursor:
        live = set(connection.introspection.table_names(cursor))
        found = []
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if not model._meta.managed or model._meta.proxy:
                continue
            if table not in live:
                found.append(f"the table {table} is missing")
                continue
            if model._meta.auto_created:
                continue
            found += _columns(cursor, model)
            found += _constraints(cursor, model)
        found += _triggers(cursor)
    return found


def _columns(cursor: Any, model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
        "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    live = {name: (_kind(kind), not_null) for name, kind, not_null in cursor.fetchall()}
    expected = {
        str(field.column): (_kind(str(field.db_type(connection))), not field.null)
        for field in model._meta.local_concrete_fields
        if field.db_type(connection)
    }
    for name in sorted(expected.keys() - live.keys()):
        yield f"the column {table}.{name} is missing"
    for name in sorted(live.keys() - expected.keys()):
        yield f"the column {table}.{name} is not of this version"
    for name in sorted(live.keys() & expected.keys()):
        (kind, not_null), (wanted, required) = live[name], expected[name]
        if kind != wanted:
            yield f"the column {table}.{name} is {kind} and should be {wanted}"
        if not_null != required:
            yield f"the column {table}.{name} {'may not' if not_null else 'may'} be empty and should be the opposite"


def _constraints(cursor: Any, model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    live = connection.introspection.get_constraints(cursor, table)
    for wanted in (*model._meta.constraints, *model._meta.indexes):
        if wanted.name not in live:
            kind = "index" if isinstance(wanted, models.Index) else "constraint"
            yield f"the {kind} {wanted.name} of {table} is missing"
    for field in model._meta.local_concrete_fields:
        on_it = [one for one in live.values() if field.column in one["columns"][:1]]
        if field.primary_key:
            holds = any(one["primary_key"] for one in on_it)
        elif field.unique:
            holds = any(one["unique"] and len(one["columns"]) == 1 for one in on_it)
        elif getattr(field, "db_index", False) and not field.remote_field:
            holds = any(one["index"] for one in on_it)
        else:
            holds = True
        if not holds:
            yield f"the index of {table}.{field.column} is missing"
        is_key = field.remote_field and getattr(field, "db_constraint", False)
        if is_key and not any(one["foreign_key"] for one in on_it):
            yield f"the foreign key of {table}.{field.column} is missing"


def _triggers(cursor: Any) -> Iterator[str]:
    cursor.execute(
        "SELECT tgname, relname, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE NOT tgisinternal AND nspname = current_schema()"
    )
    live = {(name, table): state for name, table, state in cursor.fetchall()}
    expected = expected_triggers()
    for name, table in sorted(expected - live.keys()):
        yield f"the trigger {name} of {table} is missing"
    for (name, table), state in sorted(live.items()):
        if state == "D":
            yield f"the trigger {name} of {table} is switched off"


def expected_triggers() -> set[tuple[str, str]]:
    """The triggers that the migrations make, with their tables, as their text has them."""
    loader = MigrationLoader(None)
    seen: set[Any] = set()
    standing = {(f"{table}_add_only", table) for table in privileges.ADD_ONLY | {"compliance_auditevent"}}
    for leaf in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(leaf):
            if key in seen:
                continue
            seen.add(key)
            migration = loader.graph.nodes[key]
            text = inspect.getsource(inspect.getmodule(migration.__class__))  # type: ignore[arg-type]
            if "reverse" not in key[1] and "TRIGGER" in text:
                standing |= set(_TRIGGER.findall(text))
                standing -= set(_dropped(migration.operations))
    return standing


def _dropped(operations: list[Any]) -> Iterator[tuple[str, str]]:
    """The triggers that a migration takes away for good; the text of its way back makes them again."""
    for one in operations:
        if isinstance(one, RunSQL) and isinstance(one.sql, str):
            yield from set(_DROPPED.findall(one.sql)) - set(_TRIGGER.findall(one.sql))


def _kind(kind: str) -> str:
    for long, short in SHORT.items():
        kind = kind.replace(long, short)
    return kind.replace(", ", ",")
