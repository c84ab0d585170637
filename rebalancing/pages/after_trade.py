"""After the trade: what a batch's orders became beside the plan, the cash and gains that came of it, and the drift left."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import figures
from clients.models import Account
from rebalancing import access
from rebalancing.client_reports import summaries
from rebalancing.models import (
    AllocationPart,
    Block,
    ClientSummary,
    ExecutedLot,
    Fill,
    Order,
    OrderBatch,
    ProposedLot,
    Reading,
)

ZERO, CENT = Decimal(0), Decimal("0.01")
TERMS = dict(ProposedLot.Term.choices)
CUSTODIANS = dict(Account.Custodian.choices)
NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class FillLine:
    """One report of the order's block or of the order itself."""

    at: datetime
    broker: str
    what: str
    shares: str
    price: str


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot that the sale relieved."""

    key: str
    shares: str
    proceeds: str
    basis: str
    gain: str
    term: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    reference: str
    account: str
    side: str
    symbol: str
    planned: str
    filled: str
    planned_amount: str
    amount: str
    difference: str
    average: str
    state: str
    reason: str
    fills: tuple[FillLine, ...]
    lots: tuple[LotLine, ...]


@dataclass(frozen=True, slots=True)
class CashLine:
    """What an account's cash was to change by, and did, in dollars."""

    account: str
    planned: str
    executed: str
    difference: str


@dataclass(frozen=True, slots=True)
class AfterTradePage:
    reference: str
    household: str
    household_url: str
    batch_url: str
    state: str
    orders: tuple[OrderLine, ...]
    cash: tuple[CashLine, ...]
    planned_gain: str
    executed_gain: str
    drift_planned: str
    drift_before: str
    drift_after: str
    read_on: date | None


def show(user: Any, batch: OrderBatch) -> AfterTradePage:
    """A batch after the trade, in a fixed number of queries."""
    household = batch.revision.proposal.household
    orders = list(
        batch.orders.select_related("account", "security", "block", "proposed")
        .defer("account__number")
        .order_by("pk")
    )
    amounts = _amounts(orders)
    fills = _fills(orders)
    lots: dict[int, list[ExecutedLot]] = defaultdict(list)
    entered = ExecutedLot.objects.filter(order__in=orders, reverses=None, reversed_by=None)
    for entry in entered.select_related("lot").order_by("pk"):
        lots[entry.order_id].append(entry)
    planned = [
        use.gain
        for use in ProposedLot.objects.filter(
            order__order__in=orders, order__account__tax_treatment="taxable"
        ).distinct()
    ]
    executed = [
        entry.gain for order in orders if order.account.tax_treatment == "taxable" for entry in lots[order.pk]
    ]
    before, after = _readings(batch, orders)
    return AfterTradePage(
        reference=batch.public_id,
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        batch_url=reverse("rebalancing:batch", args=[batch.public_id]),
        state=batch.get_state_display(),
        orders=tuple(_line(order, amounts[order.pk], fills[order.pk], lots[order.pk]) for order in orders),
        cash=tuple(_cash(orders, amounts)),
        planned_gain=_total(planned),
        executed_gain=_total(executed) if entered else "nothing was sold",
        drift_planned=_planned_drift(batch),
        drift_before=_drift(before),
        drift_after=_drift(after),
        read_on=after.run.market_on if after else None,
    )


def find(user: Any, public_id: str) -> OrderBatch | None:
    """A batch that this person may see."""
    found: OrderBatch | None = (
        access.batches_for(user)
        .filter(public_id=public_id)
        .select_related("revision__proposal__household")
        .first()
    )
    return found


def _amounts(orders: list[Order]) -> dict[int, Decimal]:
    """What was traded for each order, in dollars: its part of the last allocation, else its fills so far."""
    found = {one.pk: (one.filled_quantity * (one.average_price or ZERO)).quantize(CENT) for one in orders}
    parts = AllocationPart.objects.filter(order__in=orders).select_related("allocation")
    for part in parts.order_by("allocation__number", "pk"):
        found[part.order_id] = part.amount
    return found


