"""The record as the engine's document: complete, exact, and honest about what is missing."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Account, Price, TaxProfile
from rebalancing import portfolios
from rebalancing.engine import reading, writing
from tests import cast
from tests.clients.bundles import MILLERS, bundle
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories import a_managed_household

pytestmark = pytest.mark.django_db


def the_portfolio(**changed: list[str]) -> portfolios.Portfolio | portfolios.NotFit:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**changed))
    return portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)


def test_a_household_becomes_a_document_that_reads_back_the_same() -> None:
    portfolio = the_portfolio()

    assert isinstance(portfolio, portfolios.Portfolio)
    built = portfolio.household
    assert reading.read_household(writing.text(built)) == reading.read_household(writing.canonical(built))
    assert sorted((lot.security, lot.quantity, lot.basis) for lot in built.lots) == [
        ("ZBD", D(1000), D("85000.00")),
        ("ZBD", D(1500), D("127000.00")),
        ("ZUS", D(2000), D("80000.00")),
        ("ZUS", D(2000), D("190000.00")),
        ("ZUS", D(3000), D("120000.00")),
    ]
    assert {(row.id, row.target, row.lower, row.upper) for row in built.policy.classes} == {
        ("us_stock", D("0.58"), D("0.53"), D("0.63")),
        ("us_bond", D("0.40"), D("0.35"), D("0.45")),
        ("cash", D("0.02"), D(0), D("0.04")),
    }
    assert [unit.id for unit in built.tax_units] == ["mia"]


def test_loading_costs_the_same_number_of_queries_whatever_the_number_of_lots() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    with CaptureQueriesContext(connection) as queries:
        portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert len(queries) <= 25, [query["sql"][:80] for query in queries]


def test_an_account_that_does_not_reconcile_is_weighed_but_not_traded() -> None:
    broken = [MILLERS["positions"][0].replace(",5000,", ",5010,"), *MILLERS["positions"][1:]]
    portfolio = the_portfolio(positions=broken)

    assert isinstance(portfolio, portfolios.Portfolio)
    told = {account.name: account.not_tradable_because for account in portfolio.household.accounts}
    assert told == {"Taxable": "Its lots and positions differ (ZUS: lots 5000, position 5010).", "IRA": ""}


def test_a_missing_price_is_said_and_never_taken_for_zero() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Price.objects.filter(security__symbol="ZBD").delete()

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert answer == portfolios.NotFit(("There is no price of ZBD up to 2026-11-20.",))


def test_a_missing_tax_profile_is_said() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    TaxProfile.objects.all().delete()

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert answer == portfolios.NotFit(("The tax profile of Mia Miller for 2026 is not on record.",))


def test_without_a_policy_there_is_nothing_to_measure_against() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=LAST_FRIDAY.replace(month=1))

    assert answer == portfolios.NotFit(("No investment policy is in force.",))


def test_a_purchase_in_the_wash_window_is_handed_on_with_its_lot() -> None:
    transactions = [
        "11110002,reinvestment,2026-11-10,T2,ZUS,3,99,-297.00",
        "11110002,buy,2026-10-20,T3,ZUS,5,97,-485.00",
    ]
    portfolio = the_portfolio(transactions=transactions)

    assert isinstance(portfolio, portfolios.Portfolio)
    ira = Account.objects.get(number_last4="0002")
    assert [(one.kind, one.account, one.security, one.shares) for one in portfolio.household.recent] == [
        ("reinvestment", ira.public_id, "ZUS", D(3))
    ]
