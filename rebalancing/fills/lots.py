"""Which lots our sales relieved, as entries: made when a block has ended, taken back by entries when that changes.

They say what we instructed and what was executed, and count in the ledger in place of the estimate. The lots on record
stay the custodian's: its next file restates them, and what it relieved instead is compared there (`reconciliation`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from clients.models import TaxLot
from rebalancing.engine.money import ZERO, cents, share_of
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.fills import relieving
from rebalancing.fills.dividing import Part
from rebalancing.fills.relieving import Instructed, Relieved
from rebalancing.models import Allocation, Block, ExecutedLot, Order, OrderLot, ProposedLot, ProposedOrder


@dataclass(frozen=True, slots=True)
class Use:
    """What one order sells of a lot: shares, their basis (None: unknown) and the part of their loss that the plan knew to be
    disallowed, in dollars.
    """

    lot: TaxLot
    quantity: Decimal
    basis: Decimal | None
    disallowed: Decimal


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
    uses = _uses(orders)
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
    uses: Sequence[Use],
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
    by_lot = {str(use.lot.pk): use for use in uses}
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


def disallowed(one: Relieved, use: Use | None) -> Decimal:
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


def _uses(orders: Sequence[Order]) -> dict[int, list[Use]]:
    """What each order sells of which lots, as it was approved; a slice, its own part of it and not what slices before it sell.

    The parts of a lot's basis and of what is disallowed are counted up from slice to slice, so that they add up to the cent.
    """
    approved = {
        (use.order_id, use.lot_id): use
        for use in ProposedLot.objects.filter(
            order__in=[order.proposed_id for order in orders]
        ).select_related("lot")
    }
    slices = (
        OrderLot.objects.filter(order__proposed__in=[order.proposed_id for order in orders])
        .select_related("order")
        .order_by("order__proposed", "order__slice", "pk")
    )
    found: dict[int, list[Use]] = defaultdict(list)
    before: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for part in slices:
        use = approved[key := (part.order.proposed_id, part.lot_id)]
        first, last = before[key], before[key] + part.quantity
        before[key] = last
        found[part.order_id].append(
            Use(
                lot=use.lot,
                quantity=part.quantity,
                basis=None if use.basis is None else _between(use.basis, first, last, use.quantity),
                disallowed=_between(use.disallowed, first, last, use.quantity),
            )
        )
    return found


def _between(whole: Decimal, first: Decimal, last: Decimal, of_all: Decimal) -> Decimal:
    return cents(share_of(whole, last, of_all)) - cents(share_of(whole, first, of_all))


def _instructed(use: Use) -> Instructed:
    since = use.lot.adjusted_acquired_on or use.lot.acquired_on
    return Instructed(str(use.lot.pk), use.quantity, use.basis, since)
