"""The product's one clock: the database's, which decides what was in time, and how a moment is written.

Doors ask `clock.now()` and everything below is told. The same SQL function stamps the audit trail, so what is
decided and what is recorded never disagree about the day, and a web server whose clock is off changes nothing.
Ask by attribute (`from compliance import clock`), so that a test which moves time moves it for everybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, Func

EASTERN = ZoneInfo("America/New_York")

READING = """
    CREATE OR REPLACE FUNCTION compliance_now() RETURNS timestamptz
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT clock_timestamp() + make_interval(hours => {hours}) $$
"""
"""Shifted by whole hours: by none wherever real people decide. Only the owner of the tables may replace it."""


def now() -> datetime:
    """The moment it is for every decision and every record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT compliance_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class Today(Func):
    """The day it is in New York, asked inside the query that needs it: a lookup costs no second question."""

    # The scalar query is answered once, not for every row that is compared.
    template = "((SELECT compliance_now()) AT TIME ZONE 'America/New_York')::date"
    output_field = DateField()


def shift(*, days: int) -> None:
    """Let the product's clock run so many days ahead (behind, when negative) of the database's; 0 sets it right.

    For tests and demonstrations alone: the settings refuse a shift elsewhere. Runs as the owner of the tables.
    """
    with connection.cursor() as cursor:
        cursor.execute(READING.format(hours=24 * int(days)))


def ahead() -> timedelta:
    """How far the product's clock is ahead of the database's: whole days, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date_trunc('hour', compliance_now() - clock_timestamp() + interval '1 minute')"
        )
        difference: timedelta = cursor.fetchone()[0]
    return difference


def moment_text(moment: datetime) -> str:
    """`Nov 24, 2026, 14:05 ET`, as every page writes it."""
    local = moment.astimezone(EASTERN)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M} ET"
