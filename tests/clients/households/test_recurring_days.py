"""The days of a recurring cash need, drawn, and what holds for every rule."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.households.recurring_cash import business_day, days
from rebalancing.engine.market.calendars import new_york

DRAWN = """
    every   | day | starts_on  | until_on   | count | up_to      | days
    month   |  15 | 2026-12-15 |            |       | 2027-03-01 | 2026-12-15 2027-01-15 2027-02-15
    month   |  31 | 2027-01-31 |            |       | 2027-05-01 | 2027-01-31 2027-02-28 2027-03-31 2027-04-30
    month   |  30 | 2028-01-30 |            |       | 2028-04-01 | 2028-01-30 2028-02-29 2028-03-30
    month   |  31 | 2026-11-15 |            |       | 2026-12-31 | 2026-11-30 2026-12-31
    month   |   1 | 2026-11-15 |            |       | 2027-01-31 | 2026-12-01 2027-01-01
    month   |  10 | 2026-12-10 | 2027-02-10 |       | 2027-12-31 | 2026-12-10 2027-01-10 2027-02-10
    month   |  10 | 2026-12-10 |            |     2 | 2027-12-31 | 2026-12-10 2027-01-10
    month   |  10 | 2026-12-10 | 2026-12-09 |       | 2027-12-31 |
    quarter |  31 | 2026-11-30 |            |       | 2027-12-31 | 2026-11-30 2027-02-28 2027-05-31 2027-08-31 2027-11-30
    quarter |   1 | 2026-12-15 |            |       | 2027-08-01 | 2027-01-01 2027-04-01 2027-07-01
    year    |  29 | 2028-02-29 |            |       | 2030-12-31 | 2028-02-29 2029-02-28 2030-02-28
    year    |  31 | 2026-12-31 |            |     1 | 2030-12-31 | 2026-12-31
"""


def drawn() -> list[list[str]]:
    lines = [line for line in DRAWN.strip().splitlines()[1:] if line.strip()]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@pytest.mark.parametrize(
    ("every", "day", "starts_on", "until_on", "count", "up_to", "expected"),
    drawn(),
    ids=lambda cell: cell or "-",
)
def test_a_rule_falls_on_its_day_or_the_last_of_a_shorter_month(
    every: str, day: str, starts_on: str, until_on: str, count: str, up_to: str, expected: str
) -> None:
    found = days(
        every=every,
        day=int(day),
        starts_on=date.fromisoformat(starts_on),
        until_on=date.fromisoformat(until_on) if until_on else None,
        count=int(count) if count else None,
        up_to=date.fromisoformat(up_to),
    )

    assert [on.isoformat() for on in found] == expected.split()


@pytest.mark.parametrize(
    ("on", "moved", "not_before", "expected"),
    [
        ("2026-12-15", "after", "2026-12-01", "2026-12-15"),  # A Tuesday.
        ("2026-12-25", "after", "2026-12-01", "2026-12-28"),  # Christmas on a Friday.
        ("2026-12-25", "before", "2026-12-01", "2026-12-24"),
        ("2027-01-31", "before", "2027-01-01", "2027-01-29"),  # A Sunday at the end of a month.
        ("2027-01-31", "before", "2027-01-31", "2027-02-01"),  # The day before would be before the rule.
        ("2026-07-03", "after", "2026-07-01", "2026-07-06"),  # Independence Day is kept on Friday.
    ],
)
def test_a_day_without_business_moves_as_the_rule_says(
    on: str, moved: str, not_before: str, expected: str
) -> None:
    found = business_day(date.fromisoformat(on), moved, not_before=date.fromisoformat(not_before))

    assert found == date.fromisoformat(expected)


ANY_DAY = st.dates(date(2020, 1, 1), date(2040, 12, 31))
RULES = st.fixed_dictionaries(
    {
        "every": st.sampled_from(("month", "quarter", "year")),
        "day": st.integers(1, 31),
        "starts_on": ANY_DAY,
        "until_on": st.none() | ANY_DAY,
        "count": st.none() | st.integers(1, 40),
    }
)


@given(RULES, ANY_DAY, st.integers(0, 400))
def test_the_days_do_not_depend_on_when_they_are_asked_for(rule: dict, up_to: date, more: int) -> None:  # type: ignore[type-arg]
    early = list(days(**rule, up_to=up_to))
    late = list(days(**rule, up_to=up_to + timedelta(days=more)))

    assert late[: len(early)] == early
    assert all(on > up_to for on in late[len(early) :])


@given(RULES, ANY_DAY)
def test_every_day_is_in_its_span_and_each_month_has_at_most_one(rule: dict, up_to: date) -> None:  # type: ignore[type-arg]
    found = list(days(**rule, up_to=up_to))

    assert found == sorted(set(found))
    assert all(rule["starts_on"] <= on <= up_to for on in found)
    assert rule["until_on"] is None or all(on <= rule["until_on"] for on in found)
    assert rule["count"] is None or len(found) <= rule["count"]
    assert all(on.day == rule["day"] or (on + timedelta(days=1)).day == 1 for on in found)
    months = [on.year * 12 + on.month for on in found]
    step = {"month": 1, "quarter": 3, "year": 12}[rule["every"]]
    assert all(later - earlier == step for earlier, later in pairwise(months))


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 20)), st.sampled_from(("before", "after")), st.integers(0, 40)
)
def test_an_occurrence_is_due_on_a_business_day_close_to_its_own(
    on: date, moved: str, head_start: int
) -> None:
    start = on - timedelta(days=head_start)
    found = business_day(on, moved, not_before=start)

    assert new_york().is_session(found)
    assert start <= found
    assert abs((found - on).days) <= 5
