"""Orders that did not trade: asked about, known, or timed out. They count for nothing from then on.

An exported order is an estimate until fills or the custodian's files show it. Without this an order that was rejected at
the custodian stays in the year's gains, in budgets, in wash windows and in the next plan for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from compliance.audit_trail import audit
from compliance.firm import firm_settings, order_figures
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing import access, market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.execution import blocks, closing, traces
from rebalancing.models import Block
from rebalancing.models.blocks import FILE_ROUTE

HOW = {
    Block.State.EXPIRED: "It expired at the end of its day",
    Block.State.REJECTED: "The custodian rejected it",
    Block.State.CANCELED: "It was canceled at the custodian",
}
TIMED_OUT = "Neither a fill nor a custodian file has told anything of it."
NOT_TAKEN = "Nobody took its file on its day, and the custodian’s files do not show it."


@dataclass(frozen=True, slots=True)
class Question:
    """A block whose fills should be known by now: how many market days after its own, and what was looked at."""

    block: Block
    days: int
    timed_out: bool
    sentence: str


def questions(blocks_out: Iterable[Block], *, at: datetime) -> list[Question]:
    """What is to be asked about these blocks, the oldest first."""
    today = market_days.last_close(at)
    figures = firm_settings.in_force(on=market_days.new_york_date(at))
    asked_after, out_after = figures.of(order_figures.ASKED_AFTER), figures.of(order_figures.TIMED_OUT_AFTER)
    due = {
        block: days
        for block in blocks_out
        if block.state in Block.WITH_THE_BROKER
        and not block.filled_quantity
        and (days := _sessions_since(block.trade_on, today)) >= asked_after
    }
    evidence = traces.of_blocks(due)
    found = [
        _question(block, days, evidence[block.pk], out_after)
        for block, days in due.items()
        # A FIX session tells the fills of what the files show; of a file nobody does but its trader.
        if block.is_by_file or not evidence[block.pk].is_shown
    ]
    return sorted(found, key=lambda one: (one.block.trade_on, one.block.pk))


def _question(block: Block, days: int, evidence: traces.Evidence, out_after: int) -> Question:
    custodian, since = (
        block.get_custodian_display(),
        f"{days} market day{'' if days == 1 else 's'} after its own",
    )
    if evidence.is_shown:
        sentence = f"{since}, the holdings at {custodian} show it and no file tells its trades: enter what it was filled with."
    elif evidence.unknown:
        sentence = f"{since}, {evidence.unknown} of {evidence.orders} accounts have no file of {custodian} of that day."
    elif evidence.seen:
        sentence = (
            f"{since}, the files of {custodian} show it in {evidence.seen} of {evidence.orders} accounts."
        )
    else:
        sentence = f"{since}, no file of {custodian} shows it and no fill came."
    # Silence is no answer: only files of its day or later that show nothing end an order.
    timed_out = days >= out_after and not evidence.unknown and not evidence.seen
    return Question(block, days, timed_out, sentence)


def say(block: Block, *, how: str, reason: str, by: Actor, at: datetime) -> Block:
    """A trader says that nothing of a block traded, and how it ended.

    Raises `NotAllowed` for anybody but a trader, `Conflict` for a block that has not left, has fills, or is over.
    """
    if refused := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader to say so.")
    with transaction.atomic():
        block = closing.lock_block(block)
        if why := refusal(block):
            raise Conflict(why)
        _end(block, Block.State(how), reason=reason, by=by, at=at)
    return block


def refusal(block: Block) -> str | None:
    """Why it cannot be said that a block did not trade; None where it can."""
    if block.state in Block.ENDED:
        return f"This block is {block.get_state_display().lower()}."
    if block.state in Block.UNSENT:
        return "It has not left yet: cancel it."
    return "Part of it was filled; its fills say how it ended." if block.filled_quantity else None


def time_out(*, by: Actor, at: datetime) -> int:
    """End the blocks that the firm gave up on, and those whose file nobody took on its day; a second run finds none."""
    ended = _not_taken(by=by, at=at)
    out = Block.objects.filter(state__in=Block.WITH_THE_BROKER, filled_quantity=0).select_related("release")
    for question in questions(out, at=at):
        if not question.timed_out:
            continue
        with transaction.atomic():
            block = closing.lock_block(question.block)
            if refusal(block) is None:
                _end(block, Block.State.EXPIRED, reason=TIMED_OUT, by=by, at=at)
                ended += 1
    return ended


def _not_taken(*, by: Actor, at: datetime) -> int:
    """Cancel the blocks whose day is over and whose file nobody took, once the custodian's files of that day show nothing.

    Somebody may have carried it there by another way: until the files say otherwise the block stays.
    """
    over = [
        block
        for block in Block.objects.filter(state=Block.State.READY, route=FILE_ROUTE).select_related("release")
        if market_days.closed_at(block.trade_on) <= at
    ]
    evidence = traces.of_blocks(over)
    ended = 0
    for block in over:
        if evidence[block.pk].unknown or evidence[block.pk].seen:
            continue
        with transaction.atomic():
            block = closing.lock_block(block)
            if block.state != Block.State.READY:
                continue
            blocks.cancel(block, reason=NOT_TAKEN, by=by, at=at)
            closing.write_anew(block, by=by, at=at)
            ended += 1
    return ended


def _end(block: Block, how: Block.State, *, reason: str, by: Actor, at: datetime) -> None:
    ended = blocks.end_untraded(block, how=how, reason=reason, at=at)
    audit.record(
        audit.Action.ORDER_NOT_TRADED,
        about=block,
        by=by,
        at=at,
        reference=block.reference,
        how=str(how),
        reason=reason,
        orders=[order.reference for order in ended],
    )


def _sessions_since(trade_on: date, today: date) -> int:
    """Market days from an order's own to the last one that has closed."""
    if today < trade_on:
        return -1
    return len(new_york().sessions_between(trade_on, today)) - 1
