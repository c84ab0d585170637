"""The checks of `doctor`: one sentence per part, and how to fix what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from advisory.health import canary, disk, health, schema
from advisory.people import breached_passwords
from advisory.people.breached_passwords import UnusableList
from compliance import clock
from compliance.audit_trail import carrying, object_store, standing
from rebalancing.fix import heartbeat, locking
from rebalancing.models import FixSession
from rebalancing.promises import monitor

DIFFERENCES_MAX = 8
CLOCK_SECONDS_MAX = 5.0
PLACEHOLDERS = ("change-me", "changeme", "secret", "django-insecure")


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part; `wrong` fails the command, `note` is information."""

    part: str
    state: str  # "ok", "note" or "wrong"
    sentence: str


def examine() -> list[Finding]:
    """Check every part; one that cannot be checked does not stop the others."""
    return [Finding(part, state, sentence) for part, look in PARTS for state, sentence in [_asked(look)]]


def _asked(look: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    try:
        return look()
    except (DatabaseError, redis.RedisError, OSError) as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return "wrong", f"cannot be checked: {first_line}"


def _settings() -> tuple[str, str]:
    if settings.DEBUG:
        return "wrong", "DEBUG is on, which shows code and data on error pages"
    if settings.IN_PRODUCTION and any(word in settings.SECRET_KEY.lower() for word in PLACEHOLDERS):
        return "wrong", "SECRET_KEY is a placeholder; set 50 random characters"
    if settings.IN_PRODUCTION and not settings.HTTPS:
        return "wrong", "EVENKEEL_HTTPS is off, so cookies travel in the clear"
    if not settings.IN_PRODUCTION:
        return (
            "note",
            f"this is a {settings.ENVIRONMENT} start; production sets EVENKEEL_ENVIRONMENT=production",
        )
    return "ok", "production, HTTPS, no debugging"


def _database() -> tuple[str, str]:
    version, encoding, zone = _row(
        "SELECT current_setting('server_version'), pg_encoding_to_char(encoding), current_setting('TimeZone') "
        "FROM pg_database WHERE datname = current_database()"
    )
    if int(str(version).split(".")[0]) < 15:
        return "wrong", f"PostgreSQL {version} is too old; use 15 or newer"
    if encoding != "UTF8":
        return "wrong", f"the database is encoded in {encoding}; create it with ENCODING 'UTF8'"
    return "ok", f"PostgreSQL {version}, {encoding}, sessions in {zone}"


def _database_role() -> tuple[str, str]:
    name, is_superuser, owns = _row(
        "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), "
        "EXISTS (SELECT FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public')"
    )
    if is_superuser:
        return "wrong", f"{name} is a superuser and could rewrite the audit trail; use a limited role"
    if owns:
        state = "wrong" if settings.IN_PRODUCTION else "note"
        return (
            state,
            f"{name} owns the tables; give DATABASE_URL a limited role and DATABASE_OWNER_URL the owner",
        )
    return "ok", f"{name} has limited rights"


def _migrations() -> tuple[str, str]:
    missing = health.readiness().migrations
    return ("wrong", missing) if missing else ("ok", "all applied")


def _tables() -> tuple[str, str]:
    found = schema.differences()
    if not found:
        return "ok", "as this version expects them"
    more = f" and {len(found) - DIFFERENCES_MAX} more" if len(found) > DIFFERENCES_MAX else ""
    return "wrong", f"{'; '.join(found[:DIFFERENCES_MAX])}{more}. {schema.WAY_OUT}"


def _clock() -> tuple[str, str]:
    (there,) = _row("SELECT clock_timestamp()")
    apart = abs((datetime.now(UTC) - there).total_seconds())
    if apart > CLOCK_SECONDS_MAX:
        return "wrong", f"this machine and the database are {apart:.0f} s apart; set both by NTP"
    if shifted := clock.ahead():
        state = "wrong" if settings.IN_PRODUCTION else "note"
        return state, (
            f"the product's clock is set {shifted.days} days ahead; "
            "unset EVENKEEL_CLOCK_SHIFT_DAYS and run `manage.py prepare`"
        )
    return "ok", f"within {CLOCK_SECONDS_MAX:.0f} s of the database's"


def _broker() -> tuple[str, str]:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2, retry=None
    ) as client:
        about: Any = client.info()
        if about.get("aof_enabled") != 1:
            return "wrong", "the append-only file is off, so a crash loses queued work; set appendonly yes"
        if about.get("maxmemory_policy") != "noeviction":
            return (
                "wrong",
                f"may evict queued work ({about.get('maxmemory_policy')}); set maxmemory-policy noeviction",
            )
        return "ok", f"Redis protocol {about.get('redis_version')}, append-only, no eviction"


