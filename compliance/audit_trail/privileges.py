"""The running product's database privileges: everything except rewriting history.

The tables belong to the owner role, which only migrates. The runtime role may read and write
ordinary rows, only add to those that are history, and only read the audit trail, to which it adds
through one function. Triggers refuse the same operations to everybody; this revokes the privilege as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from psycopg import sql

from compliance.audit_trail import seals
from compliance.models import (
    Approval,
    AuditCheckpoint,
    AuditEvent,
    AuditHead,
    ChangeRequest,
    Comment,
    Consent,
    Decision,
    Examination,
    FindingRow,
    Override,
    RestrictedIssuer,
    Review,
    ReviewMaker,
    SettingVersion,
)

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

READ_ONLY = frozenset({AuditEvent._meta.db_table, AuditHead._meta.db_table, "django_migrations"})
ADD_ONLY = frozenset(
    model._meta.db_table
    for model in (
        AuditCheckpoint,
        Approval,
        Consent,
        Decision,
        Examination,
        FindingRow,
        Override,
        ReviewMaker,
        SettingVersion,
    )
)
# A revision is tied to its review once; nothing else of it ever changes.
FILLED_ONCE = {"rebalancing_revision": ("review_id",)}
# Rows that change state but are books and records of the firm: closed, never deleted.
NEVER_DELETED = frozenset(
    model._meta.db_table for model in (ChangeRequest, Comment, RestrictedIssuer, Review)
)
APPEND = "compliance_audit_append"


class NoSuchRole(LookupError):
    """The runtime role does not exist or is a superuser."""


@dataclass(frozen=True, slots=True)
class Granted:
    """How many tables the runtime role may write, only insert into, and only read."""

    role: str
    owner: str
    writable: int
    add_only: int
    read_only: int
    warning: str = ""


def grant(role: str) -> Granted:
    """Grant `role` what the running product needs and revoke the rest. Running it again changes nothing.

    Runs as the owner of the tables, after every migration. When owner and runtime role are the same, nothing
    can be revoked: the result carries a warning and only the triggers protect history. Raises NoSuchRole for
    a role that is missing or a superuser.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_schema()")
        owner, schema = cursor.fetchone()
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            raise NoSuchRole(
                f"There is no database role {role!r}. Create it (CREATE ROLE {role} LOGIN …) and run this again."
            )
        if role == owner:
            warning = f"{role} owns the tables, so only the triggers protect the trail. Give the product a role of its own."
            return Granted(role, owner, 0, 0, 0, warning)
        if found[0]:
            raise NoSuchRole(f"{role} is a superuser and may do anything. Use a role without that right.")
        tables = _tables(schema)
        cursor.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(
                schema=sql.Identifier(schema), role=sql.Identifier(role)
            )
        )
        for table in tables:
            _grant_table(cursor, schema, table, role)
        cursor.execute(
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}").format(
                schema=sql.Identifier(schema), role=sql.Identifier(role)
            )
        )
        _grant_append(cursor, schema, role)
    return Granted(
        role,
        owner,
        writable=sum(table not in READ_ONLY | add_only() for table in tables),
        add_only=sum(table in add_only() for table in tables),
        read_only=sum(table in READ_ONLY for table in tables),
    )


def rights_on(table: str) -> tuple[str, ...]:
    """The rights of the runtime role on one table."""
    if table in READ_ONLY:
        return ("SELECT",)
    if table in add_only():
        return ("SELECT", "INSERT")
    if table in FILLED_ONCE:
        return ("SELECT", "INSERT", f"UPDATE ({', '.join(FILLED_ONCE[table])})")
    if table in NEVER_DELETED or any(
        table == kind.table and not (kind.where or kind.restated) for kind in seals.kinds().values()
    ):
        return ("SELECT", "INSERT", "UPDATE")
    return ("SELECT", "INSERT", "UPDATE", "DELETE")


def add_only() -> frozenset[str]:
    """The insert-only tables: the desk's own, and those of higher floors of which every column is sealed."""
    every = seals.kinds().values()
    whole = {kind.table for kind in every if not (kind.open or kind.where or kind.restated)}
    return ADD_ONLY | (
        whole - {kind.table for kind in every if kind.open} - FILLED_ONCE.keys() - NEVER_DELETED
    )


def _tables(schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tableowner = current_user ORDER BY tablename",
            [schema],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _grant_table(cursor: CursorWrapper, schema: str, table: str, role: str) -> None:
    names = {"table": sql.Identifier(schema, table), "role": sql.Identifier(role)}
    cursor.execute(sql.SQL("REVOKE ALL ON {table} FROM PUBLIC, {role}").format(**names))
    # SELECT FOR UPDATE needs the right to update a column; insert-only rows are never locked, so it is not
    # granted.
    rights = sql.SQL(", ").join(sql.SQL(right) for right in rights_on(table))
    cursor.execute(sql.SQL("GRANT {rights} ON {table} TO {role}").format(rights=rights, **names))


def _grant_append(cursor: CursorWrapper, schema: str, role: str) -> None:
    names = {"function": sql.Identifier(schema, APPEND), "role": sql.Identifier(role)}
    cursor.execute(sql.SQL("REVOKE ALL ON FUNCTION {function} FROM PUBLIC").format(**names))
    cursor.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {function} TO {role}").format(**names))
