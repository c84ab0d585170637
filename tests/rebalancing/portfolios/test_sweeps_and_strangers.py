"""What rests in a sweep fund is spendable for engine and rules alike; what was only traded needs no price."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import Account, Household, Security
from compliance.models import FindingRow, SeverityLevel
from rebalancing.engine.documents import household as document
from rebalancing.models import Proposal, ProposedOrder
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.deciding import scan
from tests.factories.households import a_managed_household, loaded

pytestmark = pytest.mark.django_db

CASH_RULES = ("PTC-16", "PTC-18", "PTC-19", "PTC-21")


def the_millers(**changed: list[str]) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**changed))


def measured(household: Household) -> portfolios.Portfolio:
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio), found
    return found


def test_the_rules_spend_the_sweep_fund_that_the_engine_spends() -> None:
    the_millers(
        positions=[*MILLERS["positions"][:2], "11110002,2026-11-20,SWVXX,250000.00,yes"],
        lots=MILLERS["lots"][:3],
        cash=[MILLERS["cash"][0], "11110002,2026-11-20,settled,0.00"],
    )

    scan()

    ira = Account.objects.get(number_last4="0002")
    bought = ProposedOrder.objects.filter(account=ira, side="buy")
    assert sum(order.amount for order in bought) > D(200_000)
    blocked = FindingRow.objects.filter(rule__in=CASH_RULES, severity=SeverityLevel.BLOCK)
    assert [(row.rule, row.sentence) for row in blocked] == []
    assert Proposal.objects.count() == 1


def test_a_sweep_funds_own_dividend_needs_no_price_and_no_part_in_wash_sales() -> None:
    household = the_millers()
    reinvested = "11110001,reinvestment,2026-11-19,T7,SWVXX,8.11,1,-8.11"
    loaded(table("transactions", [reinvested]), name="transactions.csv")

    found = measured(household)

    assert "SWVXX" not in {one.symbol for one in found.household.securities}
    assert found.household.recent_trades == ()


def test_a_money_market_fund_with_lots_is_worth_a_dollar_a_share_without_any_price() -> None:
    household = the_millers(
        positions=[*MILLERS["positions"], "11110001,2026-11-20,SWVXX,7000,yes"],
        lots=[*MILLERS["lots"], "11110001,2026-11-20,SWVXX,A4,2024-06-03,7000,7000.00,covered"],
    )

    fund = next(one for one in measured(household).household.securities if one.symbol == "SWVXX")

    assert (fund.price, fund.weights) == (D(1), (document.ClassWeight(asset_class="cash", weight=D(1)),))


def test_what_is_known_only_from_a_recent_purchase_is_measured_without_a_price_and_never_traded() -> None:
    household = the_millers()
    bought = "11110001,buy,2026-11-12,T8,ZQQ,30,41.20,-1236.00"
    loaded(table("transactions", [bought]), name="transactions.csv")

    found = measured(household).household

    stranger = next(one for one in found.securities if one.symbol == "ZQQ")
    assert (stranger.price, stranger.status) == (D("41.20"), document.SecurityStatus.FROZEN)
    assert [(one.security, one.shares) for one in found.recent_trades] == [("ZQQ", D(30))]


def test_a_holding_without_a_price_still_stops_the_household() -> None:
    household = the_millers(
        positions=[*MILLERS["positions"], "11110001,2026-11-20,ZQQ,30,yes"],
        lots=[*MILLERS["lots"], "11110001,2026-11-20,ZQQ,A4,2026-11-12,30,1236.00,covered"],
    )
    bought = "11110001,buy,2026-11-12,T8,ZQQ,30,41.20,-1236.00"
    loaded(table("transactions", [bought]), name="transactions.csv")

    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(found, portfolios.NotMeasurable)
    assert found.reasons[0] == "There is no price of ZQQ up to 2026-11-20."


FIDELITY_BOND = (
    "Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Cost Basis Total,Type\n"
    "11110003,Taxable,ZUS,INVENTED US STOCK ETF,100,$100.00,$10000.00,$9000.00,Cash\n"
    "11110003,Taxable,91282CAV3,UNITED STATES TREAS NTS,20000,$99.1727,$19834.54,$19700.00,Cash\n"
    '\n"Date downloaded Nov-20-2026 4:35 p.m ET"\n'
)


def test_a_bond_without_lots_is_no_difference_between_lots_and_positions() -> None:
    household = the_millers(
        accounts=[
            *MILLERS["accounts"],
            "11110003,Bonds,miller,Mia Miller,individual,fidelity,full,2020-01-02,no,fifo",
        ]
    )
    lot = "11110003,2026-11-20,ZUS,C1,2021-03-01,100,9000.00,covered"
    loaded(table("lots", [lot]), name="lots.csv")
    loaded(FIDELITY_BOND.encode(), name="Portfolio_Positions_Nov-20-2026.csv")

    bonds = Account.objects.get(household=household, number_last4="0003")

    assert (bonds.reconciliation, bonds.reconciliation_note) == (Account.Reconciliation.RECONCILED, "")
    assert Security.objects.get(symbol="91282CAV3").kind == Security.Kind.BOND
