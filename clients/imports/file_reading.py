"""Reads an upload safely: a large file is read by a child process with limits."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import date

import structlog
from django.conf import settings

from clients.custodians import carrying, reader, recognition
from clients.custodians.rows import ParsedFile
from clients.imports import collecting

SMALL_BYTES_MAX = 256 * 1024
"""Smaller files are read in this process, because a child process takes a second."""
SECONDS_MAX = 50
ROWS_BYTES_MAX = 128 * 1024 * 1024
NEEDS_MORE = "The file needs more memory or time to be read than one upload may use."
SPLIT = "Split it by account, or send fewer years of history at once. A file that is one endless line is not an export."

log = structlog.get_logger("clients.imports.file_reading")


def read(name: str, content: bytes, received_on: date) -> ParsedFile:
    """Read a file, or refuse one that exceeds the limits."""
    if weight(content) <= SMALL_BYTES_MAX:
        return recognition.read(name, content, received_on)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clients.custodians.reader"],
            input=f"{received_on.isoformat()} {name}\n".encode() + content,
            capture_output=True,
            timeout=SECONDS_MAX,
            cwd=settings.PROJECT,
            env={"PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        return _too_much(name, f"not read after {SECONDS_MAX} seconds")
    if done.returncode == 0 and len(done.stdout) <= ROWS_BYTES_MAX:
        # The pickle comes from our own child process; the file's bytes never reach this line.
        with collecting.put_off():
            return carrying.unpacked(done.stdout)
    if done.returncode in {reader.TOO_MUCH, -9, -24} or done.returncode == 0 or b"MemoryError" in done.stderr:
        return _too_much(name, "more than the limit of memory or processor time")
    raise RuntimeError(
        f"The reader ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
    )


def weight(content: bytes) -> int:
    """The unpacked size of a file in bytes, as stated by the archive; reading stops there."""
    if not content.startswith(b"PK"):
        return len(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return max(len(content), sum(one.file_size for one in archive.infolist()))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return len(content)


def _too_much(name: str, cause: str) -> ParsedFile:
    log.warning("a file exceeds the reading limits", cause=cause)
    return recognition.refused(name, cause, NEEDS_MORE, SPLIT)
