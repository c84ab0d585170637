"""Secrets of the quick start: created once, kept in files only their owner may read."""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from pathlib import Path

from advisory.embedded import folders


def secret(name: str) -> str:
    """Return the secret of that name, made at random on first use (43 characters, 256 bits)."""
    return _kept(name, secrets.token_urlsafe(32))


def field_key(name: str) -> str:
    """Return a 256-bit key in standard base64, as the encrypted columns expect it."""
    return _kept(name, base64.b64encode(secrets.token_bytes(32)).decode())


def _kept(name: str, fresh: str) -> str:
    file = folders.private("secrets") / name
    if not file.exists():
        _write_once(file, fresh)
    return file.read_text().strip()


def _write_once(file: Path, text: str) -> None:
    """Write the file whole or not at all; the first of two writers at the same moment wins."""
    handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=".secret-")
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text + "\n")
        os.link(unfinished, file)
    except FileExistsError:
        return
    finally:
        Path(unfinished).unlink()
