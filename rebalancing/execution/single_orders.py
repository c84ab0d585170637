"""Taking one order out of a block: at once while the block has not left, by a replacement where a FIX broker has it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing import access
from rebalancing.execution import blocks, cancels, closing, replacing, waves
from rebalancing.models import Block, Order


def refusal(order: Order) -> str | None:
    """Why one order cannot be taken out of its block; None where it can."""
    if order.state in Order.ENDED:
        return f"This order is {order.get_state_display().lower()}."
    if order.block is None:
        return "It is from before there were blocks: cancel it at the custodian."
    if why := cancels.refusal(order.block):
        return why
    if order.block.state in Block.WITH_THE_BROKER:
        if order.block.filled_quantity:
            return "Part of its block is filled, and every account has its share of that. Cancel the rest of the block."
        return replacing.refusal(order.block)
    return None


def cancel(order: Order, *, reason: str, by: Actor, at: datetime) -> Order:
    """Take one order out of its block. The others go on, by a statement that is made anew before anything leaves.

    Raises `NotAllowed` for anybody but a trader, `Conflict` where it cannot be taken out.
    """
    if refused := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refused, "Ask a trader to cancel it.")
    with transaction.atomic():
        if order.block is None:
            raise Conflict(refusal(order) or "It has no block.")
        block = closing.lock_block(order.block)
        order = Order.objects.select_related("block", "batch", "account", "security").get(pk=order.pk)
        order.block = block
        if why := refusal(order):
            raise Conflict(why)
        others = [one for one in blocks.live(block) if one.pk != order.pk]
        if not others:
            cancels.cancel(block, reason=reason, by=by, at=at)
        elif block.state in Block.WITH_THE_BROKER:
            replacing.ask(
                block,
                quantity=block.quantity - order.quantity,
                limit=block.limit_price,
                reason=reason,
                by=by,
                at=at,
                without=order,
            )
        else:
            had_a_file = block.state == Block.State.READY and block.is_by_file
            waves.leave_out(block, [order], reason=reason, by=by, at=at)
            if block.state == Block.State.READY:
                closing.record_statement(block, by=by, at=at)
            if had_a_file:
                closing.write_anew(block, by=by, at=at)
        order.refresh_from_db()
    return order