def _worker() -> tuple[str, str]:
    lost = "wrong" if settings.IN_PRODUCTION else "note"
    try:
        age = canary.age_seconds(settings.CACHE_URL)
    except redis.RedisError as error:
        return "note", f"unknown, because the cache does not answer ({type(error).__name__})"
    if age is None:
        return lost, "no worker has answered yet; start one with `./evenkeel run`"
    if age > canary.SECONDS_MAX:
        return lost, f"the last heartbeat is {age:.0f} s old; is a worker running?"
    return "ok", f"last heartbeat {age:.0f} s ago"


def _trail() -> tuple[str, str]:
    found = standing.last(at=clock.now())
    if found.trouble:
        return "wrong", found.trouble
    if found.verified_at is None:
        return "note", "the audit trail has not been verified yet; a job does so every hour"
    return "ok", f"whole to event #{found.last_seq}, verified {found.verified_at:%Y-%m-%d %H:%M} UTC"


def _promises() -> tuple[str, str]:
    found = monitor.last(at=clock.now())
    if found.trouble:
        # A promise is the firm's to keep; that nothing looks after them is the installation's.
        return "wrong" if found.is_overdue else "note", found.trouble
    if found.since is None:
        return "note", "the firm's promises have not been checked yet; a job does so every hour"
    return "ok", f"all kept, checked {found.since:%Y-%m-%d %H:%M} UTC"


def _checkpoints() -> tuple[str, str]:
    if unusable := object_store.trouble() or carrying.trouble(at=clock.now()):
        return "wrong", unusable
    there = [place.name for place in carrying.places()]
    if not there:
        return "note", (
            "kept in this database only, where a rewritten trail does not show; "
            "set EVENKEEL_CHECKPOINT_FOLDER, EVENKEEL_CHECKPOINT_STORE or EVENKEEL_CHECKPOINT_MAIL"
        )
    unsigned = "" if settings.AUDIT_CHECKPOINT_KEY else ", unsigned: set EVENKEEL_CHECKPOINT_KEY"
    return "note" if unsigned else "ok", f"carried to {' and to '.join(there)}{unsigned}"


def _disk() -> tuple[str, str]:
    if trouble := disk.trouble():
        return "wrong", trouble
    free = {name: disk.free_bytes(folder) for name, folder in disk.places().items()}
    return "ok", ", ".join(f"{some / 1e9:.1f} GB free for {name}" for name, some in free.items())


def _row(query: str, *values: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        row = cursor.fetchone()
    assert row is not None, "the query returns one row"
    return tuple(row)


def wrong(findings: list[Finding]) -> Iterator[Finding]:
    """Yield what fails the command."""
    yield from (finding for finding in findings if finding.state == "wrong")


def _fix() -> tuple[str, str]:
    enabled = list(FixSession.objects.filter(is_enabled=True))
    if not enabled:
        return "ok", "no session is enabled"
    (works,) = _row(locking.IS_HELD, locking.LOCK)
    if not works:
        return "wrong", "no FIX process works; start `manage.py fix_session`"
    age = _fix_silence()
    if age is not None and age > heartbeat.SILENT_SECONDS:
        return "wrong", f"the FIX process has not given a sign for {age:.0f} s; restart it"
    off = [
        f"{row.name} is {row.get_state_display().lower()}"
        + (f" ({row.last_error})" if row.last_error else "")
        for row in enabled
        if row.is_wanted and row.state != FixSession.State.LOGGED_ON
    ]
    if off:
        return "wrong", "; ".join(off)
    asleep = sum(1 for row in enabled if not row.is_wanted)
    return "ok", f"{len(enabled) - asleep} of {len(enabled)} sessions logged on, the others on request"


def _fix_silence() -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(heartbeat.AGE)
        row = cursor.fetchone()
    return float(row[0]) if row else None


def _breached_passwords() -> tuple[str, str]:
    if not settings.BREACHED_PASSWORDS:
        return (
            "note",
            "Django's 20,000 common passwords only; EVENKEEL_BREACHED_PASSWORDS names a longer list",
        )
    try:
        return "ok", breached_passwords.describe(Path(settings.BREACHED_PASSWORDS))
    except (OSError, UnusableList) as error:
        return "wrong", f"{settings.BREACHED_PASSWORDS} cannot be used, so every password is taken: {error}"


PARTS: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
    ("settings", _settings),
    ("database", _database),
    ("database role", _database_role),
    ("migrations", _migrations),
    ("tables", _tables),
    ("clock", _clock),
    ("broker", _broker),
    ("worker", _worker),
    ("FIX", _fix),
    ("audit trail", _trail),
    ("promises", _promises),
    ("checkpoints", _checkpoints),
    ("disk", _disk),
    ("breached passwords", _breached_passwords),
)
