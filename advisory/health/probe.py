"""The health checks of containers: `python -m advisory.health.probe web`, `worker` or `fix`; exit code 0 means
healthy.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

import psycopg
import redis

from advisory.env import Environment
from advisory.health import canary
from rebalancing.fix import heartbeat, locking


def web(environment: Environment) -> str:
    """Return why the web server is not ready, or nothing."""
    host = environment.words("EVENKEEL_HOSTS", ("localhost",))[0].lstrip(".")
    address = f"http://127.0.0.1:{environment.whole_number('PORT', 8000, least=1, most=65535)}/readyz"
    request = urllib.request.Request(address, headers={"Host": host})  # Always http to ourselves.
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return "" if answer.status == 200 else f"answered {answer.status}"
    except (urllib.error.URLError, OSError) as error:
        return str(error)


def worker(environment: Environment) -> str:
    """Return why worker or beat count as lost, or nothing."""
    url = environment.redis_url("EVENKEEL_CACHE_URL", canary.cache_url(environment.redis_url("REDIS_URL")))
    try:
        age = canary.age_seconds(url)
    except redis.RedisError as error:
        return f"the cache does not answer ({type(error).__name__})"
    if age is None or age > canary.SECONDS_MAX:
        return "no heartbeat" if age is None else f"the last heartbeat is {age:.0f} s old"
    return ""


def fix(environment: Environment) -> str:
    """Return why no FIX process works, or nothing."""
    try:
        with psycopg.connect(environment.text("DATABASE_URL"), connect_timeout=4) as connection:
            row = connection.execute(locking.IS_HELD, [locking.LOCK]).fetchone()
            mark = connection.execute(heartbeat.AGE).fetchone()
    except psycopg.Error as error:
        return f"the database does not answer ({type(error).__name__})"
    if not row or not row[0]:
        return "no FIX process works"
    if mark is None or mark[0] > heartbeat.SILENT_SECONDS:
        return "no heartbeat" if mark is None else f"the last heartbeat is {mark[0]:.0f} s old"
    return ""


PROBES = {"web": web, "worker": worker, "fix": fix}

if __name__ == "__main__":
    trouble = PROBES[sys.argv[1]](Environment(os.environ))
    sys.exit(trouble or None)
