"""When a promise is broken, drawn as tables; no database."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rebalancing.promises import promises
from rebalancing.promises.promises import Broken, Measured, Promise, Scanned, Unconfirmed, Waiting

FRIDAY = date(2026, 11, 20)
SATURDAY_7 = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # 07:00 in New York.


@pytest.mark.parametrize(
    ("completed_at", "is_broken"),
    [
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), False),
        (SATURDAY_7, False),
        (datetime(2026, 11, 21, 12, 1, tzinfo=UTC), True),
        (None, True),
    ],
)
def test_a_scan_is_complete_by_the_time_promised(completed_at: datetime | None, is_broken: bool) -> None:
    found = list(promises.scan(Scanned(FRIDAY, SATURDAY_7, completed_at, run="sc_1")))

    assert [(one.promise, one.due_on, one.about) for one in found] == (
        [(Promise.SCAN, date(2026, 11, 21), "sc_1")] if is_broken else []
    )


def test_a_scan_that_is_missing_is_told_in_a_sentence() -> None:
    (broken,) = promises.scan(Scanned(FRIDAY, SATURDAY_7, None))

    assert broken.sentence == (
        "The scan of Nov 20, 2026 was promised by Nov 21, 2026, 07:00 ET. It is not complete."
    )


def test_before_the_first_scan_is_due_nothing_is_broken() -> None:
    assert list(promises.scan(None)) == []


@pytest.mark.parametrize(
    ("days_promised", "at", "is_broken"),
    [
        # Asked for on Friday at noon, New York time.
        (5, datetime(2026, 11, 25, 17, 0, tzinfo=UTC), False),
        (5, datetime(2026, 11, 25, 17, 1, tzinfo=UTC), True),
        (1, datetime(2026, 11, 22, 17, 0, tzinfo=UTC), True),
        (60, datetime(2026, 11, 25, 17, 1, tzinfo=UTC), False),
    ],
)
def test_a_review_is_decided_within_its_days(days_promised: int, at: datetime, is_broken: bool) -> None:
    asked_at = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    waiting = [Waiting("rv_1", "IPS 2 of the Millers", asked_at, "hh_1")]

    found = list(promises.reviews(waiting, days=days_promised, at=at))

    assert [(one.promise, one.about, one.household) for one in found] == (
        [(Promise.REVIEW, "rv_1", "hh_1")] if is_broken else []
    )


@pytest.mark.parametrize(
    ("known_on", "last_on", "days", "is_broken"),
    [
        ("2026-01-01", "2026-11-20", 7, False),
        ("2026-01-01", "2026-11-16", 7, False),
        ("2026-01-01", "2026-11-15", 7, True),
        ("2026-01-01", None, 7, True),
        ("2026-11-16", None, 7, False),
        ("2026-11-15", None, 7, True),
    ],
)
def test_no_household_goes_longer_without_being_measured(
    known_on: str, last_on: str | None, days: int, is_broken: bool
) -> None:
    household = Measured(
        "hh_1", "Miller", date.fromisoformat(known_on), date.fromisoformat(last_on) if last_on else None
    )

    found = list(promises.measured([household], days=days, on=date(2026, 11, 23)))

    assert [one.household for one in found] == (["hh_1"] if is_broken else [])


def test_a_household_never_measured_is_told_apart_from_one_measured_long_ago() -> None:
    long_ago = Measured("hh_1", "Miller", date(2026, 1, 1), date(2026, 11, 2))
    never = Measured("hh_2", "Hart", date(2026, 1, 1), None)

    found = promises.measured([long_ago, never], days=7, on=date(2026, 11, 23))

    assert [one.sentence for one in found] == [
        "Miller was last measured at the prices of Nov 2, 2026; at most 7 days are promised.",
        "Hart was never measured; at most 7 days are promised.",
    ]


@pytest.mark.parametrize(
    ("months", "on", "is_broken"),
    [
        (3, "2027-03-31", False),
        (3, "2027-04-01", True),
        (1, "2027-01-31", False),
        (1, "2027-02-01", True),
        (12, "2027-12-31", False),
    ],
)
def test_the_years_tax_profile_is_on_record_by_its_month(months: int, on: str, is_broken: bool) -> None:
    unit = Unconfirmed("hh_1", "Miller", "Mia Miller")

    found = list(promises.profiles([unit], months=months, on=date.fromisoformat(on)))

    assert [one.sentence for one in found] == (
        [
            f"The tax profile of Mia Miller for 2027 is not on record; it was promised by {'Apr' if months == 3 else 'Feb'} 1, 2027."
        ]
        if is_broken
        else []
    )


def test_a_broken_promise_names_the_day_it_was_due() -> None:
    unit = Unconfirmed("hh_1", "Miller", "Mia Miller")

    (broken,) = promises.profiles([unit], months=3, on=date(2027, 5, 1))

    assert broken == Broken(
        Promise.PROFILE,
        "The tax profile of Mia Miller for 2027 is not on record; it was promised by Apr 1, 2027.",
        date(2027, 4, 1),
        about="hh_1",
        household="hh_1",
    )
