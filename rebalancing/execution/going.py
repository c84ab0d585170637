"""A trader's word for a block that is held: that it goes although a check of its day speaks against it, or that it no
longer waits for the accounts whose sales are not over.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing import access
from rebalancing.execution import closing, later_days, waves
from rebalancing.models import Block

NOT_AWAITED = "Its account’s sales were not over when the block left."


def refusal(block: Block) -> str | None:
    """Why nothing is to be said about a block; None where its leaving is a trader's decision."""
    if block.state in Block.ENDED:
        return f"This block is {block.get_state_display().lower()}."
    if block.state != Block.State.HELD:
        return "Only a block that is held waits for a word."
    if block.asked_at is None and not waves.waiting(block):
        return "It leaves by itself at its moment."
    return None


def say(block: Block, *, reason: str, by: Actor, at: datetime) -> Block:
    """Let a held block go: its next run sends what is cleared; accounts whose sales are not over are taken out.

    Raises `NotAllowed` for anybody but a trader, `Conflict` where nothing is to be said.
    """
    if refused := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader.")
    with transaction.atomic():
        block = closing.lock_block(block)
        if why := refusal(block):
            raise Conflict(why)
        waves.clear(block, by=by, at=at)
        waves.leave_out(block, waves.waiting(block), reason=NOT_AWAITED, by=by, at=at)
        block.refresh_from_db()
        if block.state == Block.State.HELD:
            later_days.agree(block, reason=reason, by=by, at=at)
    return block
