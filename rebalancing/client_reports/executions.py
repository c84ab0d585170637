"""What became of a proposal's orders, as figures: read from the orders, the last allocation and the executed lots."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.models import AllocationPart, ExecutedLot, Order, OrderBatch, Revision

ZERO, CENT = Decimal(0), Decimal("0.01")


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
    """How one order of the plan ended: `amount` is what was traded, in dollars, before the broker's charges."""

    state: str
    ordered: Decimal
    filled: Decimal
    amount: Decimal
    average: Decimal | None
    lots: tuple[SoldLot, ...]

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
    return {
        one.proposed.position: Execution(
            state=str(one.state),
            ordered=one.quantity,
            filled=one.filled_quantity,
            amount=amounts[one.pk] if one.filled_quantity else ZERO,
            average=one.average_price,
            lots=tuple(lots[one.pk]),
        )
        for one in orders
    }


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
