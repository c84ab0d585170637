"""Brings a block and its orders to where their reports say they stand: states, quantities, allocation, lots, breaks.

Called with the block locked, in the transaction of whatever changed its reports. Running it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from clients.securities import names
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.execution import outcomes, replacing
from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import breaks, dividing, folding, lots
from rebalancing.fills.dividing import Part
from rebalancing.fills.folding import Fault, Flaw, Folded, Ordered, State
from rebalancing.fills.kept import report_of
from rebalancing.models import Allocation, AllocationPart, Block, Break, ExecutedLot, Fill, Order

ZERO = Decimal(0)
TWICE = "twice"
DESK = Actor.system("broker reports")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a block and each of its orders stand. `parts` are by the order's reference."""

    folded: Folded
    parts: Mapping[str, Part]
    states: Mapping[str, State]
    excess: Part
    deviates: bool
    faults: tuple[tuple[Order | None, Fault], ...]


def settle(block: Block, *, at: datetime) -> Standing:
    """Write where a block stands. The caller holds its lock and writes the line of what changed."""
    reports = list(block.fills.select_related("order__account"))
    if replacing.pending(block) is not None:
        replacing.answered(block, reports, filled=_filled(block, reports), at=at)
    orders = members(block)
    last = block.allocations.order_by("-number").first()
    found = standing(block, orders, reports, minimum=last.minimum if last else ZERO)
    state = _state(block, found.folded.state, reports)
    ended = state in Block.ENDED
    _write_block(block, found, state, reports, at=at)
    for order in orders:
        _write_order(block, order, found, ended=ended, at=at)
    outcomes.settle((order.batch_id for order in orders), at=at)
    allocation = _allocate(block, orders, found, last, ended=ended, at=at)
    entered = lots.settle(block, orders, found.parts if ended else {}, allocation, at=at)
    if allocation is not None and (entered or allocation != last):
        record(block, allocation, entered, is_new=allocation != last, at=at)
    # The broker has it on other terms than it was asked for: a person decides what is done about that.
    told = replacing.other_terms(block, reports)
    of_terms = ((None, Fault(Flaw.OTHER_TERMS, "", told)),) if told else ()
    _tell(block, (*found.faults, *of_terms), at=at)
    return found


def _filled(block: Block, rows: Sequence[Fill]) -> Decimal:
    """Shares of a block that are filled by these reports."""
    return standing(block, members(block), rows).folded.filled


def record(
    block: Block,
    allocation: Allocation,
    entered: Sequence[ExecutedLot],
    *,
    is_new: bool,
    at: datetime,
    by: Actor = DESK,
) -> None:
    """The line of a block's allocation and of the lots that were entered with it."""
    audit.record(
        audit.Action.BLOCK_ALLOCATED,
        about=block,
        by=by,
        at=at,
        sealing=[
            *([("allocation", allocation.pk), ("allocation_parts", allocation.pk)] if is_new else []),
            *(("executed_lot", one.pk) for one in entered),
        ],
        number=allocation.number,
        quantity=allocation.quantity,
        amount=allocation.amount,
        minimum=allocation.minimum,
        reason=allocation.reason,
    )


def standing(
    block: Block, orders: Sequence[Order], rows: Sequence[Fill], *, minimum: Decimal = ZERO
) -> Standing:
    """Where a block stands after these reports, changing nothing.

    A broker knows either the block, which is divided by its statement, or single accounts, which have what it says.
    """
    now = names.now_called(block.security)

    def told(key: int | None) -> list[Report]:
        reports = [report_of(row) for row in rows if row.order_id == key]
        return [replace(one, symbol=now.get(one.symbol, one.symbol)) for one in reports]

    of_block, of_orders = told(None), {order.pk: told(order.pk) for order in orders}
    by_account = any(one.kind in folding.TRADED for some in of_orders.values() for one in some)
    by_block = any(one.kind in folding.TRADED for one in of_block)
    if by_account and not by_block:
        return _by_account(block, orders, of_block, of_orders)
    folded = folding.fold(_ordered(block, block.quantity), of_block)
    divided = dividing.divide(
        {order.reference: order.quantity for order in orders}, folded.filled, folded.cents, minimum=minimum
    )
    faults: list[tuple[Order | None, Fault]] = [(None, one) for one in folded.faults]
    if by_account:
        faults.append(
            (None, Fault(Flaw.CONTRADICTS, TWICE, "It was filled as a block and account by account too."))
        )
    return Standing(
        folded=folded,
        parts=divided.parts,
        states={
            order.reference: _of_part(folded.state, divided.parts[order.reference].shares, order.quantity)
            for order in orders
        },
        excess=divided.excess,
        deviates=divided.deviates,
        faults=tuple(faults),
    )


