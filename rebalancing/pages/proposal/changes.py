"""What a revision changed against the one before it: trades added, removed and changed, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from compliance.statements.reads import Asked, prepared
from rebalancing.engine.documents.plan import Order, Plan
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import moves, pinned, revisions, staleness
from rebalancing.proposals.moves import Move

BY_MACHINE = (audit.Action.PROPOSAL_REPRICED, audit.Action.PROPOSAL_REFRESHED)
PRICES_MAX = 12
LOOKS_MAX = 200


@dataclass(frozen=True, slots=True)
class ChangedOrder:
    """One order that differs. Shares None: it is not there on that side; the same on both: it sells other lots."""

    how: str
    account: str
    side: str
    symbol: str
    shares_before: Decimal | None
    shares_after: Decimal | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference from revision `base`. Tax in dollars, drift as a fraction of one.

    `looked_at` is when this person last opened that revision, None where they opened none before this one and it is the
    revision before. `inputs` says what this one was made on that `base` was not, prices apart.

    `prices` are those of what is held or traded that moved furthest, `prices_more` how many moved besides. `why` is the
    machine's reason for a revision that it made by itself, empty for a person's; `approval_fell` whether the revision before
    was approved.
    """

    base: int
    orders: tuple[ChangedOrder, ...]
    tax_before: Decimal
    tax_after: Decimal
    drift_before: Decimal
    drift_after: Decimal
    inputs_are_the_same: bool
    looked_at: datetime | None = None
    inputs: tuple[str, ...] = ()
    prices: tuple[Move, ...] = ()
    prices_more: int = 0
    why: str = ""
    approval_fell: bool = False


def asked(user: Any, stored: Stored) -> Iterator[Asked | None]:
    """What `since_last_look` asks, to be sent with other questions."""
    if stored.revision.number > 1:
        yield looks.asked(stored.proposal.public_id, Actor.person(user).person_ref)


def since_last_look(user: Any, stored: Stored) -> Changes | None:
    """The difference from the last other revision before this one that this person opened, or, where they opened none, from the
    revision before. Nothing for the first revision."""
    if stored.revision.number == 1:
        return None
    found = _last_look(user, stored)
    return since_previous(stored) if found is None else _against(stored, *found)


def since_previous(stored: Stored) -> Changes | None:
    """The difference from the revision before. Nothing for the first revision."""
    number = stored.revision.number
    return None if number == 1 else _against(stored, number - 1, None)


def _against(stored: Stored, number: int, looked_at: datetime | None) -> Changes:
    revision, plan, names = stored.revision, stored.plan, stored.account_names
    base = stored.proposal.revisions.select_related("policy").get(number=number)
    earlier, before = revisions.plan_of(base), revisions.household_of(base)
    inputs = staleness.inputs_apart(
        base, before, revision, stored.household, orders=(*earlier.orders, *plan.orders)
    )
    moved = moves.prices(before, stored.household, traded=earlier.orders)
    told = _by_machine(stored)
    return Changes(
        base=base.number,
        orders=between(earlier, plan, names),
        tax_before=earlier.tax_change,
        tax_after=plan.tax_change,
        drift_before=earlier.after.drift,
        drift_after=plan.after.drift,
        inputs_are_the_same=not moved and not inputs,
        looked_at=looked_at,
        inputs=tuple(str(one) for one in inputs),
        prices=moved[:PRICES_MAX],
        prices_more=max(0, len(moved) - PRICES_MAX),
        why=str(told.get("why", "")),
        approval_fell=bool(told.get("approval_fell", False)),
    )


def _last_look(user: Any, stored: Stored) -> tuple[int, datetime] | None:
    """The last revision before this one that somebody opened, and when."""
    found = looks.rows(stored.proposal.public_id, Actor.person(user).person_ref)
    opened = ((int(json.loads(facts).get("revision", 0)), at) for facts, at in found)
    before = [one for one in opened if 0 < one[0] < stored.revision.number]
    return max(before, default=None)


@prepared
def looks(proposal: str, person: str) -> QuerySet[AuditEvent, tuple[str, datetime]]:
    """When somebody opened a proposal, the last first, with what the trail says of it."""
    found = AuditEvent.objects.filter(
        about_kind="proposal", about_id=proposal, person_ref=person, action=audit.Action.PROPOSAL_VIEWED
    )
    return found.order_by("-seq").values_list("facts", "occurred_at")[:LOOKS_MAX]


def _by_machine(stored: Stored) -> dict[str, object]:
    """What the trail says of this revision, where the machine made it by itself."""
    made = audit.trail(about=stored.proposal).filter(action__in=BY_MACHINE).values_list("facts", flat=True)
    facts = (json.loads(one) for one in made)
    return next((one for one in facts if one["revision"] == stored.revision.number), {})


def between(earlier: Plan, plan: Plan, names: dict[str, str]) -> tuple[ChangedOrder, ...]:
    """The orders that are not there, or for other shares or lots, in the other plan; `names` are those of the accounts."""
    before, after = _by_place(earlier), _by_place(plan)
    old, new = pinned.traded(earlier), pinned.traded(plan)
    return tuple(
        _changed(before.get(place), after.get(place), names)
        for place in dict.fromkeys((*after, *before))
        if old.get(place) != new.get(place)
    )


def _by_place(plan: Plan) -> dict[tuple[str, str, str], Order]:
    """A plan's orders by account, security and side."""
    return {(order.account, order.security, order.side.value): order for order in plan.orders}


def _shares(order: Order | None) -> Decimal | None:
    return None if order is None else order.shares


def _changed(before: Order | None, after: Order | None, names: dict[str, str]) -> ChangedOrder:
    """How an order of one plan stands in the other; one of the two may be missing."""
    order = after or before
    assert order is not None, "a place is taken from one of the two plans"
    how = "added" if before is None else "removed" if after is None else "changed"
    if before is not None and after is not None and before.shares == after.shares:
        how = "other lots"
    return ChangedOrder(
        how=how,
        account=names.get(order.account, order.account),
        side=order.side.value,
        symbol=order.security,
        shares_before=_shares(before),
        shares_after=_shares(after),
    )
