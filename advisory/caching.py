"""The cache, which may go away without taking a page with it.

Reading finds nothing and writing does nothing while it is away, so that what it serves stays open: the
API's rate limit lets requests through and the canary has no mark. What must not be forgotten, the limits of
sign-in and the codes already used, is kept in the database whether the cache answers or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache

from advisory.people import sign_in_limits
from compliance.broker import outages

T = TypeVar("T")

KEPT_PREFIX = "allauth"
"""How the keys of the sign-in library begin; it offers no other way to say where they are kept."""


class Cache(BaseCache):
    """Redis for what may be forgotten, the database for what may not."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = RedisCache(server, params)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        if _is_kept(key):
            return sign_in_limits.add(key, value, seconds=self._seconds(timeout))
        return _asked(lambda: self._redis.add(key, value, timeout, version), otherwise=True)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        if _is_kept(key):
            return sign_in_limits.get(key, default)
        return _asked(lambda: self._redis.get(key, default, version), otherwise=default)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        if _is_kept(key):
            sign_in_limits.put(key, value, seconds=self._seconds(timeout))
            return
        _asked(lambda: self._redis.set(key, value, timeout, version), otherwise=None)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        if _is_kept(key):
            raise NotImplementedError("a limit of sign-in is never prolonged")
        return _asked(lambda: self._redis.touch(key, timeout, version), otherwise=False)

    def delete(self, key: str, version: int | None = None) -> bool:
        if _is_kept(key):
            return sign_in_limits.lift(key)
        return _asked(lambda: self._redis.delete(key, version), otherwise=False)

    def clear(self) -> None:
        """Forget what may be forgotten; the limits of sign-in stay."""
        _asked(self._redis.clear, otherwise=None)

    def _seconds(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        assert seconds is not None, "what is kept in the database has an end"
        return float(seconds)


def _is_kept(key: str) -> bool:
    return str(key).startswith(KEPT_PREFIX)


def _asked(ask: Callable[[], T], *, otherwise: T) -> T:
    if not outages.CACHE.is_worth_asking():
        return otherwise
    try:
        answer = ask()
    except (redis.RedisError, OSError) as error:
        outages.CACHE.failed(error)
        return otherwise
    outages.CACHE.answered()
    return answer
