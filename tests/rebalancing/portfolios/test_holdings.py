"""Holdings that are no tax lots: sweeps are cash, options and shorts keep an account from being traded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import Account, CashBalance, RealizedGain, Security
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import a_managed_household
from tests.factories.imports import account, brought_in, the_accounts

pytestmark = pytest.mark.django_db


def the_portfolio(*more_positions: str, cash: list[str] | None = None) -> portfolios.Portfolio:
    content = bundle(positions=[*MILLERS["positions"], *more_positions], cash=cash or MILLERS["cash"])
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=content)
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio), found
    return found


def taxable(portfolio: portfolios.Portfolio) -> tuple[D, bool, str]:
    found = next(one for one in portfolio.household.accounts if one.name == "Taxable")
    return found.cash_settled, found.tradable, found.not_tradable_reason


def test_a_money_market_sweep_without_lots_is_cash_at_one_dollar() -> None:
    portfolio = the_portfolio("11110001,2026-11-20,SWVXX,7000.25,yes")

    assert taxable(portfolio) == (D("17000.25"), True, "")
    assert Account.objects.get(number_last4="0001").reconciliation == "reconciled"
    assert "SWVXX" not in {one.symbol for one in portfolio.household.securities}


def test_an_account_without_a_cash_figure_is_traded_when_it_has_a_sweep() -> None:
    the_portfolio("11110001,2026-11-20,SWVXX,7000,yes")
    CashBalance.objects.all().delete()
    swept, bare = Account.objects.order_by("number_last4")

    why = [portfolios.refusal_to_trade(one, holds=(), on=MONDAY) for one in (swept, bare)]

    assert why == [None, "Its cash balance is unknown."]


def test_pending_cash_stands_apart_from_settled_cash() -> None:
    pending = [*MILLERS["cash"], "11110001,2026-11-20,pending,-250.00"]
    portfolio = the_portfolio(cash=pending)

    found = next(one for one in portfolio.household.accounts if one.name == "Taxable")
    assert found.cash_settled == D("10000.00")
    assert [(one.on, one.amount) for one in found.cash_unsettled] == [(MONDAY, D("-250.00"))]


def test_a_short_position_keeps_its_account_from_being_traded_and_says_so() -> None:
    portfolio = the_portfolio("11110001,2026-11-20,ZSH,-10,no")

    assert taxable(portfolio) == (
        D("10000.00"),
        False,
        "It holds ZSH, which no tax lot can stand for, so its value is left out of the weights. "
        "A short position is never rebalanced.",
    )
    others = [one.tradable for one in portfolio.household.accounts if one.name == "IRA"]
    assert others == [True]


def test_an_option_keeps_its_account_from_being_traded_and_says_so() -> None:
    the_accounts()
    brought_in("schwab-positions.csv")
    joint = account("4526")
    joint.reconciliation = Account.Reconciliation.RECONCILED

    why = portfolios.refusal_to_trade(joint, holds=(), on=MONDAY)

    assert why == (
        "It holds ALPM 270319C90, which no tax lot can stand for, so its value is left out of the weights. "
        "An option is never rebalanced; it only counts in the account's value."
    )


def test_a_gain_whose_term_nobody_states_counts_as_short() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0001"),
        security=Security.objects.get(symbol="ZUS"),
        key="unknown>2026-05-04:10@1000.00#1",
        sold_on=date(2026, 5, 4),
        quantity=D(10),
        proceeds=D(1000),
        basis=D(900),
        term="",
    )

    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(found, portfolios.Portfolio)
    assert [(unit.realized_short, unit.realized_long) for unit in found.household.tax_units] == [
        (D(100), D(0))
    ]
