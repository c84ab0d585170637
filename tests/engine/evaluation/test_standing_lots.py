"""Lots under a custodian's standing method: one average basis, and nothing leaves before what stands in front of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household, Lot, LotMethod
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import Order, Side
from rebalancing.engine.evaluation.standing_lots import averaged
from rebalancing.engine.verifier import verification
from tests.engine import families


def lot(
    name: str, shares: str, basis: str | None, acquired: date, method: LotMethod = LotMethod.AVERAGE
) -> Lot:
    return Lot(
        id=name,
        account="A1",
        security="US1",
        quantity=D(shares),
        basis=None if basis is None else D(basis),
        acquired=acquired,
        method=method,
    )


OLD, NEW, NEWEST = date(2024, 1, 2), date(2026, 6, 1), date(2026, 8, 3)
FIFO = LotMethod.FIFO
AVERAGES = {
    "one price for all": (
        (lot("a", "100", "1000", OLD), lot("b", "100", "2000", NEW)),
        ("1500.00", "1500.00"),
    ),
    "cents that do not divide add up": (
        (lot("a", "1", "10", OLD), lot("b", "1", "0", NEW), lot("c", "1", "0", NEWEST)),
        ("3.33", "3.34", "3.33"),
    ),
    "one unknown basis leaves no average": (
        (lot("a", "100", None, OLD), lot("b", "100", "2000", NEW)),
        (None, "2000"),
    ),
    "oldest first keeps each its own": (
        (lot("a", "100", "1000", OLD, FIFO), lot("b", "100", "2000", NEW, FIFO)),
        ("1000", "2000"),
    ),
}


@pytest.mark.parametrize("case", AVERAGES)
def test_average_basis_is_spread_by_shares_and_loses_no_cent(case):
    lots, expected = AVERAGES[case]
    household = replace(families.household("taxable", "small", 0), lots=lots)

    found = averaged(household)

    assert [held.basis for held in found.lots] == [None if e is None else D(e) for e in expected]
    assert averaged(found) is found


def in_order(household: Household, order: Order) -> bool:
    """Whether the order takes the position's lots oldest first, each whole before the next."""
    own = [x for x in household.lots if (x.account, x.security) == (order.account, order.security)]
    sold = {sale.lot: sale.shares for sale in order.lots}
    left = order.shares
    for held in sorted(own, key=lambda x: (str(x.acquired), x.id)):
        due = min(left, held.quantity)
        left -= due
        if sold.get(held.id, D(0)) != due:
            return False
    return True


def queued(household: Household, method: LotMethod) -> Household:
    known = (x for x in household.lots if x.basis is not None)
    return replace(household, lots=tuple(replace(x, method=method) for x in known))


@pytest.mark.parametrize("method", [LotMethod.FIFO, LotMethod.AVERAGE])
@pytest.mark.parametrize("family", families.FAMILIES)
def test_lots_of_a_queue_leave_in_order_and_the_plan_is_signed(family, method):
    for seed in range(4):
        household = queued(families.household(family, "small", seed), method)

        plan = proposing.propose(household, removal_costs=False)

        assert verification.verify(household, plan).faults == ()
        assert all(in_order(household, order) for order in plan.orders if order.side is Side.SELL)


@pytest.mark.parametrize("method", [LotMethod.FIFO, LotMethod.AVERAGE])
def test_what_stands_before_a_lot_that_was_asked_for_leaves_with_it(method):
    made = queued(families.household("taxable", "small", 1), method)
    positions: dict[tuple[str, str], list[Lot]] = {}
    for held in made.lots:
        positions.setdefault((held.account, held.security), []).append(held)
    queue = next(sorted(x, key=lambda y: (str(y.acquired), y.id)) for x in positions.values() if len(x) > 1)
    edit = Edit(id="e", kind=EditKind.SELL_LOT, account=queue[1].account, lot=queue[1].id)
    household = replace(made, edits=(edit,))

    plan = proposing.propose(household, removal_costs=False)

    (order,) = [o for o in plan.orders if any(sale.lot == queue[1].id for sale in o.lots)]
    sold = {sale.lot: sale.shares for sale in order.lots}
    assert verification.verify(household, plan).faults == ()
    assert [sold.get(held.id) for held in queue[:2]] == [held.quantity for held in queue[:2]]
