"""Passwords that have been breached, by a list that the firm keeps on this machine; nothing is asked of the network.

The list has the form in which such lists are given out: SHA-1 digests in upper-case hex, one a line, sorted, each with a
count after a colon. Either one file of whole digests, or a folder with a file for each five-letter prefix (`21BD1` or
`21BD1.txt`) whose lines are the other 35 letters. A single file is searched by halving, so its size does not matter.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError

PREFIX = 5
LINE = re.compile(rb"([0-9A-Fa-f]{35}|[0-9A-Fa-f]{40})(?::(\d{1,12}))?")
LINE_MAX = 64
FOUND = "This password is on a list of breached passwords. Choose another one."
log = structlog.get_logger("advisory.sign_in")


class UnusableList(ValueError):
    """The list is missing, or has another form."""


class BreachedPasswordValidator:
    """Refuses passwords on the firm's list; without a list it refuses none.

    A list that cannot be read keeps nobody from choosing a password: it is logged, and the doctor calls it wrong.
    """

    def validate(self, password: str, user: Any = None) -> None:
        if not settings.BREACHED_PASSWORDS:
            return
        try:
            is_breached = contains(Path(settings.BREACHED_PASSWORDS), password)
        except (OSError, UnusableList) as error:
            log.error("the list of breached passwords cannot be read", error=str(error))
            return
        if is_breached:
            raise ValidationError(FOUND, code="password_breached")

    def get_help_text(self) -> str:
        return "Your password can’t be one that is known from a breach."


def contains(place: Path, password: str) -> bool:
    """Whether the list at this place has the password. Raises OSError or `UnusableList`."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    if place.is_dir():
        return _in_folder(place, digest)
    return _in_file(place, digest)


def describe(place: Path) -> str:
    """The list in words, after a look at its first lines. Raises OSError or `UnusableList`."""
    if place.is_dir():
        files = [one for one in place.iterdir() if re.fullmatch(r"[0-9A-Fa-f]{5}(\.txt)?", one.name)]
        if not files:
            raise UnusableList("the folder holds no file named by five letters of a digest")
        _checked(files[0].read_bytes().split(b"\n", 1)[0].strip(), 35)
        whole = "" if len(files) == 16**PREFIX else f" of {16**PREFIX:,}"
        return f"{len(files):,}{whole} files by prefix in {place}"
    with place.open("rb") as file:
        first = _checked(file.readline(LINE_MAX).strip(), 40)
        second = file.readline(LINE_MAX).strip()
    if second and _checked(second, 40) <= first:
        raise UnusableList("the lines are not sorted by digest")
    return f"{place}, {place.stat().st_size / 1_000_000:,.1f} MB"


def _in_folder(place: Path, digest: bytes) -> bool:
    prefix = digest[:PREFIX].decode()
    names = (prefix, f"{prefix}.txt", prefix.lower(), f"{prefix.lower()}.txt")
    file = next((found for name in names if (found := place / name).is_file()), None)
    if file is None:
        return False
    rest = digest[PREFIX:]
    return any(_counts(line, rest) for line in file.read_bytes().split(b"\n"))


def _in_file(place: Path, digest: bytes) -> bool:
    """The one line that could hold the digest, found by halving the part of the file in which it would begin."""
    with place.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            file.seek(max(middle - 1, 0))
            if middle:
                file.readline(LINE_MAX)
            if file.tell() >= high:
                high = middle
                continue
            line = file.readline(LINE_MAX).strip()
            found = _checked(line, 40)
            if found == digest:
                return _counts(line, digest)
            if found < digest:
                low = file.tell()
            else:
                high = middle
        return False


def _counts(line: bytes, digest: bytes) -> bool:
    """Whether a line is this digest. Padding, which some lists hold, has the count 0."""
    parts = LINE.fullmatch(line.strip())
    return parts is not None and parts[1].upper() == digest and parts[2] != b"0"


def _checked(line: bytes, length: int) -> bytes:
    parts = LINE.fullmatch(line)
    if parts is None or len(parts[1]) != length:
        raise UnusableList(f"a line is no digest of {length} letters with a count")
    return parts[1].upper()
