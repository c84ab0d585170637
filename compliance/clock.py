"""The database's clock, which decides what was in time, and how a moment is written for a person."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

EASTERN = ZoneInfo("America/New_York")


def now() -> datetime:
    """The moment on the database's clock: a web server whose clock is off changes no decision."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def moment_text(moment: datetime) -> str:
    """`Nov 24, 2026, 14:05 ET`, as every page writes it."""
    local = moment.astimezone(EASTERN)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M} ET"
