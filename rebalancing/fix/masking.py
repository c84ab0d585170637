"""FIX messages as they may be read by people: account numbers are masked. Pure.

Masked are the tags that carry an account: Account (1), AllocAccount (79) and ClearingAccount (440). Passwords and raw
data of a logon (96, 554, 925) are left out altogether.
"""

from __future__ import annotations

import re

ACCOUNTS = frozenset({"1", "79", "440"})
SECRETS = frozenset({"96", "554", "925"})
SOH = "\x01"
_FIELD = re.compile(r"(?:^|(?<=[\x01|]))(\d+)=([^\x01|]*)")


def masked(message: str) -> str:
    """A message with `|` between its fields, account numbers as `…1234`, secrets as `***`."""
    return _FIELD.sub(_one, message).replace(SOH, "|")


def _one(found: re.Match[str]) -> str:
    tag, value = found.group(1), found.group(2)
    if tag in SECRETS:
        return f"{tag}=***"
    if tag in ACCOUNTS:
        return f"{tag}=…{value[-4:] if len(value) > 6 else ''}"
    return f"{tag}={value}"
