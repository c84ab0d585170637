"""The journal of a load: every row that the file made, changed or removed, and the way back.

While a file loads, triggers of the database write the journal in the transaction of the load
(`migrations/0010_file_changes.py`). Undoing goes through it backward, statement by statement, and leaves each
table exactly as it was, primary keys included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.apps import apps
from django.db import connection
from django.db.models import Model
from psycopg import sql

from clients.models import (
    AssetClass,
    ClassWeight,
    CustodianFile,
    FileAccount,
    FileChange,
    Replacement,
    Security,
    WashGroup,
)

KEPT_FOR = timedelta(days=30)
"""How long the rows of a load can be shown and undone. A daily file of 300 households journals some 10 MB."""

STAYS_WHILE_USED = (Security, AssetClass, WashGroup)
"""What a file names for the first time stays on record while anything else refers to it."""

DESCRIBES = (ClassWeight, Replacement)
"""Goes or stays with its security."""

Ids = Mapping[str, set[int]]

_LAST = """
    SELECT DISTINCT ON (row_key) row_key, kind, became FROM clients_filechange
    WHERE file_id = %s AND table_name = %s ORDER BY row_key, id DESC
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Changes of one table that one statement can take back, by their keys in the journal."""

    table: str
    kind: str
    columns: tuple[str, ...]
    changes: tuple[int, ...]


@contextmanager
def written(file: CustodianFile, *, at: datetime) -> Iterator[None]:
    """Write the journal of everything inside; an earlier journal of the file and outdated ones go."""
    file.changes.all().delete()
    FileChange.objects.filter(file__in=CustodianFile.objects.filter(loaded_at__lt=at - KEPT_FOR)).delete()
    _journal_of(str(file.pk))
    yield
    _journal_of("")  # After an error the setting is rolled back with the transaction.


def counts(file: CustodianFile) -> dict[str, dict[str, int]]:
    """How many rows the file made, changed and removed, by table and kind; each row counts once."""
    found: dict[str, dict[str, int]] = {}
    for table, by_row in _kinds_by_row(file).items():
        tally: dict[str, int] = defaultdict(int)
        for kinds in by_row.values():
            if net := net_kind(kinds):
                tally[net] += 1
        if tally:
            found[table] = dict(tally)
    return found


def net_kind(kinds: Sequence[str]) -> str:
    """What happened to a row as a whole; empty for one that came and went within the load."""
    first, last = kinds[0], kinds[-1]
    if first == FileChange.Kind.MADE:
        return "" if last == FileChange.Kind.REMOVED else FileChange.Kind.MADE
    return str(last)


def changed_since(file: CustodianFile, *, except_by_later_files: bool = False) -> dict[str, list[int]]:
    """The rows of the journal that no longer are as the file left them, by table.

    With `except_by_later_files`, without those that a file loaded later has changed, which is named instead.
    """
    found: dict[str, list[int]] = {}
    for table in _tables(file):
        query = sql.SQL(
            "SELECT last.row_key FROM ({last}) AS last LEFT JOIN {table} AS t ON t.id = last.row_key WHERE"
            " CASE WHEN last.kind = 'removed' THEN t.id IS NOT NULL"
            " ELSE t.id IS NULL OR md5((to_jsonb(t) - 'number')::text) <> last.became END ORDER BY 1"
        ).format(last=sql.SQL(_LAST), table=sql.Identifier(table))
        with connection.cursor() as cursor:
            cursor.execute(query, [file.pk, table])
            rows = [row[0] for row in cursor.fetchall()]
        if rows and except_by_later_files:
            later = FileChange.objects.filter(
                file__state=CustodianFile.State.LOADED, file__loaded_at__gt=file.loaded_at, table=table
            )
            others = set(later.filter(row__in=rows).order_by().values_list("row", flat=True))
            rows = [row for row in rows if row not in others]
        if rows:
            found[table] = rows
    return found


def made_by(file: CustodianFile) -> dict[str, set[int]]:
    """The rows that exist because of the file, by table."""
    return {
        table: made
        for table, by_row in _kinds_by_row(file).items()
        if (made := {key for key, kinds in by_row.items() if net_kind(kinds) == FileChange.Kind.MADE})
    }


def rows_of(file: CustodianFile) -> dict[str, set[int]]:
    """Every row of the journal, by table: what an undo restores."""
    return {table: set(by_row) for table, by_row in _kinds_by_row(file).items()}


def staying(made: Ids, *, restored: Ids) -> dict[str, set[int]]:
    """Which of the new rows stay when the file is undone, because something else refers to them, by table."""
    stays: dict[str, set[int]] = defaultdict(set)
    while True:
        before = {table: set(keys) for table, keys in stays.items()}
        for model in STAYS_WHILE_USED:
            table = model._meta.db_table
            going = made.get(table, set()) - stays[table]
            stays[table] |= {key for key, _ in users_of(model, going, restored=restored, stays=stays)}
        for part in DESCRIBES:
            table, securities = part._meta.db_table, stays[Security._meta.db_table]
            kept = part._base_manager.filter(pk__in=made.get(table, set()), security__in=securities)
            stays[table] |= set(kept.values_list("pk", flat=True))
        if before == dict(stays):
            return {table: keys for table, keys in stays.items() if keys}


def users_of(
    model: type[Model], keys: set[int], *, restored: Ids, stays: Ids
) -> Iterator[tuple[int, type[Model]]]:
    """Which of these new rows something still refers to once the journal is taken back, with what does."""
    if not keys:
        return
    for relation in model._meta.related_objects:
        other = relation.related_model
        if relation.many_to_many or not isinstance(other, type) or other is FileAccount:
            continue  # What files name as accounts is let go of when the account goes.
        table, column = other._meta.db_table, relation.field.name
        going = restored.get(table, set()) - stays.get(table, set())
        referring = other._base_manager.filter(**{f"{column}__in": keys}).exclude(pk__in=going)
        for key in referring.values_list(column, flat=True).distinct():
            yield key, other


def take_back(file: CustodianFile, *, stays: Ids) -> None:
    """Restore every row of the journal, the last statement first, except the new rows that stay."""
    for step in _steps_backward(file, stays=stays):
        with connection.cursor() as cursor:
            cursor.execute(*_statement(step))
            assert cursor.rowcount == len(step.changes), f"{step.table} changed while it was restored"
    check_constraints()
    file.changes.all().delete()


def check_constraints() -> None:
    """Let the database check now what it checks at the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def model_of(table: str) -> type[Model]:
    """The model of a journaled table."""
    return apps.get_model("clients", table.removeprefix("clients_"))


