"""Progress on the console: each stage by name and how long it took."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def stage(name: str) -> Iterator[None]:
    """Print the name at once and the seconds when it is done."""
    started = time.monotonic()
    say(f"{name} ...", end="")
    try:
        yield
    except BaseException:
        say(" stopped")
        raise
    say(f" {time.monotonic() - started:.1f} s")


def say(line: str = "", end: str = "\n") -> None:
    """Print a line; a closed terminal or a log on a full disk is ignored."""
    with contextlib.suppress(OSError):
        print(line, end=end, file=sys.stderr, flush=True)
