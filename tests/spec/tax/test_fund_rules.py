"""Rules of fund shares, drawn as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import fund_rules
from rebalancing.engine.tax.fund_rules import FundLoss
from rebalancing.engine.tax.holding_periods import Term
from tests.spec.drawn import refused, rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        loss | sold_on    | term  | paid_out | exempt | short | long | lost | why
        150  | 2026-06-30 | short | 50       | 0      | 100   | 50   | 0    | the example of the fund rule
        150  | 2026-07-15 | short | 50       | 0      | 100   | 50   | 0    | exactly six months
        150  | 2026-07-16 | short | 50       | 0      | 150   | 0    | 0    | a day more than six months
        40   | 2026-06-30 | short | 50       | 0      | 0     | 40   | 0    | no more than the loss
        150  | 2026-06-30 | short | 50       | 30     | 70    | 50   | 30   | exempt interest disallows first
        60   | 2026-06-30 | short | 50       | 30     | 0     | 30   | 30   | and what is left is long-term
        20   | 2026-06-30 | short | 50       | 30     | 0     | 0    | 20   | all disallowed
        150  | 2026-06-30 | long  | 50       | 30     | 0     | 120  | 30   | shares with a tacked period
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_loss_on_young_fund_shares_changes_character(row: dict[str, str]) -> None:
    assert fund_rules.fund_loss(
        D(row["loss"]),
        acquired_on=date(2026, 1, 15),
        sold_on=date.fromisoformat(row["sold_on"]),
        term=Term(row["term"]),
        capital_gain_distributions=D(row["paid_out"]),
        exempt_interest_dividends=D(row["exempt"]),
    ) == FundLoss(short_term=D(row["short"]), long_term=D(row["long"]), disallowed=D(row["lost"]))


@pytest.mark.parametrize(("loss", "paid_out", "exempt"), [(-1, 0, 0), (9, -1, 0), (9, 0, -1)])
def test_a_loss_and_what_was_paid_out_are_written_as_positive_amounts(
    loss: int, paid_out: int, exempt: int
) -> None:
    with refused("Give the loss and the distributions as amounts of zero or more."):
        fund_rules.fund_loss(
            D(loss),
            acquired_on=date(2026, 1, 15),
            sold_on=date(2026, 2, 15),
            term=Term.SHORT,
            capital_gain_distributions=D(paid_out),
            exempt_interest_dividends=D(exempt),
        )


@pytest.mark.parametrize(
    ("bought_on", "after"),
    [
        ("2026-01-15", "2026-07-16"),
        ("2026-07-15", "2027-01-16"),
        ("2025-11-30", "2026-06-01"),
        ("2026-08-30", "2027-03-01"),
        ("2026-06-30", "2027-01-01"),
        ("2026-12-31", "2027-07-01"),
        ("2026-05-30", "2026-12-01"),
        ("2026-05-31", "2026-12-01"),
    ],
)
def test_six_months_are_counted_in_months(bought_on: str, after: str) -> None:
    assert fund_rules.after_six_months(date.fromisoformat(bought_on)) == date.fromisoformat(after)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        bought_on  | sold_on    | preferred | qualified | why
        2020-01-02 |            |           | yes       | held for years
        2026-06-14 | 2026-08-13 |           |           | sixty days
        2026-06-14 | 2026-08-14 |           | yes       | sixty-one days
        2020-01-02 | 2026-06-15 |           | yes       | sold on the ex-date after sixty-one days of the window
        2020-01-02 | 2026-06-14 |           |           | sold before the ex-date, too few days in the window
        2026-06-14 |            |           | yes       | bought the day before the ex-date and kept
        2026-06-14 | 2026-08-20 | yes       |           | preferred needs more than ninety
        2026-06-14 | 2026-09-13 | yes       | yes       | ninety-one days
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_dividend_is_qualified_by_days_around_the_ex_date(row: dict[str, str]) -> None:
    found = fund_rules.has_qualified_holding(
        acquired_on=date.fromisoformat(row["bought_on"]),
        sold_on=date.fromisoformat(row["sold_on"]) if row["sold_on"] else None,
        ex_date=date(2026, 6, 15),
        is_preferred=row["preferred"] == "yes",
    )
    assert found is (row["qualified"] == "yes")


def test_a_share_is_common_unless_it_is_said_to_be_preferred() -> None:
    days = {"acquired_on": date(2026, 6, 14), "sold_on": date(2026, 8, 14), "ex_date": date(2026, 6, 15)}

    assert fund_rules.has_qualified_holding(**days) is True
    assert fund_rules.has_qualified_holding(**days, is_preferred=True) is False
