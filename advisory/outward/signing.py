"""The signature scheme of Standard Webhooks (standardwebhooks.com): symmetric, `v1`.

A secret is `whsec_` and 24 to 64 random bytes in base64. A message carries `webhook-id`, `webhook-timestamp` (seconds)
and `webhook-signature`: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. While a secret is replaced, a
message carries one signature for each, separated by a space.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    """A fresh secret, as the receiver's library reads it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(message_id: str, body: bytes, *, keys: Sequence[str], at: datetime) -> dict[str, str]:
    """The three headers of a message at the moment of an attempt."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    raw = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    return "v1," + base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
