"""A drill of backup and restore: what is backed up now is restored beside the running database, verified, and dropped.

The counts and digests are taken in the snapshot that the dump is made of, so that work goes on meanwhile and the two
still have to be equal. Nothing is written to the running database but the line on the trail.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql
from psycopg.conninfo import make_conninfo

from advisory.embedded import postgresql
from compliance.audit_trail import audit
from compliance.people.actors import Actor

PROJECT = Path(__file__).resolve().parents[2]

Tables = dict[str, tuple[int, str]]
"""Of each table how many rows it has, and a digest of them all."""


class Failed(Exception):
    """The backup does not bring the record back; the sentence says what is missing or different."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found, and how long each step took. What was committed by the recovery point is in the copy."""

    recovery_point: datetime
    rows_count: int
    tables_count: int
    files_count: int
    bytes_count: int
    seconds: dict[str, float]


def run(work: Path, *, by: Actor, at: datetime) -> Drill:
    """Back up, restore beside, verify, compare, and put the result on the trail; nothing of it stays.

    Raises:
        Failed: the copy is not the record; that is on the trail too.
    """
    try:
        done = _run(work, at=at)
    except Failed as failure:
        _record(by, at, passed=False, problem=str(failure))
        raise
    _record(
        by,
        at,
        passed=True,
        recovery_point=done.recovery_point.isoformat(),
        rows=done.rows_count,
        tables=done.tables_count,
        files=done.files_count,
    )
    return done


def _run(work: Path, *, at: datetime) -> Drill:
    took: dict[str, float] = {}
    dump, archive, unpacked = work / "evenkeel.dump", work / "files.tar.gz", work / "files"
    with _timed(took, "database backed up"):
        before = back_up(dump)
    with _timed(took, "files backed up"), tarfile.open(archive, "w:gz") as packed:
        if settings.MEDIA_ROOT.is_dir():
            packed.add(settings.MEDIA_ROOT, arcname=".")
    with _beside() as name:
        with _timed(took, "database restored"):
            restore(dump, name)
        with _timed(took, "files restored"):
            unpacked.mkdir()
            with tarfile.open(archive) as packed:
                packed.extractall(unpacked, filter="data")
            files_count = _compare_files(unpacked)
        with _timed(took, "rows compared"), psycopg.connect(_address(name)) as copy:
            _compare(before, _tables(copy))
        for step, command in (("tables compared", "check_schema"), ("trail verified", "verify_audit")):
            with _timed(took, step):
                _manage(command, name, unpacked)
    return Drill(
        recovery_point=at,
        rows_count=sum(count for count, _ in before.values()),
        tables_count=len(before),
        files_count=files_count,
        bytes_count=dump.stat().st_size + archive.stat().st_size,
        seconds=took,
    )


def back_up(dump: Path) -> Tables:
    """Dump the running database; returns what it must bring back."""
    with psycopg.connect(_address()) as running:
        running.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        running.read_only = True
        row = running.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        _program("pg_dump", "--format=custom", "--no-owner", f"--snapshot={row[0]}", f"--file={dump}")
        return _tables(running)


def restore(dump: Path, name: str) -> None:
    """Restore a dump into an empty database on the same server.

    Raises:
        Failed: the dump cannot be read or does not go in whole.
    """
    _program("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(dump))


def _tables(database: psycopg.Connection[Any]) -> Tables:
    found = {}
    names = database.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    for (name,) in names:
        statement = "SELECT count(*), coalesce(md5(string_agg(d, '' ORDER BY d)), '') FROM (SELECT md5(t::text) AS d FROM {} AS t) AS rows"
        row = database.execute(sql.SQL(statement).format(sql.Identifier("public", name))).fetchone()
        assert row is not None
        found[name] = (row[0], row[1])
    return found


def _compare(before: Tables, after: Tables) -> None:
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            raise Failed(f"The table {name} is only in the {'copy' if was is None else 'running database'}.")
        if was != now:
            raise Failed(
                f"The table {name} has {was[0]:,} rows, its copy {now[0]:,}, and they are not the same."
            )


def _compare_files(unpacked: Path) -> int:
    """Each file that was packed is as it stands; one that came since is in the next backup."""
    files = [file for file in unpacked.rglob("*") if file.is_file()]
    for file in files:
        name = file.relative_to(unpacked)
        original = settings.MEDIA_ROOT / name
        if original.is_file() and _digest(original) != _digest(file):
            raise Failed(f"The file {name} is not in the backup as it stands.")
    return len(files)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _beside() -> Iterator[str]:
    """An empty database on the same server, gone afterwards."""
    name = f"drill_{secrets.token_hex(6)}"
    with psycopg.connect(_address(), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield name
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _address(name: str = "") -> str:
    at = connection.settings_dict
    return make_conninfo(
        host=at["HOST"], port=at["PORT"], user=at["USER"], password=at["PASSWORD"], dbname=name or at["NAME"]
    )


def _program(name: str, *arguments: str) -> None:
    at = connection.settings_dict
    where = {
        "PGHOST": at["HOST"],
        "PGPORT": str(at["PORT"]),
        "PGUSER": at["USER"],
        "PGPASSWORD": at["PASSWORD"],
        "PGDATABASE": at["NAME"],
    }
    done = subprocess.run(
        [postgresql.find_binaries().folder / name, *arguments],
        env={**os.environ, **where}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise Failed(f"{name} failed: {done.stderr.strip()[-600:]}")


def _manage(command: str, name: str, files: Path) -> None:
    at = connection.settings_dict
    url = (
        f"postgresql://{quote(at['USER'])}:{quote(at['PASSWORD'], safe='')}@{at['HOST']}:{at['PORT']}/{name}"
    )
    given = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=PROJECT, text=True, capture_output=True,
        env={**given, "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "EVENKEEL_FILES": str(files)},
    )  # fmt: skip
    if done.returncode != 0:
        raise Failed(f"{command} on the copy: {(done.stdout + done.stderr).strip()[-600:]}")


@contextmanager
def _timed(took: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    took[step] = time.monotonic() - began


def _record(by: Actor, at: datetime, **facts: Any) -> None:
    with transaction.atomic():
        audit.record(audit.Action.RESTORE_DRILLED, about=audit.Ref("backup", "backup"), by=by, at=at, **facts)
