"""The first weeks of a year whose tax figures the engine does not hold yet: plans are made, and say so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.households import households
from clients.models import Household
from rebalancing.engine import proposing
from rebalancing.engine.tax import tables
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household

pytestmark = pytest.mark.django_db

LAST = tables.known_years()[-1]
FIRST_MONDAY = date(LAST + 1, 1, 4)


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def confirm(millers: Household, year: int) -> None:
    households.confirm_tax_profile(
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


def test_in_january_last_years_income_is_not_taken_for_this_years(millers: Household) -> None:
    """Income is the client's to confirm; only the law's figures are carried forward."""
    portfolio = portfolios.load(millers, as_of_on=LAST_FRIDAY, trade_on=FIRST_MONDAY)

    assert portfolio == portfolios.NotMeasurable(
        (f"The tax profile of {millers.tax_units.get().name} for {LAST + 1} is not on record.",)
    )


@pytest.mark.parametrize(
    ("year", "used"), [(LAST - 1, LAST - 1), (LAST, LAST), (LAST + 1, LAST), (LAST + 2, LAST), (2019, 2019)]
)
def test_no_year_borrows_the_figures_of_an_earlier_one_but_those_to_come(year: int, used: int) -> None:
    assert tables.year_to_use(year) == used
