"""The record as the engine's document: complete, exact, and honest about what is missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import (
    Account,
    CashBalance,
    CashFlow,
    Price,
    RealizedGain,
    Security,
    TaxLot,
    TaxProfile,
)
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.money import as_written
from rebalancing.models import ProposedLot
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.bundles import MILLERS, bundle
from tests.factories.desk import Desk
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db


def the_portfolio(**changed: list[str]) -> portfolios.Portfolio | portfolios.NotMeasurable:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**changed))
    return portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)


def test_a_household_becomes_a_document_that_reads_back_the_same() -> None:
    portfolio = the_portfolio()

    assert isinstance(portfolio, portfolios.Portfolio)
    built = portfolio.household
    assert parsing.read_household(serializing.text(built)) == parsing.read_household(
        serializing.canonical(built)
    )
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

    assert len(queries) <= 38, [query["sql"][:80] for query in queries]


def test_an_account_that_does_not_reconcile_is_weighed_but_not_traded() -> None:
    broken = [MILLERS["positions"][0].replace(",5000,", ",5010,"), *MILLERS["positions"][1:]]
    portfolio = the_portfolio(positions=broken)

    assert isinstance(portfolio, portfolios.Portfolio)
    told = {account.name: account.not_tradable_reason for account in portfolio.household.accounts}
    assert told == {"Taxable": "Its lots and positions differ (ZUS: lots 5000, position 5010).", "IRA": ""}


def test_a_missing_price_is_said_and_never_taken_for_zero() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Price.objects.filter(security__symbol="ZBD").delete()

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert answer == portfolios.NotMeasurable(("There is no price of ZBD up to 2026-11-20.",))


def test_an_alternate_nobody_holds_needs_no_price_and_is_not_offered() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Price.objects.filter(security__symbol="ZUB").delete()

    portfolio = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(portfolio, portfolios.Portfolio)
    assert list(portfolio.rows.not_offered.values()) == ["ZUB"]
    assert "ZUB" not in {one.symbol for one in portfolio.household.securities}
    offered = {one.security for sleeve in portfolio.household.policy.sleeves for one in sleeve.members}
    assert "ZUB" not in offered


def test_an_account_whose_return_has_no_profile_is_measured_and_not_traded() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    TaxProfile.objects.all().delete()

    portfolio = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(portfolio, portfolios.Portfolio)
    assert {account.name: account.not_tradable_reason for account in portfolio.household.accounts} == {
        "Taxable": (
            "The tax profile of Mia Miller for 2026 is not on record, so its accounts are measured and not traded "
            "until somebody confirms it."
        ),
        "IRA": "",
    }


def test_without_a_policy_there_is_nothing_to_measure_against() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=LAST_FRIDAY.replace(month=1))

    assert answer == portfolios.NotMeasurable(
        ("No investment policy is in force.",), portfolios.MissingInput.POLICY
    )


def test_a_purchase_in_the_wash_window_is_handed_on_with_its_lot() -> None:
    transactions = [
        "11110002,reinvestment,2026-11-10,T2,ZUS,3,99,-297.00",
        "11110002,buy,2026-10-20,T3,ZUS,5,97,-485.00",
    ]
    portfolio = the_portfolio(transactions=transactions)

    assert isinstance(portfolio, portfolios.Portfolio)
    ira = Account.objects.get(number_last4="0002")
    assert [
        (one.kind, one.account, one.security, one.shares) for one in portfolio.household.recent_trades
    ] == [("reinvestment", ira.public_id, "ZUS", D(3))]


def test_a_lot_bought_in_the_wash_window_counts_though_no_transaction_tells_of_it() -> None:
    lots = [
        *MILLERS["lots"][:3],
        "11110002,2026-11-20,ZUS,B1,2026-11-10,2000,80000.00,covered",
        MILLERS["lots"][4],
    ]
    portfolio = the_portfolio(lots=lots)

    assert isinstance(portfolio, portfolios.Portfolio)
    lot = TaxLot.objects.get(key="B1")
    assert [(one.on, one.shares, one.lot) for one in portfolio.household.recent_trades] == [
        (date(2026, 11, 10), D(2000), lot.public_id)
    ]


@pytest.mark.parametrize(
    ("bought", "linked"),
    [
        (["11110002,buy,2026-11-10,T2,ZUS,2000,40,-80000.00"], [True]),
        # Several fills of one order become one lot.
        (
            [
                "11110002,buy,2026-11-10,T2,ZUS,500,40,-20000.00",
                "11110002,buy,2026-11-10,T3,ZUS,1500,40,-60000.00",
            ],
            [True, True],
        ),
        # Of two purchases one is held; the other was sold since, and still replaces what is sold at a loss.
        (
            [
                "11110002,buy,2026-11-10,T2,ZUS,100,40,-4000.00",
                "11110002,buy,2026-11-10,T3,ZUS,2000,40,-80000.00",
            ],
            [False, True],
        ),
    ],
    ids=["one purchase", "two fills", "one sold since"],
)
def test_a_purchase_that_names_no_lot_is_matched_with_the_lot_it_opened(
    bought: list[str], linked: list[bool]
) -> None:
    lots = [
        *MILLERS["lots"][:3],
        "11110002,2026-11-20,ZUS,B1,2026-11-10,2000,80000.00,covered",
        MILLERS["lots"][4],
    ]
    portfolio = the_portfolio(lots=lots, transactions=bought)

    assert isinstance(portfolio, portfolios.Portfolio)
    found = sorted(portfolio.household.recent_trades, key=lambda one: one.id)
    assert [one.lot is not None for one in found] == linked


def test_what_our_own_orders_sold_at_a_loss_counts_before_a_custodian_reports_it() -> None:
    lots = [
        MILLERS["lots"][0],
        "11110001,2026-11-20,ZUS,A2,2025-01-15,2000,210000.00,covered",
        MILLERS["lots"][2],
    ]
    taxable = {
        kind: [row for row in rows if not row.startswith("11110002")] for kind, rows in MILLERS.items()
    }
    ana, rui, tom = cast.ana(), cast.rui(), cast.tom()
    household = a_managed_household(
        advisor=ana, reviewer=rui, content=bundle(**{**taxable, "lots": lots}), harvests_losses=True
    )
    Desk(household, ana, rui, tom).release()
    sold = ProposedLot.objects.get(lot__key="A2")
    assert sold.gain is not None
    later = MONDAY + timedelta(days=30)

    def known(trade_on: date) -> list[tuple[str, date, D, D | None]]:
        answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=trade_on)
        assert isinstance(answer, portfolios.Portfolio), answer
        return [(one.kind, one.on, one.shares, one.loss_per_share) for one in answer.household.recent_trades]

    assert known(later) == [("loss_sale", MONDAY, sold.quantity, as_written(-sold.gain / sold.quantity))]
    assert known(later + timedelta(days=1)) == []


def test_a_loss_that_does_not_divide_evenly_is_written_as_it_is_read() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0001"), security=Security.objects.get(symbol="ZBD"), key="k",
        sold_on=LAST_FRIDAY, quantity=D(7), proceeds=D(800), basis=D(900), term="long",
    )  # fmt: skip

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(answer, portfolios.Portfolio)
    document = serializing.text(answer.household)
    assert serializing.text(parsing.read_household(document)) == document
    assert D("14.2857142857142857") in [one.loss_per_share for one in answer.household.recent_trades]


def test_a_loss_in_an_untaxed_account_bars_no_purchase() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    RealizedGain.objects.create(
        account=Account.objects.get(number_last4="0002"), security=Security.objects.get(symbol="ZBD"), key="k",
        sold_on=LAST_FRIDAY, quantity=D(10), proceeds=D(800), basis=D(900), term="long",
    )  # fmt: skip

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(answer, portfolios.Portfolio)
    assert answer.household.recent_trades == ()


def test_money_due_since_the_cash_was_stated_is_still_to_leave() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    taxable = Account.objects.get(number_last4="0001")
    CashFlow.objects.create(account=taxable, kind="withdrawal", amount=D(-900), due_on=LAST_FRIDAY)
    CashFlow.objects.create(
        account=taxable, kind="withdrawal", amount=D(-700), due_on=LAST_FRIDAY - timedelta(days=1)
    )
    CashBalance.objects.filter(account=taxable).update(as_of_on=LAST_FRIDAY - timedelta(days=1))

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(answer, portfolios.Portfolio)
    flows = {one.name: [(flow.on, flow.amount) for flow in one.flows] for one in answer.household.accounts}
    assert flows == {"Taxable": [(MONDAY, D(-900))], "IRA": []}


def test_a_trade_that_has_settled_since_the_file_is_cash() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    CashBalance.objects.filter(account__number_last4="0001").update(
        unsettled=D(500), unsettled_settles_on=LAST_FRIDAY - timedelta(days=1)
    )

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(answer, portfolios.Portfolio), answer
    cash = {one.name: (one.cash_settled, one.cash_unsettled) for one in answer.household.accounts}
    assert cash["Taxable"] == (D(10_500), ())


def test_owners_who_did_not_agree_to_pool_are_balanced_each_by_themselves() -> None:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), pooling_allowed=False)

    answer = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(answer, portfolios.Portfolio)
    assert answer.household.level == "account"
