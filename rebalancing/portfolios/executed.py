"""What our sales realized, once their orders have ended: the lots that were executed, in place of what was estimated.

An order that ended without a trade counts for nothing. Until an order has ended its estimate stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from rebalancing.models import ExecutedLot, Order, ProposedLot
from rebalancing.portfolios import late_basis

EXECUTED = "is_executed"


def in_place_of_estimates(uses: Iterable[ProposedLot]) -> list[ProposedLot]:
    """The proposed lots of orders that were sent, those of ended orders with the figures of what was executed.

    The rows are changed in memory only. Which of a sale's lots were executed is in entries that add up, taken back ones
    included; a lot of which nothing was executed is left out. A basis that came since makes an unknown gain known.
    """
    rows = list(uses)
    ended = [use for use in rows if use.order.order.state in Order.ENDED and use.order.order.block_id]
    entries = executed(use.order.order.pk for use in ended)
    found = []
    for use in rows:
        order = use.order.order
        if order.state not in Order.ENDED or not order.block_id:
            found.append(use)
            continue
        entry = entries.get((order.pk, use.lot_id))
        if entry is None:
            continue
        use.quantity, use.basis, use.term = entry.quantity, entry.basis, entry.term or use.term
        use.gain, use.disallowed = entry.gain, entry.disallowed
        setattr(use, EXECUTED, True)
        setattr(use, late_basis.PROCEEDS, entry.proceeds)
        found.append(use)
    return late_basis.filled(found)


def executed(orders: Iterable[int]) -> dict[tuple[int, int], ExecutedLot]:
    """What stands of each lot of these orders: the entry that nothing has taken back."""
    rows = ExecutedLot.objects.filter(
        order__in=list(orders), reverses=None, reversed_by=None, lot__isnull=False
    ).order_by("pk")
    return {(row.order_id, row.lot_id): row for row in rows if row.lot_id is not None}


def is_executed(use: ProposedLot) -> bool:
    """Whether a use has the figures of its execution."""
    return bool(getattr(use, EXECUTED, False))
