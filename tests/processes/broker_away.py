"""A broker that is away, and what waiting for it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import redis.connection
import redis.retry
from django.test import override_settings

from advisory import celery
from compliance.broker import outages


@contextmanager
def with_broker_at(url: str) -> Iterator[None]:
    """Cache and Celery as in production, at that address."""
    cached = {
        "default": {
            "BACKEND": "advisory.caching.Cache",
            "LOCATION": f"{url.removesuffix('/0')}/1",
            "KEY_PREFIX": "evenkeel",
            "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
        }
    }
    before = celery.app.conf.broker_url
    for part in outages.PARTS:
        part.forget()
    try:
        with override_settings(CACHES=cached, REDIS_URL=url, CACHE_URL=cached["default"]["LOCATION"]):
            ring_at(url)
            yield
    finally:
        ring_at(before)
        for part in outages.PARTS:
            part.forget()


def ring_at(url: str) -> None:
    """Point the Celery app at a broker; what it had open is closed."""
    celery.app.conf.broker_url = url
    celery.app.close()
    celery.app._pool = None
    celery.app.amqp._producer_pool = None


@dataclass
class Waited:
    """What was waited for the broker, told by the time limits that ran out and not by a busy machine's clock."""

    seconds: float = 0.0

    def for_(self, seconds: float | None) -> None:
        # A question without a time limit is a wait without an end.
        self.seconds += float("inf") if seconds is None else float(seconds)


@contextmanager
def counted_waits() -> Iterator[Waited]:
    """Count every time limit of the broker's clients that runs out, and their pauses between two tries."""
    waited = Waited()
    connect, read = redis.connection.Connection._connect, redis.connection.AbstractConnection.read_response

    def _connect(self: Any) -> Any:
        try:
            return connect(self)
        except TimeoutError:
            waited.for_(self.socket_connect_timeout)
            raise

    def read_response(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return read(self, *arguments, **named)
        except (redis.TimeoutError, TimeoutError):
            waited.for_(self.socket_timeout)
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis.connection.Connection, "_connect", _connect)
        patch.setattr(redis.connection.AbstractConnection, "read_response", read_response)
        patch.setattr(redis.retry, "sleep", waited.for_)
        yield waited
