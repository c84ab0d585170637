"""Named moments and days, so that no test asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

LAST_FRIDAY = date(2026, 11, 20)
"""The day of the last close in the tests: a plain market day."""

MONDAY = date(2026, 11, 23)
"""The next market day."""

FRIDAY_EVENING = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
SUNDAY_NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
