"""When a gain turns long-term, drawn as tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax import holding_periods
from rebalancing.engine.tax.holding_periods import Term
from tests.examples import many
from tests.spec.drawn import rows

days = st.dates(date(1950, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        bought_on  | long_from  | why
        2025-01-15 | 2026-01-16 | the anniversary itself is still short-term
        2023-02-28 | 2024-03-01 | month-ends count: the year ends on 29 February
        2024-02-28 | 2025-03-01 | the period starts on 29 February, which 2025 lacks
        2024-02-29 | 2025-03-01 | bought on the leap day
        2023-03-01 | 2024-03-02 | 366 days pass, and it is still not more than a year
        2024-12-31 | 2026-01-01 | bought on the last day of the year
        2025-04-30 | 2026-05-01 | bought on the last day of a month
        2096-02-28 | 2097-03-01 | a leap year
        2100-02-28 | 2101-03-01 | no leap year, though divisible by four
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_lot_turns_long_term(row: dict[str, str]) -> None:
    bought_on, long_from = date.fromisoformat(row["bought_on"]), date.fromisoformat(row["long_from"])

    assert holding_periods.first_long_term_day(bought_on) == long_from
    assert holding_periods.term(bought_on, long_from - timedelta(days=1)) is Term.SHORT
    assert holding_periods.term(bought_on, long_from) is Term.LONG


@many
@given(bought_on=days)
def test_a_year_is_never_shorter_than_366_days_nor_longer_than_367(bought_on: date) -> None:
    held = holding_periods.first_long_term_day(bought_on) - bought_on

    assert timedelta(days=366) <= held <= timedelta(days=367)


@many
@given(first=days, second=days)
def test_who_buys_later_is_long_term_no_earlier(first: date, second: date) -> None:
    earlier, later = sorted((first, second))

    assert holding_periods.first_long_term_day(earlier) <= holding_periods.first_long_term_day(later)


def test_days_until_long_term_stop_at_zero() -> None:
    bought_on = date(2025, 1, 15)

    assert holding_periods.days_until_long_term(bought_on, date(2026, 1, 14)) == 2
    assert holding_periods.days_until_long_term(bought_on, date(2026, 1, 16)) == 0
    assert holding_periods.days_until_long_term(bought_on, date(2026, 6, 1)) == 0


def test_a_replacement_inherits_the_days_the_others_were_held() -> None:
    tacked = holding_periods.tacked_on(
        date(2026, 3, 20), held_from=date(2025, 5, 5), held_to=date(2026, 3, 2)
    )

    assert tacked == date(2025, 5, 23)
    same_day = date(2026, 1, 2)
    assert holding_periods.tacked_on(tacked, held_from=same_day, held_to=same_day) == tacked


def test_nothing_is_sold_before_it_is_bought() -> None:
    with pytest.raises(ValueError, match="before it was acquired"):
        holding_periods.term(date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(ValueError, match="cannot have been held"):
        holding_periods.tacked_on(date(2026, 3, 1), held_from=date(2026, 1, 2), held_to=date(2026, 1, 1))
    assert holding_periods.term(date(2026, 1, 2), date(2026, 1, 2)) is Term.SHORT
