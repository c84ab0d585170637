"""The tables are those of this version: frozen migrations, an upgrade with data, and a doctor who looks."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from advisory.health import schema
from tests import records

PROJECT = Path(__file__).resolve().parents[3]
FROZEN = PROJECT / "tests" / "data" / "migrations.sha256"
DUMPS = sorted((PROJECT / "tests" / "data" / "dumps").glob("*.sql.gz"))
HOW = (
    "A landed migration is never edited: somebody's tables already stand by it. Write a further one, and add it with "
    "`sha256sum APP/migrations/NAME.py >> tests/data/migrations.sha256`."
)


def frozen() -> dict[str, str]:
    return {
        name: digest for digest, name in (line.split() for line in FROZEN.read_text("utf-8").splitlines())
    }


def test_no_landed_migration_was_edited_or_taken_away() -> None:
    changed = [
        name
        for name, digest in frozen().items()
        if not (PROJECT / name).exists()
        or hashlib.sha256((PROJECT / name).read_bytes()).hexdigest() != digest
    ]

    assert changed == [], HOW


def test_every_migration_is_frozen() -> None:
    there = {str(file.relative_to(PROJECT)) for file in PROJECT.glob("*/migrations/0*.py")}

    assert there - frozen().keys() == set(), HOW


@pytest.mark.django_db
def test_a_fresh_database_has_the_tables_of_this_version() -> None:
    assert schema.differences() == []


CHANGES = {
    "ALTER TABLE clients_household DROP COLUMN opened_on CASCADE": "the column clients_household.opened_on is missing",
    "ALTER TABLE clients_household ADD COLUMN extra text": "the column clients_household.extra is not of this version",
    "ALTER TABLE advisory_user ALTER COLUMN name TYPE varchar(500)": (
        "the column advisory_user.name is varchar(500) and should be varchar(120)"
    ),
    "ALTER TABLE advisory_user ALTER COLUMN name DROP NOT NULL": (
        "the column advisory_user.name may be empty and should be the opposite"
    ),
    "ALTER TABLE advisory_user DROP CONSTRAINT user_has_a_name": (
        "the constraint user_has_a_name of advisory_user is missing"
    ),
    "DROP TABLE advisory_signinlimit": "the table advisory_signinlimit is missing",
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_the_doctor_names_what_differs(change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(change)

    assert CHANGES[change] in schema.differences()


@pytest.mark.django_db
def test_a_missing_trigger_and_one_switched_off_are_named() -> None:
    (gone, of), (off, where) = sorted(schema.expected_triggers())[:2]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {gone} ON {of}")
        cursor.execute(f"ALTER TABLE {where} DISABLE TRIGGER {off}")

    assert schema.differences() == [
        f"the trigger {gone} of {of} is missing",
        f"the trigger {off} of {where} is switched off",
    ]


@pytest.mark.slow
def test_a_new_database_has_what_all_migrations_make_one_after_another(
    django_db_setup: None, django_db_blocker: Any
) -> None:
    """New databases run the squashed migrations; the others brought those that exist to where they are."""
    with django_db_blocker.unblock(), records.own_database("one by one"):
        at_once = _made()
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        executor = MigrationExecutor(connection)
        executor.loader = MigrationLoader(connection, replace_migrations=False)
        leaves = executor.loader.graph.leaf_nodes()
        executor.migrate([one for one in leaves if not executor.loader.get_migration(*one).replaces])

        assert _made() == at_once


MADE = {
    "column": """
        SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND relnamespace = 'public'::regnamespace""",
    "constraint": """
        SELECT conrelid::regclass, CASE contype WHEN 'c' THEN conname END, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "index": "SELECT tablename, regexp_replace(indexdef, 'INDEX \\w+', 'INDEX') FROM pg_indexes WHERE schemaname = 'public'",
    "function": """
        SELECT proname, proowner::regrole, proacl, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace""",
    "trigger": """
        SELECT tgname, tgenabled, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace""",
}


def _made() -> set[tuple[str, str]]:
    """What the tables consist of, without brackets, casts and made-up names: they tell by which way a table came."""
    with connection.cursor() as cursor:
        found = set()
        for kind, statement in MADE.items():
            cursor.execute(statement)
            for row in cursor.fetchall():
                text = re.sub(r"::[a-z ]+(\[\])?|[()\s']", "", " | ".join(map(str, row)))
                found.add((kind, text))
    return found


@pytest.mark.process
@pytest.mark.parametrize("dump", DUMPS, ids=lambda file: file.name)
def test_the_data_of_an_earlier_version_is_upgraded(dump: Path, django_db_setup: None) -> None:
    at = connection.settings_dict
    server = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}"
    name = "test_upgrade"
    with psycopg.connect(f"{server}/{at['NAME']}", autocommit=True) as there:
        there.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        there.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(f"{server}/{name}", autocommit=True) as database:
                database.execute(_statements(dump))
                before = _counts(database)
            for command in ("migrate", "check_schema"):
                _run(command, f"{server}/{name}")
            _verify(f"{server}/{name}", unreadable=UNREADABLE.get(dump.name, 0))
            with psycopg.connect(f"{server}/{name}") as database:
                after = _counts(database)
            # The upgrade puts what was decided before on the trail; every other row stays as it was.
            trail = {"compliance_auditevent"}
            assert {table: after.get(table) for table in before if table not in trail} == {
                table: count for table, count in before.items() if table not in trail
            }
            assert after["compliance_auditevent"] >= before["compliance_auditevent"]
            assert before["rebalancing_proposal"] > 0
            assert before["compliance_auditevent"] > 0
        finally:
            there.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _statements(dump: Path) -> bytes:
    """The dump without what only `psql` understands, or what only the newest server knows."""
    lines = gzip.decompress(dump.read_bytes()).split(b"\n")
    return b"\n".join(
        line
        for line in lines
        if not line.startswith((b"\\restrict", b"\\unrestrict", b"SET transaction_timeout"))
    )


def _counts(database: psycopg.Connection) -> dict[str, int]:
    tables = [
        row[0]
        for row in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    ]
    found = {}
    for table in tables:
        if table in {"django_migrations", "django_content_type", "auth_permission"}:
            continue
        row = database.execute(
            sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table))
        ).fetchone()
        assert row is not None
        found[table] = row[0]
    return found


UNREADABLE = {"0.1.0-552b953.sql.gz": 2}
"""Documents of proposals from before the fields of household/1 and plan/1 had their final names: said, not guessed at."""


def _verify(url: str, *, unreadable: int) -> None:
    """Everything stands as recorded; files alone do not open, since the keys of the dump's machine are not here."""
    done = _manage(["verify_audit", "--json"], url)
    assert done.stdout.startswith("{"), done.stderr[-3000:]
    told = json.loads(done.stdout)
    faults = [one for one in told["faults"] if not one["now"].startswith("bytes that cannot be decrypted")]
    former = [
        one
        for one in faults
        if one["thing"].endswith(", documents") and "is not a key of this format" in one["now"]
    ]
    assert len(former) == unreadable
    assert [one for one in faults if one not in former] == []
    assert told["decided"] > 0
    assert told["last_seq"] == told["events"]


def _run(command: str, url: str) -> None:
    done = _manage([command], url)
    assert done.returncode == 0, f"{command}: {(done.stdout + done.stderr)[-3000:]}"


def _manage(arguments: list[str], url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT, text=True, capture_output=True,
        env={
            **os.environ, "EVENKEEL_ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "advisory.settings",
            "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "REDIS_URL": "redis://127.0.0.1:9/0",
        },
    )  # fmt: skip
