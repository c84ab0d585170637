"""A lot whose basis nobody knows: left alone unless an advisor asks for it, and then its tax is told as not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import LotSale, Plan
from rebalancing.engine.verifier import verification
from tests.engine import families

D = Decimal


def with_an_unknown_lot(*, sold: bool) -> tuple[Household, str]:
    household = families.household("taxable", "small", 3)
    lot = max(household.lots, key=lambda lot: lot.quantity)
    edit = Edit(id="sell it", kind=EditKind.SELL_LOT, account=lot.account, lot=lot.id)
    lots = tuple(replace(row, basis=None) if row is lot else row for row in household.lots)
    return replace(household, lots=lots, edits=(edit,) if sold else ()), lot.id


def sale_of(plan: Plan, lot: str) -> LotSale | None:
    return next((sale for order in plan.orders for sale in order.lots if sale.lot == lot), None)


def test_nobody_sells_it_who_was_not_asked():
    household, lot = with_an_unknown_lot(sold=False)

    plan = proposing.propose(household)

    assert sale_of(plan, lot) is None
    assert [w for w in plan.warnings if "one lot is not known; it is left alone" in w]


def test_sold_all_the_same_its_tax_is_told_as_not_known_and_counted_as_the_most_it_can_be():
    household, lot = with_an_unknown_lot(sold=True)

    plan = proposing.propose(household)
    sale = sale_of(plan, lot)
    known = replace(
        household, lots=tuple(replace(x, basis=D(0)) if x.id == lot else x for x in household.lots)
    )

    assert sale is not None
    assert (sale.basis, sale.gain, sale.disallowed) == (None, None, 0)
    assert [w for w in plan.warnings if "its basis is not known, so neither is its tax" in w]
    assert not [w for w in plan.warnings if "left alone" in w]
    # All proceeds are gain: the same tax as with a basis of zero, and so not less than nothing.
    assert plan.tax_change == proposing.propose(known).tax_change > 0
    assert verification.verify(household, plan).faults == ()
