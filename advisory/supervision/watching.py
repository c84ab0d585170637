"""Restarting processes that end or hang."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request

import psycopg
import redis

from advisory.embedded import folders
from advisory.embedded.services import Addresses, Services
from advisory.embedded.trouble import Trouble
from advisory.health import canary
from advisory.supervision.crew import Crew
from advisory.supervision.stages import say
from rebalancing.fix import heartbeat

WATCH_SECONDS = 0.5
SERVERS_SECONDS = 5.0
WEB_SETTLED_SECONDS = 30.0
WEB_ANSWER_SECONDS = 3.0
FIX_SETTLED_SECONDS = 40.0
"""A FIX process that has just begun may still wait for the lock of the one before it."""
WEB_SILENCES_MAX = 4
"""Checked together with the servers: a web server that is silent for about half a minute counts as hanging."""


def watch(people: Crew, services: Services, addresses: Addresses, address: str) -> None:
    """Restart what dies or hangs, until asked to stop."""
    looked_at_servers = time.monotonic()
    while True:
        time.sleep(WATCH_SECONDS)
        try:
            for name in people.restart_dead():
                say(f"{name} ended unexpectedly and was started again; see {folders.state()}/logs/{name}.log")
            if time.monotonic() - looked_at_servers < SERVERS_SECONDS:
                continue
            for name in services.restart_dead(addresses):
                say(f"The {name} ended unexpectedly or hung and was started again.")
        except (Trouble, OSError) as trouble:
            # A full disk is an OSError; once there is space again, the next check restarts everything.
            say(f"{trouble} Trying again.")
        looked_at_servers = time.monotonic()
        _end_a_silent_web(people, address)
        _end_who_does_no_work(people, addresses)
        _end_a_silent_fix(people, addresses)


def _end_a_silent_web(people: Crew, address: str) -> None:
    """Kill a web server that runs but does not answer; it is restarted like one that died."""
    web = people.named("web")
    if web is None or not web.is_running or web.seconds_up < WEB_SETTLED_SECONDS:
        return
    web.silences = 0 if _answers(f"{address}healthz") else web.silences + 1
    if web.silences >= WEB_SILENCES_MAX:
        say("The web server has not answered for a while; restarting it.")
        web.stop()


def _answers(url: str) -> bool:
    """Return whether there is any answer, even an error."""
    try:
        urllib.request.urlopen(url, timeout=WEB_ANSWER_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def _end_who_does_no_work(people: Crew, addresses: Addresses) -> None:
    """Kill beat and worker when the canary's mark is old, because it does not show which of them hangs."""
    suspects = [one for one in (people.named("beat"), people.named("worker")) if one and one.is_running]
    if not suspects or min(one.seconds_up for one in suspects) < 2 * canary.SECONDS_MAX:
        return
    try:
        age = canary.age_seconds(canary.cache_url(addresses.redis_url))
    except redis.RedisError:
        return
    if age is None or age > canary.SECONDS_MAX:
        say("Worker or beat have not responded for a while; restarting both.")
        for one in suspects:
            one.stop()


def _end_a_silent_fix(people: Crew, addresses: Addresses) -> None:
    """Kill a FIX process that runs and gives no sign; it is restarted like one that died, and goes on where it was."""
    fix = people.named("fix")
    if fix is None or not fix.is_running or fix.seconds_up < FIX_SETTLED_SECONDS:
        return
    age = _fix_silence(addresses.database_url)
    if age is not None and age > heartbeat.SILENT_SECONDS:
        say("The connections to brokers have given no sign for a while; restarting them.")
        fix.stop()


def _fix_silence(database_url: str) -> float | None:
    """Seconds since the FIX process gave a sign; None where that is not known, also while the database is away."""
    try:
        with psycopg.connect(database_url, connect_timeout=3) as connection:
            row = connection.execute(heartbeat.AGE).fetchone()
    except psycopg.Error:
        return None
    return None if row is None else float(row[0])
