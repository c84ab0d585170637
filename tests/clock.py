"""Named moments and days, so that no test asks what time it is; and the one way to move the product's clock.

Whoever lets the product itself ask the time says first what time it is, with `standing_at` or the fixture
`set_clock`. Both set the database's one clock, so that decisions, lookups and the audit trail move together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

LAST_FRIDAY = date(2026, 11, 20)
"""The day of the last close in the tests: a plain market day."""

MONDAY = date(2026, 11, 23)
"""The next market day."""

FRIDAY_EVENING = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
SUNDAY_NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
MONDAY_EVENING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
WEDNESDAY_NOON = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def set_clock(at: datetime) -> None:
    """Let the product's clock stand at a moment."""
    from django.db import connection

    with connection.cursor() as cursor:
        # As text: a function is created without parameters.
        cursor.execute(
            "CREATE OR REPLACE FUNCTION compliance_now() RETURNS timestamptz LANGUAGE sql VOLATILE "
            f"SET search_path = pg_catalog, pg_temp AS $$ SELECT timestamptz '{at.isoformat()}' $$"
        )


def let_it_run() -> None:
    """Let the product's clock go on as it does in this run: with `--date`, so many days ahead."""
    from django.conf import settings

    from compliance import clock

    clock.shift(days=settings.CLOCK_SHIFT_DAYS)


@contextmanager
def standing_at(at: datetime) -> Iterator[None]:
    """For as long as the block lasts it is one moment."""
    set_clock(at)
    try:
        yield
    finally:
        let_it_run()
