"""Lets a test that commits be cleaned up: history refuses TRUNCATE, also from a test runner.

The guards are switched off by their owner for the length of the flush, which is exactly what the
running product, having another role, cannot do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest import mock

import pytest

GUARDS = """
    SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'A' AND (tgtype::int & 32) > 0
"""


@pytest.fixture(autouse=True, scope="session")
def history_can_be_flushed() -> Iterator[None]:
    """Switch the guards against TRUNCATE off while Django empties the tables after a test."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_with_guards_down(self: DatabaseOperations, statements: Sequence[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(GUARDS)
            guards = cursor.fetchall()
        down = [f"ALTER TABLE {table} DISABLE TRIGGER {name};" for table, name in guards]
        up = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};" for table, name in guards]
        flush(self, [*down, *statements, *up])

    with mock.patch.object(DatabaseOperations, "execute_sql_flush", flush_with_guards_down):
        yield
