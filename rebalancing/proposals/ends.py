"""How a released proposal ended, as a function of how its orders did; part of whatever ends an order or opens it again.

The database refuses a state that the orders do not bear out, and `verify_audit` compares both once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.client_reports import telling
from rebalancing.models import Order, OrderBatch, Proposal

DESK = Actor.system("orders")
State = Proposal.State
WHY = {
    State.RELEASED: "A report came after the end: an order of it is open again.",
    State.FILLED: "Every order was filled.",
    State.NOT_TRADED: "Nothing of its orders traded.",
}
REOPENED = "reopened"
"""What a proposal became whose orders had ended and have not any more."""


def state_of(orders: Iterable[Order]) -> str:
    """Released while an order is open; then filled, part filled, or nothing traded."""
    known = list(orders)
    if not known or any(order.state not in Order.ENDED for order in known):
        return str(State.RELEASED)
    if all(order.state == Order.State.FILLED for order in known):
        return str(State.FILLED)
    return str(State.PART_FILLED if any(order.filled_quantity for order in known) else State.NOT_TRADED)


def settle(batch: OrderBatch, orders: Iterable[Order], *, at: datetime) -> None:
    """Bring the batch's proposal to the state that its orders are in, with a line of its own. Twice is as good as once."""
    known = list(orders)
    became = state_of(known)
    proposal = Proposal.objects.select_for_update().get(revisions__batch=batch)
    # While the release itself goes on, the proposal is still approved.
    if proposal.state not in Proposal.SENT_STATES:
        return
    if became in Proposal.ENDED_BY_ORDERS:
        telling.ask(proposal, at=at)
    if proposal.state == became:
        return
    proposal.state = became
    proposal.save(update_fields=["state"])
    audit.record(
        audit.Action.PROPOSAL_ENDED,
        about=proposal,
        by=DESK,
        at=at,
        became=REOPENED if became == State.RELEASED else became,
        why=_why(became, known),
        orders={order.reference: str(order.state) for order in known},
    )


def _why(became: str, orders: list[Order]) -> str:
    if said := WHY.get(State(became)):
        reasons = dict.fromkeys(order.end_reason.rstrip(".") for order in orders if order.end_reason)
        told = f" {'; '.join(reasons)}." if became == State.NOT_TRADED and reasons else ""
        return f"{said}{told}"
    missing = [order for order in orders if order.state != Order.State.FILLED]
    return f"{len(missing)} of {len(orders)} orders did not trade in full."
