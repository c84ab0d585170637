"""Cache and jobs (the other options are beside the app, in celery.py), and what the firm runs by."""

from __future__ import annotations

from typing import Any

from advisory.health import canary
from advisory.settings.environment import ENVIRONMENT, IN_PRODUCTION, NOT_STARTED, env

REDIS_URL = env.redis_url("REDIS_URL", None if IN_PRODUCTION else f"redis://{NOT_STARTED}/0")
CACHE_URL = env.redis_url("EVENKEEL_CACHE_URL", canary.cache_url(REDIS_URL))
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "advisory.caching.Cache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": canary.PREFIX,
        "TIMEOUT": 300,
        # A request uses the cache and may notify a worker; without an answer this costs less than a second.
        "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
    }
}
WORKER_CONCURRENCY = env.whole_number("EVENKEEL_WORKER_PROCESSES", 2, least=1, most=64)
SCAN_LEASE_SECONDS = env.whole_number("EVENKEEL_SCAN_LEASE_SECONDS", 30, least=2, most=600)
"""The time after which a household leased by a silent worker goes to another worker."""
FIRM_NAME = env.text("EVENKEEL_FIRM_NAME", None if IN_PRODUCTION else "Your firm")
"""The firm's name until it has recorded its own in its settings."""
CLOCK_SHIFT_DAYS = env.whole_number("EVENKEEL_CLOCK_SHIFT_DAYS", 0, least=-20_000, most=20_000)
"""Days by which `clock.now()` is ahead of the database, set by `prepare`. For tests and demonstrations."""
if CLOCK_SHIFT_DAYS and ENVIRONMENT not in {"test", "demo"}:
    env.refuse(
        "EVENKEEL_CLOCK_SHIFT_DAYS",
        f"would make a {ENVIRONMENT} start use another day than today; only `test` and `demo` allow a shift",
    )
LIVE_PRICES = env.yes_or_no("EVENKEEL_LIVE_PRICES", False)
"""Whether intraday prices are loaded. Without them, orders are released on closing prices."""
WEBHOOK_PRIVATE_HOSTS = frozenset(word.lower() for word in env.words("EVENKEEL_WEBHOOK_PRIVATE_HOSTS"))
"""Hosts inside the firm's network to which webhooks may go all the same."""
DROP_FOLDER = env.text("EVENKEEL_DROP_FOLDER", "")
"""A folder watched for custodian files; empty disables it."""
