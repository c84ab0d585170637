"""Required minimum distributions, drawn as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio import required_distributions
from rebalancing.engine.portfolio.required_distributions import (
    Distribution,
    DistributionError,
    InheritedRule,
    Plan,
    Requirement,
)
from tests.examples import many
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        born       | age | first year | begins
        1940-06-30 | 70.5 | 2010      | 2011-04-01
        1940-07-01 | 70.5 | 2011      | 2012-04-01
        1949-06-30 | 70.5 | 2019      | 2020-04-01
        1949-07-01 | 72  | 2021       | 2022-04-01
        1950-12-31 | 72  | 2022       | 2023-04-01
        1951-01-01 | 73  | 2024       | 2025-04-01
        1953-04-10 | 73  | 2026       | 2027-04-01
        1959-12-31 | 73  | 2032       | 2033-04-01
        1960-01-01 | 75  | 2035       | 2036-04-01
        1960-07-01 | 75  | 2035       | 2036-04-01
        """
    ),
    ids=lambda row: row["born"],
)
def test_distributions_start(row: dict[str, str]) -> None:
    born_on = date.fromisoformat(row["born"])

    assert (
        required_distributions.applicable_age(born_on),
        required_distributions.first_year(born_on),
        required_distributions.required_beginning_date(born_on).isoformat(),
    ) == (D(row["age"]), int(row["first year"]), row["begins"])


def test_the_first_distribution_may_wait_until_april_and_no_other() -> None:
    born_on = date(1953, 4, 10)

    years = [
        required_distributions.required(D(500000), born_on=born_on, year=year) for year in (2025, 2026, 2027)
    ]

    assert years == [
        Distribution(2025, 72, None, D(0), False, None),
        Distribution(2026, 73, D("26.5"), D("18867.92"), True, date(2027, 4, 1)),
        Distribution(2027, 74, D("25.5"), D("19607.84"), False, date(2027, 12, 31)),
    ]


def test_a_roth_ira_requires_nothing_while_its_owner_lives() -> None:
    answer = required_distributions.required(
        D(500000), born_on=date(1940, 1, 1), year=2026, plan=Plan.ROTH_IRA
    )

    assert (answer.amount, answer.deadline) == (D(0), None)


def test_a_much_younger_spouse_brings_a_divisor_of_the_other_table() -> None:
    answer = required_distributions.required(
        D(500000), born_on=date(1951, 1, 1), year=2026, divisor=D("28.0")
    )

    assert answer.amount == D("17857.14")


@pytest.mark.parametrize(
    ("age", "divisor"), [(72, "27.4"), (80, "20.2"), (100, "6.4"), (119, "2.3"), (120, "2.0"), (125, "2.0")]
)
def test_divisors_of_the_uniform_lifetime_table(age: int, divisor: str) -> None:
    assert required_distributions.divisor_for(age, 2026) == D(divisor)
    assert required_distributions.divisor_for(age, 2022) == D(divisor)


def test_iras_count_together_and_workplace_plans_do_not() -> None:
    balances = {
        "ira_1": (Plan.TRADITIONAL_IRA, D(300000)),
        "ira_2": (Plan.TRADITIONAL_IRA, D(100000)),
        "roth": (Plan.ROTH_IRA, D(900000)),
        "k401_new": (Plan.PLAN_401K, D(200000)),
        "k401_old": (Plan.PLAN_401K, D(100000)),
        "b403_1": (Plan.PLAN_403B, D(50000)),
        "b403_2": (Plan.PLAN_403B, D(50000)),
    }

    assert set(required_distributions.requirements(balances, age=80, year=2026)) == {
        Requirement(Plan.TRADITIONAL_IRA, ("ira_1", "ira_2"), D("19801.98")),
        Requirement(Plan.PLAN_401K, ("k401_new",), D("9900.99")),
        Requirement(Plan.PLAN_401K, ("k401_old",), D("4950.50")),
        Requirement(Plan.PLAN_403B, ("b403_1", "b403_2"), D("4950.50")),
    }


def test_what_is_still_to_be_taken() -> None:
    assert required_distributions.remaining(D("18867.92"), taken=D(4000)) == D("14867.92")
    assert required_distributions.remaining(D("18867.92"), taken=D(4000), charitable=D(10000)) == D("4867.92")
    assert required_distributions.remaining(D("18867.92"), taken=D(20000)) == 0


def test_installments_lose_no_cent() -> None:
    days = [date(2026, 10, 15), date(2026, 11, 16), required_distributions.last_internal_day(2026)]

    assert required_distributions.installments(D("100.00"), days) == {
        date(2026, 10, 15): D("33.34"),
        date(2026, 11, 16): D("33.33"),
        date(2026, 12, 15): D("33.33"),
    }
    with pytest.raises(DistributionError, match="no day left"):
        required_distributions.installments(D(1), [])


@pytest.mark.parametrize(
    ("shortfall", "corrected", "tax"), [("10000", False, "2500"), ("10000", True, "1000"), ("-5", False, "0")]
)
def test_a_missed_distribution_is_taxed(shortfall: str, corrected: bool, tax: str) -> None:
    for year in (2023, 2026):
        assert required_distributions.excise(D(shortfall), corrected_in_window=corrected, year=year) == D(tax)


def test_an_inherited_account_is_empty_after_ten_years() -> None:
    before_the_beginning_date = date(2030, 4, 1)

    assert required_distributions.inherited(
        date(2020, 1, 1), owner_required_beginning_on=before_the_beginning_date
    ) == InheritedRule(date(2030, 12, 31), None)
    assert required_distributions.inherited(
        date(2024, 5, 1), owner_required_beginning_on=before_the_beginning_date
    ) == InheritedRule(date(2034, 12, 31), None)
    assert required_distributions.inherited(
        date(2030, 4, 1), owner_required_beginning_on=before_the_beginning_date
    ) == InheritedRule(date(2040, 12, 31), 2031)


def test_charity_counts_up_to_a_limit() -> None:
    assert [required_distributions.charitable_limit(year) for year in (2025, 2026)] == [D(108000), D(111000)]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: required_distributions.applicable_age(date(1899, 6, 30)), "is it right"),
        (lambda: required_distributions.divisor_for(71, 2026), "no row for age 71"),
        (lambda: required_distributions.divisor_for(80, 2021), "no Uniform Lifetime Table for 2021"),
        (
            lambda: required_distributions.excise(D(1), corrected_in_window=False, year=2022),
            "no excise rate for 2022",
        ),
        (lambda: required_distributions.charitable_limit(2027), "limit for 2027"),
        (
            lambda: required_distributions.inherited(
                date(2019, 12, 31), owner_required_beginning_on=date(2019, 1, 1)
            ),
            "after 2019",
        ),
    ],
)
def test_what_the_tables_do_not_hold_is_an_error(ask: object, message: str) -> None:
    with pytest.raises(DistributionError, match=message):
        ask()  # type: ignore[operator]


@many
@given(st.integers(72, 118))
def test_divisors_fall_with_age(age: int) -> None:
    assert required_distributions.divisor_for(age, 2026) > required_distributions.divisor_for(age + 1, 2026)
