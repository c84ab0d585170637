"""A PostgreSQL for tests: a copy of a data folder in which all migrations have already run.

Migrating takes many times longer than copying 40 MB, so the migrated folder is kept by the digest
of the migrations. Every pytest process (each xdist worker is one) gets a copy and a server of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from advisory.embedded import folders, processes
from advisory.embedded.postgresql import ADMINISTRATOR, APP, OWNER, THROWAWAY, PostgreSQL

TEST_DATABASE = "test_evenkeel"
KEPT_MAX = 3


@contextlib.contextmanager
def a_migrated_postgresql() -> Iterator[tuple[PostgreSQL, int]]:
    """Start a private server whose `test_evenkeel` is migrated; it is gone afterwards."""
    home = _made(folders.servers() / "tests")
    with _locked():
        _sweep(home)
        template = _template(home)
        run = _made(home / f"run-{os.getpid()}")
        subprocess.run(["cp", "-a", *sorted(template.glob("pg*")), run], check=True)
    server = _server(run)
    try:
        yield server, server.start()
    finally:
        server.stop()
        shutil.rmtree(run, ignore_errors=True)


def digest_of_migrations() -> str:
    """Return a digest over everything that shapes a freshly migrated database."""
    digest = hashlib.sha256()
    files = [
        *folders.PROJECT.glob("*/migrations/*.py"),
        folders.PROJECT / "requirements.txt",
        folders.PROJECT / "advisory" / "embedded" / "postgresql.py",
        folders.PROJECT / "tests" / "processes" / "postgresql.py",
    ]
    for file in sorted(files):
        digest.update(f"{file.relative_to(folders.PROJECT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _template(home: Path) -> Path:
    kept = home / f"template-{digest_of_migrations()}"
    if kept.is_dir():
        kept.touch()
        return kept
    making = home / f"run-{os.getpid()}-making"
    shutil.rmtree(making, ignore_errors=True)
    server = _server(_made(making))
    port = server.start()
    try:
        with psycopg.connect(server.address(ADMINISTRATOR, port, "postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(TEST_DATABASE), sql.Identifier(OWNER)
                )
            )
        _migrate(server.address(OWNER, port, TEST_DATABASE))
    finally:
        server.stop()
    making.rename(kept)
    for old in sorted(home.glob("template-*"), key=lambda folder: folder.stat().st_mtime)[:-KEPT_MAX]:
        shutil.rmtree(old, ignore_errors=True)
    return kept


def _migrate(owner_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=folders.PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={
            **os.environ, "EVENKEEL_ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "advisory.settings",
            "DATABASE_URL": owner_url, "DATABASE_OWNER_URL": owner_url, "REDIS_URL": "redis://127.0.0.1:9/0",
        },
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"The test database could not be migrated:\n{done.stdout[-4000:]}")


def _server(home: Path) -> PostgreSQL:
    log = folders.private("logs") / "postgresql-tests.log"
    # Small write-ahead segments keep the folder that every test run copies small.
    return PostgreSQL(home, log, THROWAWAY, initdb_options=("--wal-segsize=1",))


def _sweep(home: Path) -> None:
    """Stop and remove what a killed test run left behind."""
    for run in home.glob("run-*"):
        with contextlib.suppress(ValueError):
            if processes.alive(int(run.name.split("-")[1])):
                continue
        server = _server(run)
        if server.running_port() is not None and (pid := server.pid()) is not None:
            processes.stop(pid, by=signal.SIGQUIT)
        shutil.rmtree(run, ignore_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    with (folders.private("run") / "test-template.lock").open("w") as lock:
        deadline = time.monotonic() + 300
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        "Another test run has been preparing the database for 5 minutes."
                    ) from None
                time.sleep(0.1)
        yield


__all__ = ["APP", "OWNER", "TEST_DATABASE", "a_migrated_postgresql"]
