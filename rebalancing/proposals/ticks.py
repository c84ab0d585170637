"""Ticks: who says that they looked at an account's trades of a revision. They are kept on the trail, and nothing waits for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from compliance.statements.reads import prepared
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Proposal, Revision
from rebalancing.proposals import revisions

Row = tuple[str, str, str, datetime, str]
AGAIN = "Open the proposal again and look at the trades of the revision in review."


@dataclass(frozen=True, slots=True)
class Tick:
    """One person's tick on one account of a revision."""

    account: str
    person_ref: str
    name: str
    at: datetime


@prepared
def events(proposal: str) -> QuerySet[AuditEvent, Row]:
    """What the trail says of ticks on a proposal, the first first."""
    found = AuditEvent.objects.filter(
        about_kind="proposal", about_id=proposal, action__in=(Action.TRADES_TICKED, Action.TRADES_UNTICKED)
    )
    return found.order_by("seq").values_list("action", "person_ref", "actor_label", "occurred_at", "facts")


def of(revision: Revision) -> tuple[Tick, ...]:
    """The ticks that stand on a revision."""
    return standing(revision, events.rows(revision.proposal.public_id))


def standing(revision: Revision, found: Iterable[Row]) -> tuple[Tick, ...]:
    """The ticks that stand on a revision by these events, the first first: what each person said last of an account counts."""
    ticks: dict[tuple[str, str], Tick] = {}
    for action, person, name, at, told in found:
        facts = json.loads(told)
        if facts["revision"] != revision.number:
            continue
        place = (person, facts["account"])
        if action == Action.TRADES_UNTICKED:
            ticks.pop(place, None)
        else:
            ticks[place] = Tick(facts["account"], person, name, at)
    return tuple(ticks.values())


def nobody_ticked(revision: Revision, plan: Plan) -> list[str]:
    """The accounts that trade and that nobody has ticked, by their ids."""
    ticked = {one.account for one in of(revision)}
    return sorted({order.account for order in plan.orders} - ticked)


def put(revision: Revision, account: str, *, is_looked_at: bool, by: Actor, at: datetime) -> None:
    """Tick an account's trades, or take one's own tick back. What already stands so changes nothing.

    Raises `NotAllowed` for a program, `BadInput` for an account without trades here, `Conflict` where this revision is not
    the one in review.
    """
    if by.is_token:
        raise NotAllowed("Only a signed-in person can say that they looked.", "Sign in and look yourself.")
    if account not in {order.account for order in revisions.plan_of(revision).orders}:
        raise BadInput("This revision trades nothing in that account.", AGAIN)
    proposal = revision.proposal
    if proposal.state not in Proposal.OPEN_STATES:
        raise Conflict(f"This proposal is {proposal.get_state_display().lower()}.")
    if proposal.revisions.filter(number__gt=revision.number).exists():
        raise Conflict("Another revision took the place of the one that you looked at.", AGAIN)
    mine = {one.account for one in of(revision) if one.person_ref == by.person_ref}
    if is_looked_at == (account in mine):
        return
    with transaction.atomic():
        audit.record(
            Action.TRADES_TICKED if is_looked_at else Action.TRADES_UNTICKED,
            about=proposal,
            by=by,
            at=at,
            revision=revision.number,
            account=account,
            fingerprint=revision.fingerprint,
        )
