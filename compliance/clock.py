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
    """`2:05 PM ET on November 23, 2026`."""
    local = moment.astimezone(EASTERN)
    hour = local.hour % 12 or 12
    return f"{hour}:{local:%M} {'AM' if local.hour < 12 else 'PM'} ET on {local:%B} {local.day}, {local.year}"
