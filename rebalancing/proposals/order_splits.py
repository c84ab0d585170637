"""Splitting an order that a check finds large: as much of it now as is of a normal size, the rest at a later look.

The check says how many shares that is (`shares_within` among its inputs). The new revision asks for exactly that many, and
everything else is planned around it; edits of the revision before stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from compliance.models import FindingRow
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from rebalancing.engine.documents.objective import Edit, EditKind, Objective
from rebalancing.engine.documents.plan import Order, Plan, Side
from rebalancing.models import Proposal, Revision
from rebalancing.proposals import proposals, revisions


@dataclass(frozen=True, slots=True)
class Split:
    """An order of the plan, and how many of its shares would be of a normal size."""

    order: Order
    shares: Decimal

    @property
    def did(self) -> str:
        """What the person did, to finish "You …"."""
        return f"split the {'sale' if self.order.side is Side.SELL else 'purchase'} of {self.order.security}"

    def edit(self) -> Edit:
        """The order as the new revision asks for it."""
        kind = EditKind.SELL if self.order.side is Side.SELL else EditKind.BUY
        return Edit(
            id=f"split-{self.order.account}/{self.order.security}",
            kind=kind,
            account=self.order.account,
            security=self.order.security,
            shares=self.shares,
            reason="The rest waits for a later look.",
        )


def of(finding: FindingRow, plan: Plan) -> Split | None:
    """The split that a finding advises; None where it is about no single order, or names no smaller size."""
    about = json.loads(finding.about)
    inputs = dict(json.loads(finding.inputs))
    if len(about) != 1 or not (within := inputs.get("shares_within")):
        return None
    place = about[0]
    for order in plan.orders:
        if (order.account, order.security) == (place.get("account"), place.get("security")):
            return Split(order, shares) if 0 < (shares := Decimal(within)) < order.shares else None
    return None


def split(proposal: Proposal, finding: FindingRow, *, by: Actor, at: datetime) -> Revision:
    """Make a new revision in which the order of this finding is as large as the check allows.

    Raises `Conflict` where the finding advises no split, and what `proposals.revise` raises.
    """
    current = proposals.current(proposal)
    found = of(finding, revisions.plan_of(current))
    if found is None:
        raise Conflict(
            "This check names no smaller size for one order.",
            "Leave the place alone in a new revision instead.",
        )
    before = revisions.household_of(current)
    objective = None if before.objective == Objective() else before.objective
    return proposals.revise(
        proposal, objective=objective, edits=_with(found.edit(), before.edits), did=found.did, by=by, at=at
    )


def _with(edit: Edit, edits: Iterable[Edit]) -> list[Edit]:
    """The edits with this one, which takes the place of any that asked for the same order."""
    kept = [
        one
        for one in edits
        if (one.account, one.security) != (edit.account, edit.security) or one.kind is EditKind.NO_TRADE
    ]
    return [*kept, edit]
