"""Losses inside the wash-sale window: what known purchases leave of them is taken, and told to the share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Household,
    Lot,
    Member,
    Policy,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import LotSale, Plan, Side
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import FlatRates, TaxUnit
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.verifier import verification
from tests.spec.drawn import rows

D = Decimal
TODAY = date(2026, 11, 20)


def fund(name: str, price: str) -> Security:
    whole = (ClassWeight(asset_class="STOCK", weight=D(1)),)
    return Security(id=name, price=D(price), price_on=TODAY, weights=whole, half_spread=D(0), replacements=())


def lot(number: int, shares: int, cost: str, bought: str, account: str = "taxed") -> Lot:
    basis = D(cost) * shares if account != "ira" else None
    return Lot(
        id=f"lot {number}",
        account=account,
        security="FUND",
        quantity=D(shares),
        basis=basis,
        acquired=date.fromisoformat(bought),
    )


def household(*lots: Lot, recent_trades: tuple[RecentTrade, ...] = ()) -> Household:
    """One filer with gains to use losses against; FUND stands at $80 and OTHER may be bought instead."""
    return Household(
        id="window",
        as_of=TODAY,
        trade_on=TODAY,
        tax_units=(
            TaxUnit(
                id="filer",
                flat=FlatRates(short=D("0.40"), long=D("0.20"), loss_value=D("0.10")),
                realized_short=D(100_000),
            ),
        ),
        accounts=(
            Account(id="ira", tax_treatment=TaxTreatment.TAX_DEFERRED, owner="ann"),
            Account(id="spouse", tax_treatment=TaxTreatment.TAXABLE, tax_unit="filer", owner="bob"),
            Account(id="taxed", tax_treatment=TaxTreatment.TAXABLE, tax_unit="filer", owner="ann"),
        ),
        securities=(fund("FUND", "80"), fund("OTHER", "50")),
        lots=lots,
        recent_trades=recent_trades,
        policy=Policy(
            classes=(ClassPolicy(id="STOCK", target=D(1), lower=D("0.9"), upper=D(1)),),
            sleeves=(
                Sleeve(
                    id="stock",
                    asset_class="STOCK",
                    members=(Member(security="FUND", rank=1), Member(security="OTHER", rank=2)),
                ),
            ),
        ),
    )


def bought(account: str, shares: str, on: str) -> RecentTrade:
    return RecentTrade(
        id=f"{account} {on}",
        kind=RecentTradeKind.REINVESTMENT,
        account=account,
        security="FUND",
        on=date.fromisoformat(on),
        shares=D(shares),
    )


def signed(asked: Household) -> Plan:
    plan = proposing.propose(asked)
    assert verification.verify(asked, plan).faults == ()
    return plan


def sales(plan: Plan) -> dict[str, LotSale]:
    return {sale.lot: sale for order in plan.orders if order.side is Side.SELL for sale in order.lots}


PURCHASES = """
    account    | on         | disallowed | deferred | what becomes of ten shares' loss of $20 each
    taxed      | 2026-12-15 | 200.00     | 200.00   | into the basis of the shares to come
    taxed      | 2026-11-01 | 200.00     | 0        | lost: bought already, and no lot of it is known
    spouse     | 2026-12-15 | 200.00     | 0        | lost, as far as anybody here can say
    ira        | 2026-12-15 | 200.00     | 0        | lost for good
    ira        | 2026-12-20 | 200.00     | 0        | lost for good: the last day
    elsewhere  | 2026-12-01 | 200.00     | 0        | lost, as far as anybody here can say
