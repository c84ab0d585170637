"""The order of a work list: what is late, then what is due soonest, then the oldest; what waits for others last."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from advisory.desk import work
from advisory.desk.work import Work
from tests.clock import SUNDAY_NOON

TODAY = date(2026, 11, 22)


def one(what: str, **more: Any) -> Work:
    return Work(what, "Miller", "Do it", "/", **more)


def test_what_is_late_comes_first_and_what_waits_for_others_last() -> None:
    rows = work.listed(
        [
            one("waits", tone=""),
            one("old", since=TODAY - timedelta(days=9)),
            one("soon", due=TODAY + timedelta(days=2)),
            one("late", due=SUNDAY_NOON - timedelta(minutes=1)),
        ],
        at=SUNDAY_NOON,
    )

    assert [row.what for row in rows] == ["late", "soon", "old", "waits"]
    assert [row.tone for row in rows] == ["breach", "attention", "attention", ""]
    assert [row.age for row in rows] == ["", "", "9 days", ""]


def test_a_day_is_late_once_it_is_over_and_a_moment_once_it_has_come() -> None:
    today, now = work.listed([one("today", due=TODAY), one("now", due=SUNDAY_NOON)], at=SUNDAY_NOON)[::-1]

    assert (today.what, today.is_late) == ("today", False)
    assert (now.what, now.is_late) == ("now", True)


def test_many_of_a_kind_are_the_first_and_one_way_to_the_rest() -> None:
    rows = work.at_most([one(f"file {number}") for number in range(12)], "files", "/imports/", most=8)

    assert len(rows) == 9
    assert (rows[-1].what, rows[-1].url, rows[-1].link) == ("4 more files", "/imports/", "See them all")
    assert work.at_most(rows[:8], "files", "/imports/", most=8) == rows[:8]


def test_an_age_is_told_in_days() -> None:
    assert [work.age(TODAY - timedelta(days=days), at=SUNDAY_NOON) for days in (0, 1, 30)] == [
        "today",
        "1 day",
        "30 days",
    ]
