"""Reading an upload without letting it take the process along: what is large is read by a child with limits."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import zipfile
from datetime import date

import structlog
from django.conf import settings

from clients.custodians import reader, recognition
from clients.custodians.rows import ParsedFile

SMALL_BYTES_MAX = 256 * 1024
"""What is read on the spot: it cannot hurt, and a child costs a second."""
SECONDS_MAX = 50
ROWS_BYTES_MAX = 128 * 1024 * 1024
NEEDS_MORE = "The file needs more memory or time to be read than one upload may use."
SPLIT = "Split it by account, or send fewer years of history at once. A single endless line is no export."

log = structlog.get_logger("clients.imports.file_reading")


def read(name: str, content: bytes, received_on: date) -> ParsedFile:
    """What a file says, or the refusal of one that needs more than it may use."""
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
        # Our own child's words, from our own classes; the file's bytes never reach this line.
        parsed = pickle.loads(done.stdout)  # noqa: S301
        assert isinstance(parsed, ParsedFile)
        return parsed
    if done.returncode in {reader.TOO_MUCH, -9, -24} or done.returncode == 0 or b"MemoryError" in done.stderr:
        return _too_much(name, "more than the limit of memory or processor time")
    raise RuntimeError(
        f"The reader ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
    )


def weight(content: bytes) -> int:
    """How many bytes a file is once it is unpacked, as an archive itself says; reading stops there."""
    if not content.startswith(b"PK"):
        return len(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return max(len(content), sum(one.file_size for one in archive.infolist()))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return len(content)


def _too_much(name: str, cause: str) -> ParsedFile:
    log.warning("a file needs more than it may use", cause=cause)
    return recognition.refused(name, cause, NEEDS_MORE, SPLIT)
