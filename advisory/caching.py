"""A cache whose outage does not break any page.

During an outage reads find nothing and writes do nothing: the API's rate limit lets requests through and the
canary has no mark. Sign-in limits and used second-factor codes must not be lost, so they are always stored in
the database.
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
"""The key prefix of the sign-in library, which has no setting for where its keys are stored."""


class Cache(BaseCache):
    """Redis for what may be lost, the database for what may not."""

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
            raise NotImplementedError("a sign-in limit is never extended")
        return _asked(lambda: self._redis.touch(key, timeout, version), otherwise=False)

    def delete(self, key: str, version: int | None = None) -> bool:
        if _is_kept(key):
            return sign_in_limits.lift(key)
        return _asked(lambda: self._redis.delete(key, version), otherwise=False)

    def clear(self) -> None:
        """Clear what may be lost; the sign-in limits stay."""
        _asked(self._redis.clear, otherwise=None)

    def _seconds(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        assert seconds is not None, "an entry in the database needs an expiry"
        return float(seconds)


def _is_kept(key: str) -> bool:
    return str(key).startswith(KEPT_PREFIX)


def _asked(ask: Callable[[], T], *, otherwise: T) -> T:
    if not outages.CACHE.should_try():
        return otherwise
    try:
        answer = ask()
    except (redis.RedisError, OSError) as error:
        outages.CACHE.failed(error)
        return otherwise
    outages.CACHE.answered()
    return answer
