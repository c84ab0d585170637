"""What an advisor asks for decides its wash group: what is bought by an edit bars harvests, what is sold by one at a
loss bars purchases, and neither is traded against."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import Plan, Side
from rebalancing.engine.verifier import verification
from tests.engine.worked_households import harvest_without_a_wash

D = Decimal
HARVEST = Edit(id="e1", kind=EditKind.SELL_LOT, account="brokerage", lot="brokerage-USTM-1")
PART = replace(HARVEST, shares=D(100))
GAIN = Edit(id="e2", kind=EditKind.SELL_LOT, account="brokerage", lot="brokerage-USTM-2")
PURCHASE = Edit(id="e3", kind=EditKind.BUY, account="ira", security="USTM", shares=D(10))


def asked(*edits: Edit) -> Household:
    return replace(harvest_without_a_wash(), edits=edits)


def signed(household: Household) -> Plan:
    plan = proposing.propose(household)
    assert verification.verify(household, plan).faults == ()
    return plan


def traded(plan: Plan, side: Side, security: str) -> set[tuple[str, str]]:
    """Account and lot ("" for a purchase) of every trade of the security."""
    return {
        (order.account, lot)
        for order in plan.orders
        if (order.side, order.security) == (side, security)
        for lot in ([sale.lot for sale in order.lots] if order.lots else [""])
    }


@pytest.mark.parametrize(
    ("edits", "sold", "bought"),
    [
        ((), {("brokerage", "brokerage-USTM-1")}, set()),
        ((HARVEST,), {("brokerage", "brokerage-USTM-1")}, set()),
        ((PART,), {("brokerage", "brokerage-USTM-1")}, set()),
        # Cash belongs to no class here: what the brokerage account has free is invested, in the first choice.
        ((PURCHASE,), set(), {("ira", ""), ("brokerage", "")}),
        ((GAIN, PURCHASE), {("brokerage", "brokerage-USTM-2")}, {("ira", "")}),
    ],
    ids=["no edit", "the loss", "some of the loss", "a purchase", "a gain and a purchase"],
)
def test_an_edit_says_whether_its_group_is_bought_or_harvested(edits, sold, bought):
    plan = signed(asked(*edits))

    assert traded(plan, Side.SELL, "USTM") == sold
    assert traded(plan, Side.BUY, "USTM") == bought
    assert all(sale.disallowed == 0 for order in plan.orders for sale in order.lots)
    # What is left is less than a share in cash, which belongs to no class here and has the price of what is outside.
    assert plan.gap_bps < D("0.3")


def test_asking_for_what_the_plan_does_anyway_changes_nothing():
    alone, with_edit = signed(asked()), signed(asked(HARVEST))

    assert [(o.id, o.shares) for o in with_edit.orders] == [(o.id, o.shares) for o in alone.orders]
    assert (with_edit.objective, with_edit.bound) == (alone.objective, alone.bound)


def test_both_asked_for_are_carried_out_and_what_is_disallowed_is_told():
    plan = signed(asked(HARVEST, PURCHASE))

    assert traded(plan, Side.SELL, "USTM") == {("brokerage", "brokerage-USTM-1")}
    assert [(o.account, o.shares) for o in plan.orders if (o.side, o.security) == (Side.BUY, "USTM")] == [
        ("ira", D(10))
    ]
    assert sum(row.disallowed for row in plan.tax) > 0


@pytest.mark.parametrize(("shares", "lots"), [(500, {"1": 500}), (900, {"1": 800, "2": 100})])
def test_so_many_shares_asked_for_leave_at_a_loss_too_where_their_group_is_bought_by_another_edit(
    shares, lots
):
    sale = Edit(id="e4", kind=EditKind.SELL, account="brokerage", security="USTM", shares=D(shares))

    plan = signed(asked(sale, PURCHASE))

    (order,) = (o for o in plan.orders if (o.side, o.security) == (Side.SELL, "USTM"))
    assert {sale.lot[-1]: sale.shares for sale in order.lots} == lots
    assert [o.shares for o in plan.orders if (o.side, o.security) == (Side.BUY, "USTM")] == [D(10)]
    assert sum(row.disallowed for row in plan.tax) > 0
    assert (plan.slack, plan.gap_bps < 3) == ((), True)
