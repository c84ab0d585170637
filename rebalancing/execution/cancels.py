"""Taking a block back: at once while it has not left, by asking its broker where a FIX session can, and else honestly not.

A file that was handed out cannot be called back from here: the trader cancels at the custodian and then says what
happened (see `untraded`).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing import access
from rebalancing.execution import blocks, closing
from rebalancing.models import Block


def refusal(block: Block) -> str | None:
    """Why a block cannot be taken back from here; None where it can."""
    if block.state in Block.ENDED:
        return f"This block is {block.get_state_display().lower()}."
    if block.state == Block.State.GATHERING:
        return "This block is still being put together."
    if block.state in Block.WITH_THE_BROKER and block.is_by_file:
        return (
            "Its file was handed out, and a file cannot be called back. Cancel it at the custodian, then say here "
            "that it did not trade."
        )
    if block.cancel_asked_at is not None:
        return "The broker has been asked to cancel it and has not answered yet."
    return None


def later_slices(block: Block) -> list[Block]:
    """What the same release still holds of the same trade for later sessions."""
    return list(
        Block.objects.select_for_update(of=("self",))
        .filter(
            release=block.release_id,
            security=block.security_id,
            side=block.side,
            custodian=block.custodian,
            state=Block.State.HELD,
            trade_on__gt=block.trade_on,
        )
        .select_related("release", "security")
        .order_by("trade_on", "pk")
    )


def cancel(block: Block, *, reason: str, by: Actor, at: datetime, also_later: bool = False) -> Block:
    """Cancel a block that has not left, or ask its broker for it; with `also_later` the slices of later days too.

    Raises `NotAllowed` for anybody but a trader, `Conflict` where it cannot be taken back.
    """
    if refused := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader to cancel it.")
    with transaction.atomic():
        block = closing.lock_block(block)
        if why := refusal(block):
            raise Conflict(why)
        if also_later:
            for one in later_slices(block):
                blocks.cancel(one, reason=reason, by=by, at=at)
        if block.state not in Block.UNSENT:
            blocks.ask_to_cancel(block, reason=reason, by=by, at=at)
            return block
        had_a_file = block.state == Block.State.READY and block.is_by_file
        blocks.cancel(block, reason=reason, by=by, at=at)
        if had_a_file:
            closing.write_anew(block, by=by, at=at)
    return block
