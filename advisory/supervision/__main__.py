"""The commands that `./evenkeel` passes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from advisory.embedded import folders
from advisory.embedded.services import Services, in_use, local_secrets
from advisory.embedded.trouble import Trouble
from advisory.supervision import checks, firm
from advisory.supervision.stages import say


def bench(arguments: Sequence[str]) -> int:
    """Run one measurement, `tests/bench/NAME.py`, with the addresses of running servers."""
    names = sorted(
        file.stem
        for file in (folders.PROJECT / "tests" / "bench").glob("*.py")
        if not file.name.startswith("_")
    )
    if not arguments or arguments[0] not in names:
        say(f"Measurements: {', '.join(names) or 'none yet'}.")
        return 0 if not arguments else 2
    with in_use(Services()) as addresses:
        environment = {
            **local_secrets(), **os.environ, **addresses.environment(), "DJANGO_SETTINGS_MODULE": "advisory.settings",
        }  # fmt: skip
        command = [sys.executable, "-m", f"tests.bench.{arguments[0]}", *arguments[1:]]
        return subprocess.run(command, cwd=folders.PROJECT, env=environment).returncode


def doctor(arguments: Sequence[str]) -> int:
    """Check everything the product depends on."""
    with in_use(Services()) as addresses:
        environment = {**local_secrets(), **os.environ, **addresses.environment()}
        command = [sys.executable, "manage.py", "doctor", *arguments]
        return subprocess.run(command, cwd=folders.PROJECT, env=environment).returncode


VERBS = {
    "demo": firm.demo,
    "run": firm.run,
    "stop": firm.stop,
    "check": checks.check,
    "bench": bench,
    "doctor": doctor,
}

if __name__ == "__main__":
    try:
        sys.exit(VERBS[sys.argv[1]](sys.argv[2:]))
    except Trouble as trouble:
        sys.exit(f"evenkeel: {trouble}")
    except (KeyboardInterrupt, firm.Ended):
        sys.exit(130)