def members(block: Block) -> list[Order]:
    """The orders that were sent with a block: whoever was canceled before its statement was written is none of them."""
    found = block.orders.select_related("account", "proposed").defer("account__number").order_by("pk")
    written, taken_out = block.allocation_written_at, replacing.taken_out(block)
    return [
        one
        for one in found
        if one.pk not in taken_out
        and not (
            one.state == Order.State.CANCELED
            and one.ended_at is not None
            and (written is None or one.ended_at <= written)
        )
    ]


def _by_account(
    block: Block,
    orders: Sequence[Order],
    of_block: Sequence[Report],
    of_orders: Mapping[int, Sequence[Report]],
) -> Standing:
    """Each order as the broker has it; the block is their sum."""
    folds = {
        order.reference: folding.fold(
            _ordered(block, order.quantity), [*of_orders[order.pk], *_without_counts(of_block)]
        )
        for order in orders
    }
    filled = sum((one.filled for one in folds.values()), ZERO)
    total = sum((one.total for one in folds.values()), ZERO)
    parts = {order.reference: _capped(folds[order.reference], order.quantity) for order in orders}
    excess = sum((one.filled for one in folds.values()), ZERO) - sum(
        (one.shares for one in parts.values()), ZERO
    )
    beyond = sum((one.cents for one in folds.values()), ZERO) - sum(
        (one.amount for one in parts.values()), ZERO
    )
    states = {name: one.state for name, one in folds.items()}
    average = (total / filled).quantize(Decimal("0.0001")) if filled else None
    return Standing(
        folded=Folded(_together(list(states.values())), filled, total, average),
        parts=parts,
        states=states,
        excess=Part(excess, beyond, ZERO),
        deviates=False,
        faults=tuple((order, fault) for order in orders for fault in folds[order.reference].faults),
    )


def _capped(folded: Folded, quantity: Decimal) -> Part:
    if folded.filled <= quantity:
        return Part(folded.filled, folded.cents, ZERO)
    divided = dividing.divide({"order": quantity}, folded.filled, folded.cents)
    return divided.parts["order"]


def _without_counts(reports: Sequence[Report]) -> list[Report]:
    """What is said of the block holds for each of its orders, but not its counts."""
    return [
        Report(
            broker=one.broker, reference=one.reference, exec_id=one.exec_id, kind=one.kind, symbol=one.symbol,
            side=one.side, trade_on=one.trade_on, transacted_at=one.transacted_at, text=one.text,
        )
        for one in reports
    ]  # fmt: skip


def _together(states: Sequence[State]) -> State:
    """The state of a block whose orders the broker fills one by one."""
    kinds = set(states)
    if kinds == {State.FILLED}:
        return State.FILLED
    traded = kinds & {State.FILLED, State.PART_FILLED, State.PARTLY_FILLED}
    if all(one.is_end for one in states):
        return State.PART_FILLED if traded else min(kinds)
    if traded:
        return State.PARTLY_FILLED
    return State.WORKING if kinds != {State.SILENT} else State.SILENT


def _ordered(block: Block, quantity: Decimal) -> Ordered:
    limit = replacing.widest_limit(block)
    return Ordered(block.security.symbol, block.side, quantity, limit, block.trade_on)


def _of_part(state: State, shares: Decimal, quantity: Decimal) -> State:
    """An order's state by its part of the block. A part of the block can leave an account without a share."""
    if shares >= quantity:
        return State.FILLED
    if shares > ZERO:
        return State.PART_FILLED if state.is_end else State.PARTLY_FILLED
    if state in (State.PART_FILLED, State.FILLED):
        return State.EXPIRED
    return State.WORKING if state is State.PARTLY_FILLED else state


def _state(block: Block, folded: State, rows: Sequence[Fill]) -> str:
    """The block's state: what its reports say, unless the desk has ended it without the broker's word."""
    if folded is State.SILENT:
        return str(block.state)
    was_ended = block.state in (
        *(Block.State.PART_FILLED, Block.State.REJECTED, Block.State.CANCELED, Block.State.EXPIRED),
    )
    by_broker = any(Kind(row.kind) in folding.ENDS for row in rows)
    if was_ended and not by_broker and not folded.is_end:
        return str(Block.State.PART_FILLED if folded is State.PARTLY_FILLED else block.state)
    return str(folded)


