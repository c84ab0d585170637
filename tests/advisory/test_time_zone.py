"""Pages show moments in the firm's zone; market days and days of the record stay in New York."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache

from clients import figures
from compliance import clock
from compliance.firm.firm_facts import TIME_ZONE
from tests.clock import MONDAY_NOON, set_clock
from tests.factories.firm_settings import decided
from tests.pages import as_, words_of

LATE = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    cache.delete("firm.time_zone")
    yield
    cache.delete("firm.time_zone")


@pytest.mark.parametrize(
    ("zone", "late", "summer"),
    [
        ("America/New_York", "Nov 20, 2026, 23:30 ET", "Jul 1, 2026, 08:00 ET"),
        ("America/Chicago", "Nov 20, 2026, 22:30 CT", "Jul 1, 2026, 07:00 CT"),
        ("America/Phoenix", "Nov 20, 2026, 21:30 MST", "Jul 1, 2026, 05:00 MST"),
        ("America/Los_Angeles", "Nov 20, 2026, 20:30 PT", "Jul 1, 2026, 05:00 PT"),
        ("Pacific/Honolulu", "Nov 20, 2026, 18:30 HST", "Jul 1, 2026, 02:00 HST"),
    ],
)
def test_a_moment_is_written_in_the_zone_that_is_shown(zone: str, late: str, summer: str) -> None:
    with clock.shown_in(lambda: zone):
        assert [figures.moment(LATE), figures.moment(SUMMER)] == [late, summer]
        assert clock.moment_text(LATE) == late
    assert figures.moment(LATE) == "Nov 20, 2026, 23:30 ET"


def test_every_zone_that_may_be_set_can_be_shown() -> None:
    assert {key for key, _ in TIME_ZONE.choices} == clock.ZONES.keys()


def test_the_zone_is_asked_once_in_a_block_and_not_before_it_is_needed() -> None:
    asked = []

    def zone() -> str:
        asked.append(1)
        return "America/Denver"

    with clock.shown_in(zone):
        assert asked == []
        assert [figures.clock(LATE), figures.clock(SUMMER)] == ["21:30 MT", "06:00 MT"]
    assert asked == [1]


@pytest.mark.django_db
def test_pages_follow_the_setting(cora: Any) -> None:
    set_clock(MONDAY_NOON)
    decided(TIME_ZONE, "America/Los_Angeles")

    assert "Nov 20, 2026, 14:00 PT" in words_of(as_(cora).get("/settings/versions/"))
