"""A block divided otherwise than pro rata: with a smallest allocation, for a reason that is written down."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.fills import standings
from rebalancing.models import Allocation, Block

ZERO = Decimal(0)


@transaction.atomic
@audit.lines_last()
def with_minimum(
    block: Block, *, minimum: Decimal, reason: str, user_id: int, by: Actor, at: datetime
) -> Allocation:
    """Divide an ended block anew so that nobody gets less than `minimum` shares; zero makes it pro rata again.

    Raises `Conflict` for a block that is still worked, `BadInput` without a reason or where nothing would change.
    """
    block = Block.objects.select_for_update(of=("self",)).select_related("security").get(pk=block.pk)
    last = block.allocations.order_by("-number").first()
    if block.state not in Block.ENDED or last is None or not block.filled_quantity:
        raise Conflict(
            "Only a block that has ended with a fill is divided.", "Wait until its broker is done."
        )
    if not reason.strip():
        raise BadInput("A departure from pro rata needs its reason.", "Say why it is fair to every account.")
    if minimum < ZERO or minimum == last.minimum:
        raise BadInput("Nothing is changed.", "Type another smallest allocation, or leave the page.")
    orders = standings.members(block)
    found = standings.standing(
        block, orders, list(block.fills.select_related("order__account")), minimum=minimum
    )
    parts = {order.pk: found.parts[order.reference] for order in orders}
    made = standings.store_allocation(
        block,
        parts,
        found,
        number=last.number + 1,
        minimum=minimum,
        reason=reason.strip()[:500],
        made_by_id=user_id,
        at=at,
    )
    standings.record(block, made, (), is_new=True, by=by, at=at)
    standings.settle(block, at=at)
    return made


def preview(block: Block, minimum: Decimal) -> dict[str, Decimal]:
    """What each order of a block would get, by its reference, changing nothing."""
    orders = standings.members(block)
    found = standings.standing(
        block, orders, list(block.fills.select_related("order__account")), minimum=minimum
    )
    return {name: part.shares for name, part in found.parts.items()}
