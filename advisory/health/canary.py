"""The canary's age, read without Django, for probes and for the supervisor.

Every 30 seconds beat sends a task with which a worker writes a mark that expires. A recent mark proves that
beat, broker and worker are alive; its remaining lifetime gives its age.
"""

from __future__ import annotations

import redis

KEY = "canary"
PREFIX = "evenkeel"
REDIS_KEY = f"{PREFIX}:1:{KEY}"
"""The mark's full key in Django's cache (prefix, version, key)."""
KEPT_SECONDS = 24 * 3600
SECONDS_MAX = 90.0
"""After three missed canary tasks the worker counts as lost."""


def age_seconds(cache_url: str) -> float | None:
    """Return the age of the last mark, or None when there is none.

    Raises:
        redis.RedisError: the cache does not answer.
    """
    with redis.Redis.from_url(cache_url, socket_connect_timeout=1, socket_timeout=2, retry=None) as client:
        left = client.pttl(REDIS_KEY)
    assert isinstance(left, int), "a client without async answers at once"
    return KEPT_SECONDS - left / 1000 if left >= 0 else None


def cache_url(redis_url: str) -> str:
    """Return the default cache URL: the broker's server, database 1."""
    return redis_url.removesuffix("/0") + "/1"
