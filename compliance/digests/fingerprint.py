"""The digest of a frozen value, so that people approve exactly what they were shown. Pure: no framework, no
clock. The digest covers a format version and the kind of thing, each part preceded by its length in bytes, so
that no two different inputs can run together into one.
"""

from __future__ import annotations

import hashlib
import re

from compliance.digests import canonical

FORMAT = "evenkeel-fingerprint-1"
PATTERN = r"^[0-9a-f]{64}$"


def of(value: object, *, kind: str) -> str:
    """SHA-256 in hex (64 characters) of `value` as a `kind`, for example "proposal".

    Raises canonical.NotCanonical where the value has no single exact text (floats, NaN, naive times).
    """
    digest = hashlib.sha256()
    for part in (FORMAT, kind, canonical.text(value)):
        digest.update(netstring(part))
    return digest.hexdigest()


def netstring(part: str) -> bytes:
    """`part` in UTF-8 with its length in front: `5:hello,`."""
    data = part.encode("utf-8")
    return b"%d:%b," % (len(data), data)


def short(fingerprint: str) -> str:
    """The first 12 characters: enough for a person to compare two of them on a screen."""
    return fingerprint[:12]


def is_fingerprint(text: str) -> bool:
    """Whether `text` has the form of a fingerprint."""
    return re.fullmatch(PATTERN, text) is not None
