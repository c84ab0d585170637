"""Sign-in limits, stored in the database so that a lockout survives a restart or outage of the cache.

Keys are stored as digests, because they contain IP addresses. Expiry uses the database's clock.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection

TABLE = "advisory_signinlimit"


def add(key: str, value: Any, *, seconds: float) -> bool:
    """Store a value under a new key, and return whether it was stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} AS standing (key, value, expires_at) "  # noqa: S608
            "VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s)) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at "
            "WHERE standing.expires_at <= clock_timestamp()",
            [_digest(key), json.dumps(value), seconds],
        )
        return bool(cursor.rowcount)


def get(key: str, default: Any = None) -> Any:
    """The value under a key, if it has not expired."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT value FROM {TABLE} WHERE key = %s AND expires_at > clock_timestamp()",  # noqa: S608
            [_digest(key)],
        )
        row = cursor.fetchone()
    if row is None:
        return default
    return json.loads(row[0]) if isinstance(row[0], str) else row[0]


def put(key: str, value: Any, *, seconds: float) -> None:
    """Store a value under a key, replacing any, and delete expired entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (key, value, expires_at) "  # noqa: S608
            "VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s)) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
            [_digest(key), json.dumps(value), seconds],
        )
        # Rows locked by another process are skipped, so that nobody waits.
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE key IN (SELECT key FROM {TABLE} "  # noqa: S608
            "WHERE expires_at <= clock_timestamp() LIMIT 100 FOR UPDATE SKIP LOCKED)"
        )


def lift(key: str) -> bool:
    """Delete a key, and return whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE key = %s", [_digest(key)])  # noqa: S608
        return bool(cursor.rowcount)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
