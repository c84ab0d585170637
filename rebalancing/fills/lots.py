"""Which lots our sales relieved, as entries: made when a block has ended, taken back by entries when that changes.

They say what we instructed and what was executed, and count in the ledger in place of the estimate. The lots on record
stay the custodian's: its next file restates them, and what it relieved instead is compared there (`reconciliation`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.fills import relieving
from rebalancing.fills.dividing import Part
from rebalancing.fills.relieving import Instructed, Relieved
from rebalancing.models import Allocation, Block, ExecutedLot, Order, ProposedLot, ProposedOrder


def settle(
    block: Block,
    orders: Sequence[Order],
    parts: Mapping[str, Part],
    allocation: Allocation | None,
    *,
    at: datetime,
) -> list[ExecutedLot]:
    """Make the entries of a block's sales come to these parts; none of them while the block has not ended. Returns those
    that were entered.
    """
    if block.side != ProposedOrder.Side.SELL or allocation is None:
        return []
    uses: dict[int, list[ProposedLot]] = defaultdict(list)
    proposed = {order.proposed_id: order.pk for order in orders}
    for use in ProposedLot.objects.filter(order__in=proposed).select_related("lot").order_by("order", "pk"):
        uses[proposed[use.order_id]].append(use)
    standing: dict[int, list[ExecutedLot]] = defaultdict(list)
    for entry in ExecutedLot.objects.filter(order__in=orders, reverses=None, reversed_by=None).order_by("pk"):
        standing[entry.order_id].append(entry)
    fresh: list[ExecutedLot] = []
    for order in orders:
        part = parts.get(order.reference)
        now = (
            relieving.relieve(
                [_instructed(use) for use in uses[order.pk]],
                part.shares,
                part.amount - part.cost,
                on=block.trade_on,
            )
            if part is not None and part.shares
            else ()
        )
        fresh += _entries(order, allocation, uses[order.pk], standing[order.pk], now, block, at=at)
    return ExecutedLot.objects.bulk_create(fresh)


def _entries(
    order: Order,
    allocation: Allocation,
    uses: Sequence[ProposedLot],
    standing: Sequence[ExecutedLot],
    now: Sequence[Relieved],
    block: Block,
    *,
    at: datetime,
) -> list[ExecutedLot]:
    before = [relieved_of(entry) for entry in standing]
    taken_back, wanted = relieving.entries(before, now)
    made = [
        ExecutedLot(
            order=order,
            allocation=allocation,
            lot_id=standing[place].lot_id,
            traded_on=standing[place].traded_on,
            quantity=back.shares,
            proceeds=back.proceeds,
            basis=back.basis,
            disallowed=-standing[place].disallowed,
            term=standing[place].term,
            entered_at=at,
            reverses=standing[place],
        )
        for place in taken_back
        for back in (before[place].reversed,)
    ]
    by_lot = {str(use.lot_id): use for use in uses}
    made += [
        ExecutedLot(
            order=order,
            allocation=allocation,
            lot_id=int(one.lot) if one.lot else None,
            traded_on=block.trade_on,
            quantity=one.shares,
            proceeds=one.proceeds,
            basis=one.basis,
            disallowed=disallowed(one, by_lot.get(one.lot)),
            term=str(one.term or ""),
            entered_at=at,
        )
        for one in wanted
    ]
    return made


def disallowed(one: Relieved, use: ProposedLot | None) -> Decimal:
    """What the wash-sale rule disallows of a loss: the part of it that the plan knew, never more than the loss."""
    if use is None or one.gain is None or one.gain >= ZERO or not use.disallowed:
        return ZERO
    return min(cents(use.disallowed * one.shares / use.quantity), -one.gain)


def relieved_of(entry: ExecutedLot) -> Relieved:
    return Relieved(
        lot="" if entry.lot_id is None else str(entry.lot_id),
        shares=entry.quantity,
        proceeds=entry.proceeds,
        basis=entry.basis,
        term=Term(entry.term) if entry.term else None,
    )


def _instructed(use: ProposedLot) -> Instructed:
    since = use.lot.adjusted_acquired_on or use.lot.acquired_on
    return Instructed(str(use.lot_id), use.quantity, use.basis, since)
