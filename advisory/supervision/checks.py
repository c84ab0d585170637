"""`check`: everything that must pass before a change is submitted."""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from advisory.embedded import folders
from advisory.embedded.services import Services, in_use
from advisory.supervision.stages import say

NOT_SECRET = base64.b64encode(bytes(range(32))).decode()

PRODUCTION_LIKE = {
    "EVENKEEL_ENVIRONMENT": "production",
    "EVENKEEL_FIRM_NAME": "Example Advisers LLC",
    "SECRET_KEY": "only-for-checking-the-settings-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "EVENKEEL_FIELD_KEYS": f"check:{NOT_SECRET}",
    "EVENKEEL_INDEX_KEY": NOT_SECRET,
    "EVENKEEL_HOSTS": "desk.evenkeel.example",
    "DATABASE_URL": "postgresql://evenkeel_app@127.0.0.1:9/evenkeel",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
"""Enough settings for `check --deploy` to run as in production; nothing connects."""


def check(arguments: Sequence[str]) -> int:
    """Run every check, also after one failed, and say which did."""
    argparse.ArgumentParser(prog="./evenkeel check", description=check.__doc__).parse_args(arguments)
    tools = Path(sys.executable).parent
    python = sys.executable
    failed = []
    with in_use(Services()) as addresses:
        here = {**os.environ, **addresses.environment()}
        production = {**os.environ, **PRODUCTION_LIKE}
        for name, command, environment in (
            ("format", [python, "-m", "ruff", "format", "--check", "--quiet", "."], here),
            ("lint", [python, "-m", "ruff", "check", "--quiet", "."], here),
            ("types", [python, "-m", "mypy"], here),
            ("import contracts", [python, str(tools / "lint-imports"), "--no-logo"], here),
            ("missing migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], here),
            ("templates", [python, "manage.py", "check_templates"], here),
            (
                "deployment settings",
                [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
                production,
            ),
        ):
            started = time.monotonic()
            done = subprocess.run(
                command, cwd=folders.PROJECT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )  # fmt: skip
            verdict = "ok" if done.returncode == 0 else "FAILED"
            say(f"{name:<20} {verdict:<7} {time.monotonic() - started:.1f} s")
            if done.returncode != 0:
                failed.append(name)
                say(done.stdout.rstrip())
    say(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0
