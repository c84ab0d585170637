"""An order that goes in slices is one trade to its client, and each slice sells its own part of the lots; a purchase that was
made smaller is told with its reason.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db.models import Sum

from compliance.firm import order_figures
from compliance.people.actors import Actor
from rebalancing.client_reports import executions, summaries, telling
from rebalancing.client_reports.summaries import Summary
from rebalancing.execution import closing
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Block, ClientSummary, ExecutedLot, Order, Proposal, ProposedLot
from rebalancing.portfolios import own_sales
from rebalancing.proposals import proposals
from tests.clock import MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON
from tests.factories import days, firm_settings, released
from tests.factories import desk as desks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
DESK = Actor.system("orders")
DAYS = (MONDAY_NOON, TUESDAY_NOON, WEDNESDAY_NOON)


@pytest.fixture
def proposal() -> Proposal:
    return desks.a_desk(taxable_only=True).propose()


def thin(proposal: Proposal, parts: str) -> D:
    """What is sold trades so little that it takes so many days; the order's shares."""
    order = proposals.current(proposal).orders.get(side="sell")
    volume = (order.quantity / D(parts)).quantize(D(1)) * 10
    type(order.security).objects.filter(pk=order.security_id).update(daily_volume=volume)
    return order.quantity


def filled(block: Block, price: D, *, at: datetime, shares: D | None = None) -> None:
    made: dict[str, Any] = {"trade_on": block.trade_on, "transacted_at": at}
    told = released.told(block, Kind.FILL, "X1", str(shares or block.quantity), str(price), **made)
    fills.take(told, at=at)


def told(at: datetime) -> Summary:
    until = at + timedelta(minutes=1)
    assert telling.tell_due(by=Actor.system("client reports"), now=lambda: at, until=until) == 1
    return summaries.value_of(ClientSummary.objects.order_by("-number")[0])


def carried_out(proposal: Proposal) -> None:
    """Every slice of the sale is filled on its day, a dollar dearer each day, and then the purchases."""
    sales = list(Block.objects.filter(side="sell").order_by("trade_on"))
    price = proposals.current(proposal).orders.get(side="sell").price
    for number, (block, at) in enumerate(zip(sales, DAYS, strict=True)):
        closing.leave_due(by=DESK, at=at)
        block.refresh_from_db()
        assert block.state == "ready", block.held_reason
        filled(block, price + number / D(10), at=at)
        days.closed_on(at.date())
    closing.leave_due(by=DESK, at=DAYS[-1])
    for block in Block.objects.filter(side="buy").exclude(state__in=Block.ENDED):
        filled(block, block.orders.all()[0].proposed.price, at=DAYS[-1])


def test_each_slice_sells_its_own_part_of_the_lots(proposal: Proposal) -> None:
    thin(proposal, "2.4")
    planned = {
        use.lot_id: (use.quantity, use.basis) for use in ProposedLot.objects.filter(order__side="sell")
    }
    desks.on_record().release()
    carried_out(proposal)

    sums = ExecutedLot.objects.order_by().values_list("lot").annotate(Sum("quantity"), Sum("basis"))
    assert {lot: (shares, basis) for lot, shares, basis in sums} == planned
    realized = [one.gain for one in own_sales.in_year(proposal.household, on=WEDNESDAY_NOON.date())]
    entered = [
        one.proceeds - one.basis + one.disallowed
        for one in ExecutedLot.objects.all()
        if one.basis is not None
    ]
    assert sum(one or D(0) for one in realized) == sum(entered)


def test_all_slices_are_one_trade_to_the_client(proposal: Proposal) -> None:
    whole = thin(proposal, "2.4")
    desks.on_record().release()
    carried_out(proposal)

    final = told(DAYS[-1])
    sold = next(one for one in final.changes if one.what.startswith("Sold"))
    assert f"Sold {whole.normalize():,f} shares" in sold.what
    sales = Order.objects.filter(side="sell")
    assert D(sold.amount) == sum(one.filled_quantity * (one.average_price or D(0)) for one in sales).quantize(
        D("0.01")
    )
    assert sum(D(one.shares) for one in final.sold) == whole
    assert all("Sold" not in one.what for one in final.not_done)


def test_a_purchase_that_was_made_smaller_is_told_with_its_reason(proposal: Proposal) -> None:
    firm_settings.decided(order_figures.PURCHASES_WAIT, order_figures.ALWAYS)
    desks.on_record().release()
    sale = Block.objects.get(side="sell")
    price = sale.orders.get().proposed.price
    half = (sale.quantity / 2).quantize(D(1))
    filled(sale, price, at=MONDAY_NOON, shares=half)
    fills.take(released.told(sale, Kind.DONE_FOR_DAY, "X2", minute=5), at=MONDAY_NOON)
    closing.leave_due(by=DESK, at=MONDAY_NOON)
    for block in Block.objects.filter(side="buy").exclude(state__in=Block.ENDED):
        filled(block, block.orders.all()[0].proposed.price, at=MONDAY_NOON)

    purchases = [one for one in Order.objects.filter(side="buy") if one.reduced_reason or one.end_reason]
    assert purchases
    final = told(MONDAY_NOON)
    for one in purchases:
        made = executions.of(proposals.current(proposal))[one.proposed.position]
        assert made.missing == one.proposed.quantity - one.filled_quantity > 0
        row = next(line for line in final.not_done if one.security.symbol in line.what)
        assert row.why == (one.reduced_reason or one.end_reason)
    assert "all made" not in final.headline
