"""What became of a proposal's orders, as figures: read from the orders, the last allocation and the executed lots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.models import AllocationPart, ExecutedLot, Order, OrderBatch, Revision

ZERO, CENT, PRICE = Decimal(0), Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class SoldLot:
    """Shares of one lot that were sold; dollars. `basis` is None where it is not known, `lot` for shares beyond the instruction."""

    lot: str | None
    acquired_on: date | None
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    disallowed: Decimal
    term: str

    @property
    def gain(self) -> Decimal | None:
        """Before what the wash-sale rule disallows."""
        return None if self.basis is None else self.proceeds - self.basis

    @property
    def recognized(self) -> Decimal:
        """What counts for the tax. An unknown basis counts as zero: the most that can be taxed."""
        return self.proceeds if self.basis is None else self.proceeds - self.basis + self.disallowed


@dataclass(frozen=True, slots=True)
class Execution:
    """How one order of the plan ended, all of its slices together: `amount` is what was traded, in dollars, before the
    broker's charges. `ordered` is what was approved and told; `reasons` say for a client why the desk made it smaller, `state` how the rest ended.
    """

    state: str
    ordered: Decimal
    filled: Decimal
    amount: Decimal
    average: Decimal | None
    lots: tuple[SoldLot, ...]
    reasons: tuple[str, ...] = ()

    @property
    def missing(self) -> Decimal:
        return self.ordered - self.filled


def of(revision: Revision) -> dict[int, Execution]:
    """By the order's place in the plan, from 1; empty where nothing was released. Four queries."""
    batch = OrderBatch.objects.filter(revision=revision).first()
    if batch is None:
        return {}
    orders = list(batch.orders.select_related("proposed").order_by("pk"))
    amounts = {one.pk: (one.filled_quantity * (one.average_price or ZERO)).quantize(CENT) for one in orders}
    parts = AllocationPart.objects.filter(order__in=orders).select_related("allocation")
    for part in parts.order_by("allocation__number", "pk"):
        amounts[part.order_id] = part.amount
    lots = _lots(orders)
    slices: dict[int, list[Order]] = defaultdict(list)
    for one in orders:
        slices[one.proposed.position].append(one)
    return {place: _together(same, amounts, lots) for place, same in slices.items()}


def _together(
    same: list[Order], amounts: Mapping[int, Decimal], lots: Mapping[int, list[SoldLot]]
) -> Execution:
    """The orders that were made of one approved order, as the one trade that a client was told of."""
    traded = [one for one in same if one.filled_quantity]
    filled = sum((one.filled_quantity for one in traded), ZERO)
    amount = sum((amounts[one.pk] for one in traded), ZERO)
    prices = {one.average_price for one in traded}
    average = prices.pop() if len(prices) == 1 else (amount / filled).quantize(PRICE) if filled else None
    # What the desk left out is no order that failed, and has its own words.
    failed = [one for one in same if one.filled_quantity < one.quantity and not _left_out(one)]
    ended = Order.State.FILLED if not failed else Order.State.PART_FILLED if filled else failed[-1].state
    return Execution(
        state=str(ended),
        ordered=same[0].proposed.quantity,
        filled=filled,
        amount=amount,
        average=average,
        lots=tuple(lot for one in same for lot in lots.get(one.pk, ())),
        reasons=tuple(
            dict.fromkeys(
                one.reduced_reason or one.end_reason for one in same if one.reduced_reason or _left_out(one)
            )
        ),
    )


def _left_out(order: Order) -> bool:
    """Whether a purchase was not made because its account's sales paid for nothing of it (see `execution.waves`)."""
    return (
        order.state == Order.State.CANCELED
        and order.cleared_at is not None
        and order.cleared_at == order.ended_at
    )


def _lots(orders: list[Order]) -> dict[int, list[SoldLot]]:
    found: dict[int, list[SoldLot]] = defaultdict(list)
    standing = ExecutedLot.objects.filter(order__in=orders, reverses=None, reversed_by=None)
    for entry in standing.select_related("lot").order_by("pk"):
        found[entry.order_id].append(
            SoldLot(
                lot=entry.lot.public_id if entry.lot else None,
                acquired_on=entry.lot.acquired_on if entry.lot else None,
                shares=entry.quantity,
                proceeds=entry.proceeds,
                basis=entry.basis,
                disallowed=entry.disallowed,
                term=entry.term,
            )
        )
    return found
