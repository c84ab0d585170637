"""Real Celery workers on the test's own database and a broker of their own, to be killed at will."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from advisory.embedded import folders
from advisory.embedded.valkey import Valkey

LEASE_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Firm:
    """The environment that workers and commands of one test share."""

    environment: dict[str, str]
    log: Path

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a prefork worker with two children in a session of its own."""
        with self.log.open("ab") as stream:
            return subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "--app", "advisory", "worker", "--pool", "prefork",
                    "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO",
                ],
                cwd=folders.PROJECT,
                env=self.environment,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )  # fmt: skip

    def manage(self, *arguments: str) -> str:
        """Run a management command as an operator would, and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=folders.PROJECT,
            env=self.environment,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The pool's processes."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(child) for child in children.split()]


def kill_whole(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the worker and all of its children, as a power cut would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for something to become true; a test never asserts how long it took."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.1)


@pytest.fixture
def firm(transactional_db: None, tmp_path: Path) -> Iterator[Firm]:
    """A broker of this test's own beside its database."""
    at = connection.settings_dict
    home = folders.servers() / f"valkey-test-{os.getpid()}"
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    broker = Valkey(home, tmp_path / "valkey.log")
    port = broker.start()
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    try:
        yield Firm(
            environment={
                **os.environ,
                "EVENKEEL_ENVIRONMENT": "development",
                "EVENKEEL_CLOCK_SHIFT_DAYS": "0",  # The database's clock is ahead already.
                "DJANGO_SETTINGS_MODULE": "advisory.settings",
                "EVENKEEL_PROCESS": "worker",
                "DATABASE_URL": url,
                "DATABASE_OWNER_URL": url,
                "REDIS_URL": broker.address(port),
                "EVENKEEL_SCAN_LEASE_SECONDS": str(LEASE_SECONDS),
            },
            log=tmp_path / "worker.log",
        )
    finally:
        broker.stop()