def _fills(orders: list[Order]) -> dict[int, tuple[FillLine, ...]]:
    blocks = {one.block_id for one in orders if one.block_id}
    rows = list(Fill.objects.filter(block__in=blocks).order_by("transacted_at", "pk"))
    return {
        order.pk: tuple(
            FillLine(
                row.transacted_at,
                CUSTODIANS.get(row.broker, row.broker),
                row.get_kind_display() + (f" of {row.corrects}" if row.corrects else ""),
                figures.quantity(row.quantity) if row.quantity else "",
                "" if row.price is None else figures.share_price(row.price),
            )
            for row in rows
            if row.block_id == order.block_id and row.order_id in (None, order.pk)
        )
        for order in orders
    }


def _line(order: Order, amount: Decimal, fills: tuple[FillLine, ...], lots: list[ExecutedLot]) -> OrderLine:
    planned = _planned(order)
    ended = order.state in Block.ENDED
    missing = NOT_KNOWN if order.account.tax_treatment == "taxable" else "not taxed"
    return OrderLine(
        reference=order.reference,
        account=order.account.name,
        side=order.side,
        symbol=order.security.symbol,
        planned=figures.quantity(order.quantity),
        filled=figures.quantity(order.filled_quantity),
        planned_amount=figures.money(planned),
        amount=figures.money(amount),
        difference=figures.money(amount - planned, signed=True) if ended else "",
        average="" if order.average_price is None else figures.share_price(order.average_price),
        state=order.get_state_display(),
        reason=order.end_reason,
        fills=fills,
        lots=tuple(
            LotLine(
                entry.lot.key if entry.lot else "beyond the instruction",
                figures.quantity(entry.quantity),
                figures.money(entry.proceeds),
                missing if entry.basis is None else figures.money(entry.basis),
                missing if entry.gain is None else figures.money(entry.gain, signed=True),
                TERMS.get(entry.term, entry.term),
            )
            for entry in lots
        ),
    )


def _planned(order: Order) -> Decimal:
    """What was planned for an order, in dollars: of a slice its part."""
    whole = abs(order.proposed.amount)
    return whole if order.slices == 1 else (whole * order.quantity / order.proposed.quantity).quantize(CENT)


def _cash(orders: list[Order], amounts: dict[int, Decimal]) -> list[CashLine]:
    planned: dict[str, Decimal] = defaultdict(lambda: ZERO)
    executed: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for order in orders:
        sign = 1 if order.side == "sell" else -1
        planned[order.account.name] += sign * _planned(order)
        executed[order.account.name] += sign * amounts[order.pk] - order.fees
    return [
        CashLine(
            name,
            figures.money(planned[name], signed=True),
            figures.money(executed[name], signed=True),
            figures.money(executed[name] - planned[name], signed=True),
        )
        for name in sorted(planned)
    ]


def _readings(batch: OrderBatch, orders: list[Order]) -> tuple[Reading | None, Reading | None]:
    """The household's last reading before the trade, and its last one since."""
    days = [order.block.trade_on for order in orders if order.block]
    rows = Reading.objects.filter(household=batch.revision.proposal.household).select_related("run")
    before = rows.filter(read_at__lte=batch.released_at).order_by("-read_at", "-pk").first()
    if not days:
        return before, None
    return before, rows.filter(run__market_on__gte=max(days)).order_by("-read_at", "-pk").first()


def _planned_drift(batch: OrderBatch) -> str:
    """The farthest that the plan leaves a class from its target."""
    summary = ClientSummary.objects.filter(revision=batch.revision, number=1).first()
    classes = summaries.value_of(summary).classes if summary else ()
    if not classes:
        return NOT_KNOWN
    left = max(abs(Decimal(one.after) - Decimal(one.target)) for one in classes)
    return f"{figures.weight(left, places=1)}"


def _drift(reading: Reading | None) -> str:
    if reading is None or reading.worst_drift is None:
        return NOT_KNOWN
    return f"{figures.weight(abs(reading.worst_drift), places=1)}"


def _total(gains: list[Decimal | None]) -> str:
    """A sum that is not known as soon as one part is not."""
    known = [one for one in gains if one is not None]
    if len(known) != len(gains):
        return NOT_KNOWN
    return figures.money(sum(known, ZERO), signed=True)
