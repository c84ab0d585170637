"""The product's only clock, which is the database's, and the format of a moment.

Doors call `clock.now()` and pass the time down. The same SQL function stamps the audit trail, so decisions
and records never disagree about the day, and a web server's wrong clock has no effect. Call it as an
attribute (`from compliance import clock`), so that a test can replace it for every caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, Func

EASTERN = ZoneInfo("America/New_York")
ZONES = {
    "America/New_York": "ET",
    "America/Chicago": "CT",
    "America/Denver": "MT",
    "America/Phoenix": "MST",
    "America/Los_Angeles": "PT",
    "America/Anchorage": "AKT",
    "Pacific/Honolulu": "HST",
}
"""The zones in which a firm may show moments, with the letters behind each."""

_zone: ContextVar[Callable[[], str]] = ContextVar("_zone", default=lambda: EASTERN.key)

READING = """
    CREATE OR REPLACE FUNCTION compliance_now() RETURNS timestamptz
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT clock_timestamp() + make_interval(hours => {hours}) $$
"""
"""Shifted by whole hours, and never in production. Only the owner of the tables may replace it."""


def now() -> datetime:
    """The current time for every decision and record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT compliance_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class Today(Func):
    """The current day in New York, evaluated inside the query that needs it."""

    # The scalar subquery is evaluated once, not for every row.
    template = "((SELECT compliance_now()) AT TIME ZONE 'America/New_York')::date"
    output_field = DateField()


def shift(*, days: int) -> None:
    """Set the product's clock this many days ahead of the database's (behind, when negative); 0 resets it.

    Only for tests and demonstrations; the settings refuse a shift elsewhere. Runs as the owner of the tables.
    """
    with connection.cursor() as cursor:
        cursor.execute(READING.format(hours=24 * int(days)))


def ahead() -> timedelta:
    """How far the product's clock is ahead of the database's, in whole days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_trunc('hour', compliance_now() - clock_timestamp() + interval '1 minute')"
        )
        difference: timedelta = cursor.fetchone()[0]
    return difference


@contextmanager
def shown_in(zone: Callable[[], str]) -> Iterator[None]:
    """Show moments in another zone inside the block; `zone` gives its name, and is asked when the first is shown."""
    token = _zone.set(cache(zone))
    try:
        yield
    finally:
        _zone.reset(token)


def as_shown(moment: datetime) -> tuple[datetime, str]:
    """A moment in the zone in which people read it, and the zone's letters. Market days stay in New York."""
    name = _zone.get()()
    return moment.astimezone(ZoneInfo(name)), ZONES[name]


def moment_text(moment: datetime) -> str:
    """`Nov 24, 2026, 14:05 ET`, as every page writes it."""
    local, letters = as_shown(moment)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M} {letters}"
