"""How long ago the canary sang, asked without Django: for probes and for the supervisor.

Beat rings every 30 seconds, a worker sings by leaving a mark that expires. A young mark proves that
timetable, broker and worker are alive; the time left on it says how old it is.
"""

from __future__ import annotations

import redis

KEY = "canary"
PREFIX = "evenkeel"
REDIS_KEY = f"{PREFIX}:1:{KEY}"
"""The same mark under the name that Django's cache gives it (prefix, version, key)."""
KEPT_SECONDS = 24 * 3600
SECONDS_MAX = 90.0
"""After three missed songs the worker counts as lost."""


def age_seconds(cache_url: str) -> float | None:
    """Return the age of the last song, or None when there is none.

    Raises:
        redis.RedisError: the cache does not answer.
    """
    with redis.Redis.from_url(cache_url, socket_connect_timeout=1, socket_timeout=2, retry=None) as client:
        left = client.pttl(REDIS_KEY)
    assert isinstance(left, int), "a client without async answers at once"
    return KEPT_SECONDS - left / 1000 if left >= 0 else None


def cache_url(redis_url: str) -> str:
    """Return where the cache is when nobody said: beside the broker, in database 1."""
    return redis_url.removesuffix("/0") + "/1"
