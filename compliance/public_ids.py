"""Short opaque ids for URLs, so that no name or account number appears in one."""

from __future__ import annotations

import secrets

# Crockford's base32 without letters that read like digits; 12 characters carry 60 bits.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def new(prefix: str) -> str:
    """A fresh random public id such as `rv_4k1p0zq8w3nd`. `prefix` names the kind of thing."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
