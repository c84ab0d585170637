"""Somebody's word for a block that is held: that it goes because what spoke against it is over or may be accepted, or that it
no longer waits for the accounts whose sales are not over.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing import access
from rebalancing.execution import closing, day_checks, later_days, waves
from rebalancing.execution.day_checks import Against
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


def what_stands(block: Block, *, at: datetime) -> list[Against]:
    """What speaks against a block of a later day at a moment; nothing for one of its release's own day."""
    return day_checks.of(block, at=at) if later_days.is_later(block) else []


def say(block: Block, *, reason: str, by: Actor, at: datetime) -> Block:
    """Let a held block go: its next run sends what is cleared; accounts whose sales are not over are taken out.

    A block of a later day is examined again: a trader lets it go where nothing speaks against it any more, compliance also
    where a rule that it may override does. Raises `NotAllowed` for anybody else, `Conflict` where nothing is to be said or
    where what speaks against it is nobody's to accept.
    """
    if refused := access.refusal_to_let_go(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader.")
    with transaction.atomic():
        block = closing.lock_block(block)
        if why := refusal(block):
            raise Conflict(why)
        waves.clear(block, by=by, at=at)
        waves.leave_out(block, waves.waiting(block), reason=NOT_AWAITED, by=by, at=at)
        block.refresh_from_db()
        if block.state == Block.State.HELD:
            if later_days.is_later(block):
                later_days.refuse_unless_over(block, by=by, at=at)
            later_days.agree(block, reason=reason, by=by, at=at)
    return block
