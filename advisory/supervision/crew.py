"""The processes of the product: started in sessions of their own, watched, restarted, stopped in order."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from advisory.embedded import folders, processes

BACK_OFF_SECONDS_MAX = 30.0
SETTLED_SECONDS = 60.0
"""The back-off of a process that ran this long is reset."""


@dataclass(slots=True)
class Member:
    """One process of the crew and how to stop it."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    patience_seconds: float
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    back_off_seconds: float = 0.0
    restarts: int = 0
    silences: int = 0
    """The number of consecutive failed health checks."""

    @property
    def log(self) -> Path:
        return folders.private("logs") / f"{self.name}.log"

    def start(self) -> None:
        self._end_what_it_left()
        if self.log.exists() and self.log.stat().st_size > processes.LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=folders.PROJECT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        self.started_at, self.silences = time.monotonic(), 0
        _record(self.name).write_text(
            json.dumps({"pid": self.process.pid, "born": processes.birth(self.process.pid)})
        )

    def _end_what_it_left(self) -> None:
        """End what a killed leader left of its session, because it would hold the port or the work."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def seconds_up(self) -> float:
        return time.monotonic() - self.started_at

    def ask_to_stop(self) -> None:
        if self.is_running and self.process is not None:
            self.process.terminate()

    def stop(self) -> None:
        """Ask it to finish, wait, then end what is left of its session."""
        if self.process is None:
            return
        end(self.process.pid, patience_seconds=self.patience_seconds)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        _record(self.name).unlink(missing_ok=True)


@dataclass(slots=True)
class Crew:
    """All members, in the order in which they are stopped."""

    members: list[Member] = field(default_factory=list)

    def start(self, member: Member) -> Member:
        self.members.append(member)
        member.start()
        return member

    def named(self, name: str) -> Member | None:
        return next((member for member in self.members if member.name == name), None)

    def restart_dead(self) -> list[str]:
        """Start dead members again, each time a little later, and return their names."""
        restarted = []
        for member in self.members:
            if member.is_running:
                if member.seconds_up > SETTLED_SECONDS:
                    member.back_off_seconds = 0.0
                continue
            if member.seconds_up < member.back_off_seconds:
                continue
            member.back_off_seconds = min(BACK_OFF_SECONDS_MAX, max(1.0, member.back_off_seconds * 2))
            member.restarts += 1
            member.start()
            restarted.append(member.name)
        return restarted

    def stop(self) -> None:
        for names in STOP_ORDER:
            leaving = [member for member in self.members if member.name in names]
            for member in leaving:
                member.ask_to_stop()
            for member in leaving:
                member.stop()


STOP_ORDER = (("web", "beat"), ("worker", "fix", "paper-broker"))
"""First new requests and scheduled tasks, then running work and what talks to brokers; the servers come last."""


def end_strays() -> list[str]:
    """End processes that a killed supervisor left running, and return their names."""
    ended = []
    for name in (name for names in STOP_ORDER for name in names):
        with contextlib.suppress(OSError, ValueError, KeyError):
            noted = json.loads(_record(name).read_text())
            # The process id may belong to another program by now.
            if processes.birth(int(noted["pid"])) == noted["born"]:
                end(int(noted["pid"]), patience_seconds=10)
                ended.append(name)
        _record(name).unlink(missing_ok=True)
    return ended


def end(pid: int, *, patience_seconds: float) -> None:
    """Ask the first process of a session to finish, and kill the whole session when it does not."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while processes.alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _record(name: str) -> Path:
    return folders.private("run") / f"{name}.json"
