"""Reads one file in a process of its own, with limits on memory and processor time.

`python -m clients.custodians.reader` takes a request on its standard input and puts the rows on its
standard output. A file that crashes the reader does not affect the calling process.
"""

from __future__ import annotations

import gc
import resource
import sys
from datetime import date

MEMORY_BYTES_MAX = 1_536 * 1024 * 1024
CPU_SECONDS_MAX = 45
TOO_MUCH = 3
"""The exit code that says the memory was not enough."""


def main() -> int:
    gc.disable()  # It only fills memory, which is limited, and ends.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from clients.custodians import carrying, recognition

    head, _, content = sys.stdin.buffer.read().partition(b"\n")
    day, _, name = head.decode().partition(" ")
    try:
        parsed = recognition.read(name, content, date.fromisoformat(day))
        sys.stdout.buffer.write(carrying.packed(parsed))
    except MemoryError:
        return TOO_MUCH
    return 0


if __name__ == "__main__":
    sys.exit(main())
