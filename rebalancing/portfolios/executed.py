"""What our sales realized, once their orders have ended: the lots that were executed, in place of what was estimated.

An order that ended without a trade counts for nothing. Until an order has ended its estimate stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rebalancing.models import ExecutedLot, Order, ProposedLot
from rebalancing.portfolios import late_basis

EXECUTED = "is_executed"
ENDED = frozenset(str(state) for state in Order.ENDED)
CENT = Decimal("0.01")


def in_place_of_estimates(uses: Iterable[ProposedLot]) -> list[ProposedLot]:
    """The proposed lots of orders that were sent, those of ended orders with the figures of what was executed.

    The rows are changed in memory only. Which of a sale's lots were executed is in entries that add up, taken back ones
    included; a lot of which nothing was executed is left out. A basis that came since makes an unknown gain known.
    """
    rows = [_of_its_slice(use) for use in uses]
    ended = {use.sent_order for use in rows if use.sent_state in ENDED and use.sent_block}  # type: ignore[attr-defined]
    entries = executed(ended)
    found = []
    for use in rows:
        order: int = use.sent_order  # type: ignore[attr-defined]
        if order not in ended:
            found.append(use)
            continue
        entry = entries.get((order, use.lot_id))
        if entry is None:
            continue
        use.quantity, use.basis, use.term = entry.quantity, entry.basis, entry.term or use.term
        use.gain, use.disallowed = entry.gain, entry.disallowed
        setattr(use, EXECUTED, True)
        setattr(use, late_basis.PROCEEDS, entry.proceeds)
        found.append(use)
    return late_basis.filled(found)


def _of_its_slice(use: ProposedLot) -> ProposedLot:
    """The use with the figures of its slice's part of the lot."""
    part: Decimal = use.sent_part  # type: ignore[attr-defined]
    if part != use.quantity:
        share = part / use.quantity
        use.quantity = part
        use.basis = None if use.basis is None else (use.basis * share).quantize(CENT)
        use.gain = None if use.gain is None else (use.gain * share).quantize(CENT)
        use.disallowed = (use.disallowed * share).quantize(CENT)
    return use


def executed(orders: Iterable[int]) -> dict[tuple[int, int], ExecutedLot]:
    """What stands of each lot of these orders: the entry that nothing has taken back."""
    rows = ExecutedLot.objects.filter(
        order__in=list(orders), reverses=None, reversed_by=None, lot__isnull=False
    ).order_by("pk")
    return {(row.order_id, row.lot_id): row for row in rows if row.lot_id is not None}


def is_executed(use: ProposedLot) -> bool:
    """Whether a use has the figures of its execution."""
    return bool(getattr(use, EXECUTED, False))