"""


@pytest.mark.parametrize("row", rows(PURCHASES))
def test_ten_shares_bought_take_the_loss_of_ten_shares_away(row):
    recent = (bought(row["account"], "10", row["on"]),)

    plan = signed(household(lot(1, 100, "100", "2026-03-02"), recent_trades=recent))

    (tax,) = plan.tax
    assert sales(plan)["lot 1"].disallowed == D(row["disallowed"])
    assert (tax.disallowed, tax.deferred) == (D(row["disallowed"]), D(row["deferred"]))
    assert tax.short == -2000 + D(row["disallowed"])
    by_name = {term.name: term.plan for term in plan.terms}
    assert by_name["permanently_disallowed"] == (tax.disallowed - tax.deferred) * D("0.1")


def test_the_oldest_lot_sold_loses_its_loss_first():
    """The first is hardly under water; the program knows that it is this one's loss which is given up."""
    recent = (bought("ira", "50", "2026-12-01"),)
    old, new = lot(1, 100, "82", "2024-03-01"), lot(2, 100, "120", "2026-03-02")

    plan = signed(household(old, new, recent_trades=recent))

    assert {name: sale.disallowed for name, sale in sales(plan).items()} == {
        "lot 1": D("100.00"),
        "lot 2": D(0),
    }
    assert plan.gap_bps < D("0.5")


def test_shares_just_bought_are_sold_along_and_bring_the_loss_out_again():
    plan = signed(household(lot(1, 100, "100", "2024-03-01"), lot(2, 40, "79", "2026-11-02")))

    first, second = sales(plan)["lot 1"], sales(plan)["lot 2"]
    (tax,) = plan.tax
    assert (first.disallowed, second.added_basis) == (D("800.00"), D("800.00"))
    assert (second.basis, second.gain, second.term) == (D("3960.00"), D("-760.00"), Term.LONG)
    assert (tax.long, tax.short, tax.deferred) == (D("-1960.00"), D(0), D(0))


def test_shares_just_bought_by_the_spouse_bring_nothing_out():
    plan = signed(household(lot(1, 100, "100", "2024-03-01"), lot(2, 40, "60", "2026-11-02", "spouse")))

    assert set(sales(plan)) == {"lot 1"}
    assert (sales(plan)["lot 1"].disallowed, plan.tax[0].deferred) == (D("800.00"), D(0))


def test_a_lot_is_never_its_own_replacement():
    plan = signed(household(lot(1, 100, "100", "2026-11-02")))

    assert sales(plan)["lot 1"].disallowed == 0
    assert plan.tax[0].short == -2000


def test_a_lot_left_alone_says_what_would_have_been_disallowed():
    recent = (bought("ira", "250.5", "2026-12-01"),)

    plan = signed(household(lot(1, 100, "100", "2026-03-02"), recent_trades=recent))

    assert sales(plan) == {}
    (skipped,) = [row for row in plan.skipped if row.lot == "lot 1"]
    assert skipped.explanation == (
        "Not sold: its loss of $2,000 would be disallowed, because 250.5 shares of the same security were or"
        " will be bought within 30 days."
    )


def test_a_sale_that_an_advisor_asks_for_is_priced_like_any_other():
    asked = household(
        lot(1, 100, "100", "2026-03-02"),
        lot(2, 100, "90", "2026-04-01"),
        recent_trades=(bought("ira", "130", "2026-12-01"),),
    )
    edit = Edit(id="edit", kind=EditKind.SELL_LOT, account="taxed", lot="lot 2")

    plan = signed(replace(asked, edits=(edit,)))

    # Lot 1 alone would deduct nothing; beside the sale that is asked for it uses up what would take its loss away.
    first, second = sales(plan)["lot 1"], sales(plan)["lot 2"]
    assert (second.shares, second.gain) == (D(100), D("-1000.00"))
    assert first.disallowed == -first.gain
    assert second.disallowed == (130 - first.shares) * 10
    assert plan.gap_bps < D("0.5")


def test_what_is_harvested_is_kept_up_in_another_fund():
    recent = (bought("taxed", "10", "2026-12-15"),)

    plan = signed(household(lot(1, 100, "100", "2026-03-02"), recent_trades=recent))

    assert [(order.side, order.security) for order in plan.orders] == [
        (Side.SELL, "FUND"),
        (Side.BUY, "OTHER"),
    ]
