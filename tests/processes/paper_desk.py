"""The broker on paper and the desk's FIX process, each a process of its own beside a test's database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from advisory.embedded import folders

LISTENS = re.compile(r"listens at 127\.0\.0\.1:(\d+)")


@contextmanager
def paper_broker(state: Path) -> Iterator[int]:
    """The broker, which keeps its books below a folder; the port that it listens on."""
    with _running("paper_broker", "--port", "0", EVENKEEL_STATE=str(state)) as process:
        assert process.stdout is not None, "it is piped"
        line = process.stdout.readline().decode()
        found = LISTENS.search(line)
        assert found, line
        yield int(found[1])


@contextmanager
def fix_process() -> Iterator[None]:
    """What keeps the sessions connected."""
    with _running("fix_session", EVENKEEL_PROCESS="fix"):
        yield


@contextmanager
def _running(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=folders.PROJECT,
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "EVENKEEL_ENVIRONMENT": "development",
            "EVENKEEL_CLOCK_SHIFT_DAYS": "0",  # The database's clock is ahead already.
            "EVENKEEL_PROCESS": "command",
            "DJANGO_SETTINGS_MODULE": "advisory.settings",
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": url,
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "PYTHONUNBUFFERED": "1",
            **environment,
        },
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
