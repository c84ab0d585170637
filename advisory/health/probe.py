"""The health checks of containers: `python -m advisory.health.probe web` or `worker`; exit code 0 means
healthy.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

import redis

from advisory.env import Environment
from advisory.health import canary


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


PROBES = {"web": web, "worker": worker}

if __name__ == "__main__":
    trouble = PROBES[sys.argv[1]](Environment(os.environ))
    sys.exit(trouble or None)
