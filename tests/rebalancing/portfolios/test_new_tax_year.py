"""The first weeks of a year whose tax figures the engine does not hold yet: plans are made, and say so."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D

import pytest

from clients.households import tax_profiles, tax_units
from clients.models import Household
from compliance.clock import EASTERN
from rebalancing import market_days
from rebalancing.engine import proposing
from rebalancing.engine.tax import tables
from rebalancing.models import Reading
from rebalancing.portfolios import portfolios
from rebalancing.portfolios.market import Market
from rebalancing.scans import deciding, readings
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household

pytestmark = pytest.mark.django_db

LAST = tables.known_years()[-1]
FIRST_MONDAY = date(LAST + 1, 1, 4)
JANUARY_2 = datetime(LAST + 1, 1, 2, 12, tzinfo=EASTERN)


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def confirm(millers: Household, year: int) -> None:
    tax_profiles.confirm(
        millers.tax_units.get(),
        tax_year=year,
        confirmed_on=LAST_FRIDAY,
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(180_000),
    )


def test_a_year_without_figures_is_planned_with_the_last_ones_known_and_says_so(millers: Household) -> None:
    confirm(millers, LAST + 1)

    portfolio = portfolios.load(millers, as_of_on=LAST_FRIDAY, trade_on=FIRST_MONDAY)

    assert isinstance(portfolio, portfolios.Portfolio)
    (unit,) = portfolio.household.tax_units
    assert unit.income is not None
    assert (unit.income.tax_year, unit.income.wages) == (LAST, D("180000.00"))
    plan = proposing.propose(portfolio.household)
    assert plan.orders
    assert (
        f"{unit.name}: the tax is computed with the brackets and limits of {LAST}, not with those of {LAST + 1}. "
        "Read it as an estimate."
    ) in plan.warnings


def test_a_year_with_figures_carries_no_such_warning(millers: Household) -> None:
    portfolio = portfolios.load(millers, as_of_on=LAST_FRIDAY, trade_on=date(2026, 11, 23))

    assert isinstance(portfolio, portfolios.Portfolio)
    assert not [text for text in proposing.propose(portfolio.household).warnings if "brackets" in text]


def test_in_january_last_years_gains_and_budget_are_not_taken_for_this_years(millers: Household) -> None:
    """Income is the client's to confirm. Until then the drift is known, and nothing taxed is traded."""
    tax_profiles.confirm(
        millers.tax_units.get(),
        tax_year=LAST,
        confirmed_on=LAST_FRIDAY,
        by=SET_UP,
        at=SUNDAY_NOON,
        long_term_before=D(40_000),
        short_term_carryover=D(5_000),
        gain_budget=D(1_000),
    )

    portfolio = portfolios.load(millers, as_of_on=LAST_FRIDAY, trade_on=FIRST_MONDAY)

    assert isinstance(portfolio, portfolios.Portfolio)
    (unit,) = portfolio.household.tax_units
    assert (unit.realized_long, unit.carryforward_short, unit.gain_budget) == (D(0), D(0), None)
    assert {account.name: account.tradable for account in portfolio.household.accounts} == {
        "Taxable": False,
        "IRA": True,
    }


def test_on_january_2_the_household_is_measured_traded_where_no_tax_follows_and_named(
    millers: Household,
) -> None:
    answer = deciding.decide_outcome(
        millers, market=Market(LAST_FRIDAY), trade_on=market_days.trade_day(JANUARY_2)
    )

    assert answer.measured is not None
    assert answer.measured.worst is not None
    assert answer.plan is None or {order.account for order in answer.plan.orders} == {
        millers.accounts.get(tax_treatment="tax_deferred").public_id
    }
    assert readings.named(answer) == (
        f"The tax profile of Mia Miller for {LAST + 1} is not on record, so its accounts are measured and not "
        "traded until somebody confirms it."
    )


def test_a_household_with_nothing_but_taxed_accounts_waits_for_the_profile_and_says_so(
    millers: Household,
) -> None:
    millers.accounts.filter(tax_treatment="tax_deferred").update(closed_on=LAST_FRIDAY)

    answer = deciding.decide_outcome(
        millers, market=Market(LAST_FRIDAY), trade_on=market_days.trade_day(JANUARY_2)
    )

    assert (answer.outcome, answer.measured is not None) == (Reading.Outcome.DATA, True)
    assert answer.reason == (
        f"The tax profile of Mia Miller for {LAST + 1} is not on record, so its accounts are measured and not "
        "traded until somebody confirms it."
    )


def test_the_status_of_the_year_counts_and_not_that_of_today(millers: Household) -> None:
    unit = millers.tax_units.get()
    confirm(millers, LAST)
    tax_units.correct(
        unit,
        code=unit.code,
        name=unit.name,
        filing_status="hoh",
        state="WA",
        members=list(unit.members.all()),
        reason="Her son moved in.",
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    portfolio = portfolios.load(millers, as_of_on=LAST_FRIDAY, trade_on=date(LAST, 11, 23))

    assert isinstance(portfolio, portfolios.Portfolio)
    (read,) = portfolio.household.tax_units
    assert read.income is not None
    assert read.income.filing_status == "single"


@pytest.mark.parametrize(
    ("short", "long", "investment", "state", "expected"),
    [
        # Federal rates with the tax on investment income; the state's own rate stands beside them.
        ("0.37", "0.20", "0.038", "0.044", ("0.408", "0.238", "0.10", "0.044")),
        ("0.12", "0.00", "0", "0", ("0.12", "0", "0", "0")),
    ],
)
def test_flat_rates_replace_the_full_computation(
    millers: Household, short: str, long: str, investment: str, state: str, expected: tuple[str, ...]
) -> None:
    tax_profiles.confirm(
        millers.tax_units.get(),
        tax_year=LAST,
        confirmed_on=LAST_FRIDAY,
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(0),
        rate_short=D(short),
        rate_long=D(long),
        rate_investment=D(investment),
        state_rate=D(state),
    )

    portfolio = portfolios.load(millers, as_of_on=LAST_FRIDAY, trade_on=date(LAST, 11, 23))

    assert isinstance(portfolio, portfolios.Portfolio)
    (unit,) = portfolio.household.tax_units
    assert unit.income is None
    assert unit.flat is not None
    assert (unit.flat.short, unit.flat.long, unit.flat.loss_value, unit.state_rate) == tuple(map(D, expected))


@pytest.mark.parametrize(
    ("year", "used"), [(LAST - 1, LAST - 1), (LAST, LAST), (LAST + 1, LAST), (LAST + 2, LAST), (2019, 2019)]
)
def test_no_year_borrows_the_figures_of_an_earlier_one_but_those_to_come(year: int, used: int) -> None:
    assert tables.year_to_use(year) == used