def _journal_of(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('evenkeel.loading_file', %s, true)", [key])


def _tables(file: CustodianFile) -> list[str]:
    return sorted(set(file.changes.order_by().values_list("table", flat=True).distinct()))


def _kinds_by_row(file: CustodianFile) -> dict[str, dict[int, list[str]]]:
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table, row, kind in file.changes.order_by("id").values_list("table", "row", "kind").iterator():
        found[table][row].append(kind)
    return found


def _steps_backward(file: CustodianFile, *, stays: Ids) -> Iterator[Step]:
    """The changes, the last first, in runs of one table, kind and set of columns without a row twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, table_name, kind, row_key,"
            " CASE kind WHEN 'changed' THEN ARRAY(SELECT jsonb_object_keys(was) ORDER BY 1) ELSE '{}' END"
            " FROM clients_filechange WHERE file_id = %s ORDER BY id DESC",
            [file.pk],
        )
        wanted = [row for row in cursor.fetchall() if row[3] not in stays.get(row[1], ())]
    for (table, kind, columns), run in groupby(wanted, key=lambda row: (row[1], row[2], tuple(row[4]))):
        by_row: dict[int, int] = {}
        for change, _, _, row, _ in run:
            if row in by_row:
                yield Step(table, kind, columns, tuple(by_row.values()))
                by_row = {}
            by_row[row] = change
        yield Step(table, kind, columns, tuple(by_row.values()))


# The values never leave the database, where a number keeps all its digits.
_TAKE_BACK = {
    FileChange.Kind.MADE: "DELETE FROM {table} AS t USING clients_filechange AS c"
    " WHERE c.id = ANY(%s) AND t.id = c.row_key",
    FileChange.Kind.REMOVED: "INSERT INTO {table} SELECT was.* FROM clients_filechange AS c"
    " CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, c.was) AS was WHERE c.id = ANY(%s)",
    FileChange.Kind.CHANGED: "UPDATE {table} AS t SET {assigned} FROM clients_filechange AS c"
    " CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, c.was) AS was"
    " WHERE c.id = ANY(%s) AND t.id = c.row_key",
}


def _statement(step: Step) -> tuple[sql.Composed, list[list[int]]]:
    assigned = sql.SQL(", ").join(
        sql.SQL("{column} = was.{column}").format(column=sql.Identifier(column)) for column in step.columns
    )
    query = sql.SQL(_TAKE_BACK[FileChange.Kind(step.kind)])
    return query.format(table=sql.Identifier(step.table), assigned=assigned), [list(step.changes)]