def _write_block(block: Block, found: Standing, state: str, rows: Sequence[Fill], *, at: datetime) -> None:
    was_ended = block.state in Block.ENDED
    block.state = state
    block.filled_quantity = min(found.folded.filled, block.quantity)
    block.average_price = found.folded.average if block.filled_quantity else None
    if state in Block.ENDED:
        block.ended_at = block.ended_at if was_ended and block.ended_at else at
        said = [row.text for row in rows if Kind(row.kind) in folding.ENDS and row.text]
        block.end_reason = (said[-1] if said else block.end_reason)[:300]
    else:
        block.ended_at, block.end_reason = None, ""
    block.save(update_fields=["state", "filled_quantity", "average_price", "ended_at", "end_reason"])


def _write_order(block: Block, order: Order, found: Standing, *, ended: bool, at: datetime) -> None:
    part, state = found.parts[order.reference], found.states[order.reference]
    if state is State.SILENT:
        return
    if ended and not state.is_end:
        state = (
            State.PART_FILLED
            if part.shares
            else State(block.state)
            if not block.filled_quantity
            else State.EXPIRED
        )
    was_ended = order.state in Order.ENDED
    order.state = str(state)
    order.filled_quantity = part.shares
    order.average_price = _average(found, part) if part.shares else None
    order.fees = part.cost
    if state.is_end:
        order.ended_at = order.ended_at if was_ended and order.ended_at else at
        order.end_reason = block.end_reason
    else:
        order.ended_at, order.end_reason = None, ""
    order.save(update_fields=["state", "filled_quantity", "average_price", "fees", "ended_at", "end_reason"])


def _average(found: Standing, part: Part) -> Decimal | None:
    """Everyone in a block has its one average price; where the broker fills accounts, each has its own."""
    if found.folded.executions:
        return found.folded.average
    return (part.amount / part.shares).quantize(Decimal("0.000001"))


def _allocate(
    block: Block,
    orders: Sequence[Order],
    found: Standing,
    last: Allocation | None,
    *,
    ended: bool,
    at: datetime,
) -> Allocation | None:
    """The allocation of an ended block: a new number where it differs from the last one."""
    if not ended or (last is None and not found.folded.filled):
        return last
    parts = {order.pk: found.parts[order.reference] for order in orders}
    if last is not None:
        before = {one.order_id: (one.quantity, one.amount, one.cost) for one in last.parts.all()}
        now = {key: (one.shares, one.amount, one.cost) for key, one in parts.items()}
        if before == now and last.excess_quantity == found.excess.shares:
            return last
    return store_allocation(
        block,
        parts,
        found,
        number=last.number + 1 if last else 1,
        minimum=last.minimum if last else ZERO,
        reason=last.reason if last else "",
        made_by_id=None,
        at=at,
    )


def store_allocation(
    block: Block,
    parts: Mapping[int, Part],
    found: Standing,
    *,
    number: int,
    minimum: Decimal,
    reason: str,
    made_by_id: int | None,
    at: datetime,
) -> Allocation:
    """The next allocation of a block with its parts."""
    made = Allocation.objects.create(
        block=block,
        number=number,
        quantity=found.folded.filled,
        amount=sum((one.amount for one in parts.values()), found.excess.amount),
        cost=sum((one.cost for one in parts.values()), found.excess.cost),
        average_price=found.folded.average,
        excess_quantity=found.excess.shares,
        excess_amount=found.excess.amount,
        minimum=minimum,
        reason=reason,
        made_at=at,
        made_by_id=made_by_id,
    )
    AllocationPart.objects.bulk_create(
        AllocationPart(allocation=made, order_id=key, quantity=one.shares, amount=one.amount, cost=one.cost)
        for key, one in parts.items()
    )
    return made


def _tell(block: Block, faults: Sequence[tuple[Order | None, Fault]], *, at: datetime) -> None:
    """Each fault is a break in the queue of fills; what is gone ends."""
    by_id = {row.exec_id: row for row in block.fills.all()}
    on = market_days.new_york_date(at)
    breaks.settle(
        [
            breaks.Found(
                queue=Break.Queue.FILLS,
                cause=str(fault.flaw),
                about=f"{order.reference if order else block.reference} {fault.flaw} {fault.exec_id}",
                sentence=f"{block.side.capitalize()} {block.security.symbol}, {block.reference}: {fault.sentence}",
                account=order.account if order else None,
                security=block.security,
                block=block,
                order=order,
                fill=by_id.get(fault.exec_id),
            )
            for order, fault in faults
        ],
        among=Break.objects.filter(
            block=block, queue=Break.Queue.FILLS, cause__in=[str(one) for one in Flaw], ended_at=None
        ),
        on=on,
        at=at,
    )
