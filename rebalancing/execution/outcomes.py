"""How a household's batch ended, from how its orders did. Part of whatever ends an order or opens it again."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rebalancing.models import Order, OrderBatch

State = OrderBatch.State


def settle(batches: Iterable[int]) -> None:
    """Bring these batches to the state that their orders are in; the caller writes the line of what changed."""
    for batch in OrderBatch.objects.filter(pk__in=set(batches)).order_by("pk"):
        state = of(list(batch.orders.all()))
        if state != batch.state:
            batch.state = state
            batch.save(update_fields=["state"])


def of(orders: Collection[Order]) -> str:
    """Released while an order is open; then done, partly done, canceled or not traded."""
    if not orders or any(order.state not in Order.ENDED for order in orders):
        return str(State.RELEASED)
    if all(order.state == Order.State.FILLED for order in orders):
        return str(State.DONE)
    if any(order.filled_quantity for order in orders):
        return str(State.PARTLY_DONE)
    if all(order.state == Order.State.CANCELED for order in orders):
        return str(State.CANCELED)
    return str(State.NOT_TRADED)
