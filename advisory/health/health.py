"""Health checks for the probes and the doctor: database, migrations, broker, and the canary."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from advisory.errors import unavailable
from advisory.health import canary, disk
from compliance import clock
from compliance.audit_trail import standing
from compliance.broker import outages
from rebalancing.promises import monitor

BROKER_SECONDS = 0.4
"""How long a probe waits for the broker; the answer is wanted within a second."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each part's state as a sentence; empty when the part is healthy."""

    database: str
    migrations: str
    broker: str
    trail: str
    promises: str

    @property
    def ready(self) -> bool:
        return not self.database and not self.migrations

    def as_dict(self) -> dict[str, str]:
        state = "unavailable" if not self.ready else "degraded" if self.broker or self.trail else "ready"
        parts = {
            "database": self.database,
            "migrations": self.migrations,
            "broker": self.broker,
            "trail": self.trail,
            "promises": self.promises,
        }
        return {"state": state, **{name: sentence or "ok" for name, sentence in parts.items()}}


def readiness() -> Readiness:
    """Check each part once. What the firm has promised is told beside: it leaves the product as ready as it is."""
    database = _database_trouble()
    migrations = "not asked" if database else _migrations_trouble()
    is_asked, at = not database and not migrations, clock.now()
    return Readiness(
        database=database,
        migrations=migrations,
        broker=broker_trouble(),
        trail=standing.last(at=at).trouble if is_asked else "not asked",
        promises=monitor.last(at=at).trouble if is_asked else "not asked",
    )


def status() -> dict[str, Any]:
    """Return readiness with the canary's age in seconds (None when there is no mark)."""
    sang_at = cache.get(canary.KEY)
    age = None if sang_at is None else round(time.time() - sang_at, 1)
    cache_trouble = outages.CACHE.seen().sentence
    no_sign = "unknown while the cache is unavailable" if cache_trouble else "no heartbeat"
    return {
        **readiness().as_dict(),
        "cache": cache_trouble or "ok",
        "canary_seconds": age,
        "worker": "ok" if age is not None and age <= canary.SECONDS_MAX else no_sign,
        "disk": disk.trouble() or "ok",
        "outages": [asdict(part.seen()) for part in (*outages.PARTS, unavailable.DATABASE, unavailable.DISK)],
    }


def notices() -> tuple[str, ...]:
    """Notices for the firm's staff, cheap enough for every page."""
    found = []
    if little := disk.trouble():
        found.append(f"The disk is almost full: {little}. Once it is full, nothing can be saved.")
    if outages.BROKER.seen().is_away:
        found.append(
            "The broker does not answer: scans wait until it is back. Pages and decisions still work."
        )
    return tuple(found)


def record_canary() -> None:
    """Write the canary's mark; run by a worker, so that it proves beat, broker and worker."""
    cache.set(canary.KEY, time.time(), timeout=canary.KEPT_SECONDS)


def broker_trouble() -> str:
    """Return why the broker does not answer, or nothing."""
    if settings.REDIS_URL.startswith("memory:"):
        return ""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=BROKER_SECONDS,
            socket_timeout=BROKER_SECONDS,
            retry=None,
        ) as client:
            client.ping()
    except redis.RedisError as error:
        return f"does not answer ({type(error).__name__})"
    return ""


def _database_trouble() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"does not answer ({type(error).__name__})"
    return ""


def _migrations_trouble() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} not applied; run `manage.py migrate`" if missing else ""
