"""What is under way for a household while it is merged or split: what stands in the way, and what is called off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from clients.models import Household
from compliance.models import ProposedChange, Review, SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import Cause
from rebalancing.households.closing import orders_under_way
from rebalancing.models import Proposal
from rebalancing.proposals import proposals


def obstacles(
    households: Sequence[Household], *, door: str, parameters: dict[str, Any], typed: dict[str, str]
) -> Iterator[Cause]:
    """Orders that no file shows yet, and corrections that wait for a second person.

    The act itself may be what waits: a change of this door with these parameters, in which this was typed, is none.
    """
    for household in households:
        yield from orders_under_way(list(household.accounts.select_related("cash").order_by("name", "pk")))
    waiting = Review.objects.active().filter(
        subject_kind=SubjectKind.CORRECTION,
        household_ref__in=[household.public_id for household in households],
    )
    for review in waiting.order_by("pk"):
        change = ProposedChange.objects.filter(public_id=review.subject_id).first()
        if (
            change is not None
            and (change.door, change.parameters) == (door, parameters)
            and all(change.typed.get(name) == value for name, value in typed.items())
        ):
            continue
        yield Cause(
            input=review.public_id,
            sentence=f"{review.title} waits for a second person. Have it decided, or withdraw it.",
        )


def call_off(household: Household, *, reason: str, by: Actor, at: datetime) -> list[str]:
    """Withdraw what is open and not released, which was made for other accounts, and return the proposals' ids."""
    found = list(household.proposals.filter(state__in=Proposal.OPEN_STATES).order_by("pk"))
    for proposal in found:
        proposals.withdraw(proposal, reason=reason, by=by, at=at)
    return [one.public_id for one in found]
