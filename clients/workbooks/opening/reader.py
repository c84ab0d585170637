"""Reads one workbook in a process of its own, with limits on memory and processor time.

`python -m clients.workbooks.opening.reader` takes the bytes on its standard input and puts the cells on its standard output. A
file that crashes the reader does not affect the calling process.
"""

from __future__ import annotations

import pickle
import resource
import sys

from clients.workbooks.opening import raw

MEMORY_BYTES_MAX = 1_024 * 1024 * 1024
CPU_SECONDS_MAX = 45
TOO_MUCH = 3
"""The exit code that says the memory was not enough."""

PACKAGE = b"PK"


def opened(data: bytes) -> raw.Book:
    """The cells of a file of any kind, recognized by its content."""
    from clients.workbooks.opening import csv_bundle, xlsx, yaml_rows

    if data.startswith(xlsx.OLD_EXCEL):
        return xlsx.read(data)
    if data.startswith(PACKAGE):
        # The first part of a workbook's package names its content types; a bundle holds tables only.
        return xlsx.read(data) if b"[Content_Types].xml" in data or b"xl/" in data else csv_bundle.read(data)
    return yaml_rows.read(data)


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        sys.stdout.buffer.write(pickle.dumps(opened(data), protocol=5))
    except MemoryError:
        return TOO_MUCH
    return 0


if __name__ == "__main__":
    sys.exit(main())
