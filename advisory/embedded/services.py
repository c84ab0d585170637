"""Runs both servers as long as a process uses them.

Every process that uses them holds a shared lock. A new process adopts running servers; the last one to leave
stops them. The system drops a killed process's lock, so its servers are adopted or stopped by the next one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from advisory.embedded import folders, processes, secrets
from advisory.embedded.postgresql import APP, OWNER, RELAXED, PostgreSQL
from advisory.embedded.valkey import Valkey

SILENCES_MAX = 2


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the product finds its database and its broker."""

    database_url: str
    database_owner_url: str
    redis_url: str
    servers: str = ""
    """The folder of our own servers' data, if one of them is ours."""

    def environment(self) -> dict[str, str]:
        """Return the variables the settings read, with the secrets a start without set-up needs."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
            "EVENKEEL_SERVERS": self.servers,
        }


@dataclass(slots=True)
class Services:
    """The database and the broker, ours or those named by the environment."""

    options: tuple[str, ...] = RELAXED
    silences: Counter[str] = field(default_factory=Counter)
    """How often in a row a server whose process lives did not answer."""

    @property
    def postgresql(self) -> PostgreSQL:
        return PostgreSQL(folders.servers(), folders.private("logs") / "postgresql.log", self.options)

    @property
    def valkey(self) -> Valkey:
        return Valkey(folders.servers(), folders.private("logs") / "valkey.log")

    def start(self) -> Addresses:
        """Start or adopt what the environment does not name, and return all addresses."""
        database_url = os.environ.get("DATABASE_URL", "")
        owner_url = os.environ.get("DATABASE_OWNER_URL", "") or database_url
        redis_url = os.environ.get("REDIS_URL", "")
        if not database_url:
            server = self.postgresql
            port = server.start()
            database_url, owner_url = server.address(APP, port), server.address(OWNER, port)
        if not redis_url:
            redis_url = self.valkey.address(self.valkey.start())
        ours = not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
        return Addresses(database_url, owner_url, redis_url, str(folders.servers()) if ours else "")

    def restart_dead(self, addresses: Addresses) -> list[str]:
        """Start again, under the same addresses, what has died or hangs; return the names of those.

        A server whose process lives may only be busy: it counts as hanging when it was silent twice in a row.
        """
        revived = []
        if not os.environ.get("DATABASE_URL") and self._is_lost("database", self.postgresql):
            self.postgresql.start(port=urlsplit(addresses.database_url).port)
            revived.append("database")
        if not os.environ.get("REDIS_URL") and self._is_lost("broker", self.valkey):
            self.valkey.start(port=urlsplit(addresses.redis_url).port)
            revived.append("broker")
        return revived

    def _is_lost(self, name: str, server: PostgreSQL | Valkey) -> bool:
        if server.running_port() is not None:
            self.silences[name] = 0
            return False
        self.silences[name] += 1
        pid = server.pid()
        return self.silences[name] >= SILENCES_MAX or pid is None or not processes.alive(pid)

    def remove_data(self) -> None:
        """Stop our servers and delete their data."""
        self.stop()
        for folder in (*folders.servers().glob("pg[0-9]*"), folders.servers() / "valkey"):
            shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        """Stop our servers, the broker first because its clients also write to the database."""
        self.valkey.stop()
        self.postgresql.stop()


@contextlib.contextmanager
def in_use(services: Services) -> Iterator[Addresses]:
    """Give the addresses to the caller; the last one to leave stops the servers."""
    with _file("servers-in-use.lock") as in_use_lock:
        with _locked("servers-starting.lock"):
            addresses = services.start()
            fcntl.flock(in_use_lock, fcntl.LOCK_SH)
        try:
            yield addresses
        finally:
            with _locked("servers-starting.lock"):
                try:
                    fcntl.flock(in_use_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # Somebody else still uses them and will stop them.
                else:
                    services.stop()


def local_secrets() -> dict[str, str]:
    """Return the secrets a production start must be given, made and kept for the quick start."""
    return {
        "SECRET_KEY": secrets.secret("django"),
        "EVENKEEL_FIELD_KEYS": f"local:{secrets.field_key('field')}",
        "EVENKEEL_INDEX_KEY": secrets.field_key("index"),
        "EVENKEEL_CHECKPOINT_KEY": secrets.field_key("checkpoint"),
    }


@contextlib.contextmanager
def _file(name: str) -> Iterator[int]:
    path: Path = folders.private("run") / name
    # Not inherited by children: a server holding our lock would never be seen as unused.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    with _file(name) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
