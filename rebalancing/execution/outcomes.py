"""How a household's batch and its proposal ended, from how the orders did. Part of whatever ends an order or opens it again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from rebalancing.models import Order, OrderBatch
from rebalancing.proposals import ends

State = OrderBatch.State


def settle(batches: Iterable[int], *, at: datetime) -> None:
    """Bring these batches and their proposals to the state that their orders are in. The caller writes the line of what
    changed of the orders; a proposal that ended gets its own.
    """
    for batch in OrderBatch.objects.filter(pk__in=set(batches)).order_by("pk"):
        orders = list(batch.orders.order_by("pk"))
        state = of(orders)
        if state != batch.state:
            batch.state = state
            batch.save(update_fields=["state"])
        ends.settle(batch, orders, at=at)


def of(orders: Collection[Order]) -> str:
    """Released while an order is open; then done, partly done, canceled or not traded."""
    if not orders or any(order.state not in Order.ENDED for order in orders):
        return str(State.RELEASED)
    if all(order.state == Order.State.FILLED and not order.reduced_reason for order in orders):
        return str(State.DONE)
    if any(order.filled_quantity for order in orders):
        return str(State.PARTLY_DONE)
    if all(order.state == Order.State.CANCELED for order in orders):
        return str(State.CANCELED)
    return str(State.NOT_TRADED)
