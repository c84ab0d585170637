"""What a custodian confirmed on paper or by telephone: fills that a trader enters, of blocks that go by file.

Some custodians' files bring holdings and no trades. Without this their orders would stay estimates for good, and every
one of them a difference of positions.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from compliance.audit_trail import audit
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing import access, market_days
from rebalancing.execution import closing
from rebalancing.execution.reports import Kind, Report
from rebalancing.fills import dividing, fills
from rebalancing.models import Block, Fill

ZERO = Decimal(0)
PREFIX = "hand:"


@transaction.atomic
@audit.lines_last()
def enter(
    block: Block, *, shares: Decimal, price: Decimal, is_all: bool, reason: str, by: Actor, at: datetime
) -> Block:
    """Put what was traded of a block on record: shares at an average of dollars a share; `is_all` where no more comes.

    Raises `NotAllowed` for anybody but a trader, `Conflict` for a block whose fills come otherwise or that is over, and
    `BadInput` for more shares than are left.
    """
    if refused := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader to enter it.")
    block = closing.lock_block(block)
    if why := refusal(block, at=at):
        raise Conflict(why)
    if not ZERO < shares <= block.leaves_quantity:
        raise BadInput(
            f"{block.leaves_quantity.normalize():f} shares are left of this block.",
            "Type what was traded of them.",
        )
    if price <= ZERO:
        raise BadInput("A price is more than zero.", "Type the dollars a share that the custodian confirmed.")
    number = block.fills.filter(exec_id__startswith=PREFIX).count() + 1
    moment = min(at, market_days.closed_at(block.trade_on))
    name = f"{PREFIX}{block.reference}:{number}"
    fill = Report(
        broker=block.custodian,
        reference=block.reference,
        exec_id=name,
        kind=Kind.FILL,
        symbol=block.security.symbol,
        side=block.side,
        trade_on=block.trade_on,
        transacted_at=moment,
        quantity=shares,
        price=price,
        text=reason.strip()[:500],
    )
    ends = is_all and shares < block.leaves_quantity
    fills.take(fill, by=by, at=at)
    if ends:
        done = replace(fill, exec_id=f"{name}:done", kind=Kind.DONE_FOR_DAY, quantity=ZERO, price=None)
        fills.take(done, by=by, at=at)
    block.refresh_from_db()
    return block


def refusal(block: Block, *, at: datetime) -> str | None:
    """Why nobody can enter a fill of this block; None where a trader can."""
    if not block.is_by_file:
        return "Its broker reports its fills itself; a wrong one is matched or reversed as a break."
    if block.state in Block.ENDED:
        return f"This block is {block.get_state_display().lower()}."
    if block.allocation_written_at is None or block.state in (Block.State.GATHERING, Block.State.HELD):
        return "It has not left yet."
    if at < market_days.opened_at(block.trade_on):
        return "Its market day has not begun."
    if block.fills.filter(order__isnull=False).exists():
        return "The custodian’s files tell its fills account by account."
    return None


def parts(block: Block, shares: Decimal, price: Decimal) -> dict[str, Decimal]:
    """The shares each order of a block has once these are filled too, by its reference, changing nothing."""
    orders = {
        one.reference: one.quantity
        for one in block.orders.exclude(state__in=("canceled", "rejected")).order_by("pk")
    }
    filled = block.filled_quantity + shares
    divided = dividing.divide(orders, filled, (filled * price).quantize(Decimal("0.01")))
    return {reference: part.shares for reference, part in divided.parts.items()}


def entered(blocks: Collection[int]) -> frozenset[int]:
    """Those of these blocks, by their keys, of which fills were entered and stand."""
    mine = Fill.objects.filter(block__in=blocks, exec_id__startswith=PREFIX, kind=str(Kind.FILL))
    taken_back = set(
        Fill.objects.filter(block__in=blocks, corrects__startswith=PREFIX, kind=str(Kind.BUSTED)).values_list(
            "corrects", flat=True
        )
    )
    return frozenset(
        block
        for block, exec_id in mine.values_list("block", "exec_id")
        if block is not None and exec_id not in taken_back
    )
