"""What a revision changed against the one before it: trades added, removed and changed, and what they cost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

from compliance.audit_trail import audit
from rebalancing.engine.documents.plan import Order, Plan
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import moves, pinned, revisions
from rebalancing.proposals.moves import Move

BY_MACHINE = (audit.Action.PROPOSAL_REPRICED, audit.Action.PROPOSAL_REFRESHED)
PRICES_MAX = 12


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
    prices: tuple[Move, ...] = ()
    prices_more: int = 0
    why: str = ""
    approval_fell: bool = False


def since_previous(stored: Stored) -> Changes | None:
    """Nothing for the first revision; two queries otherwise."""
    revision, plan, names = stored.revision, stored.plan, stored.account_names
    if revision.number == 1:
        return None
    base = stored.proposal.revisions.get(number=revision.number - 1)
    earlier = revisions.plan_of(base)
    moved = moves.prices(revisions.household_of(base), stored.household, traded=earlier.orders)
    told = _by_machine(stored)
    return Changes(
        base=base.number,
        orders=between(earlier, plan, names),
        tax_before=earlier.tax_change,
        tax_after=plan.tax_change,
        drift_before=earlier.after.drift,
        drift_after=plan.after.drift,
        inputs_are_the_same=base.input_digest == revision.input_digest,
        prices=moved[:PRICES_MAX],
        prices_more=max(0, len(moved) - PRICES_MAX),
        why=str(told.get("why", "")),
        approval_fell=bool(told.get("approval_fell", False)),
    )


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
