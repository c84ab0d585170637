"""A revision compared with other plans: the named ways beside it, and what leaving each of its orders out would cost.

They are worked out from the two stored documents when somebody first opens the revision, and kept: no proposal waits for
figures that nobody looks at. Nothing is decided on them. The fingerprint that an approval binds covers the documents that
they follow from, and both are put on the trail. See docs/adr/0014-compared-when-opened.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.statements.reads import prepared
from rebalancing.engine import proposing, repricing
from rebalancing.engine.documents.plan import Plan, RemovalCost
from rebalancing.engine.frontier import Point
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.models import Comparison, FrontierPoint, Revision
from rebalancing.proposals import frontiers, revisions

DESK = Actor.system("comparison")
NO_WAYS = "The other plans could not be worked out."
OTHERWISE = "What leaving an order out would cost is not told: this version of the engine answers these documents otherwise."


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """Both halves of a comparison, and what is missing from it in words."""

    points: tuple[Point, ...]
    removal_costs: tuple[RemovalCost, ...]
    why_without: str


def kept(revision: Revision) -> Comparison | None:
    """The revision's comparison where it is already there; of revisions of before, what they were stored with."""
    found = Comparison.objects.filter(revision=revision).first()
    if found is not None:
        found.revision = revision  # So that the pages find it there.
    return found


def ensure(revision: Revision, *, at: datetime) -> None:
    """Work the comparison out and keep it, unless it is there. Of two who open a revision at once, the second waits for the
    first one's.
    """
    if getattr(revision, "comparison", None) is not None or _is_from_before(revision):
        return
    with transaction.atomic():
        # Nobody who decides waits for this lock: it is none that a key of the row needs.
        Revision.objects.select_for_update(no_key=True).only("pk").get(pk=revision.pk)
        if kept(revision) is not None:
            return
        made = work_out(revision)
        frontiers.store(revision, made.points)
        comparison = Comparison.objects.create(
            revision=revision,
            made_at=at,
            engine_version=proposing.ENGINE_VERSION,
            removal_costs=[_as_json(one) for one in made.removal_costs],
            why_without=made.why_without,
        )
        audit.record(
            audit.Action.PROPOSAL_COMPARED,
            about=revision.proposal,
            by=DESK,
            at=at,
            sealing=[("comparison", comparison.pk), ("frontier", revision.pk)],
            revision=revision.number,
            fingerprint=revision.fingerprint,
            engine=comparison.engine_version,
            ways=len(made.points),
        )


def work_out(revision: Revision) -> WorkedOut:
    """The comparison of a revision, from its stored documents alone."""
    said = []
    try:
        points = frontiers.of(revision)
    except SolverFailed:
        points = ()
    if not points:
        said.append(NO_WAYS)
    costs = _removal_costs(revision)
    if costs is None:
        said.append(OTHERWISE)
    return WorkedOut(points, costs or (), " ".join(said))


def removal_costs_of(revision: Revision, plan: Plan) -> dict[str, str]:
    """For each order of a revision what leaving it out would cost, in words, where that was worked out."""
    comparison: Comparison | None = getattr(revision, "comparison", None)
    if comparison is None:
        return {row.order: row.explanation for row in plan.removal_costs}
    return {row["order"]: row["explanation"] for row in comparison.removal_costs}


@prepared
def ways(revision: int) -> QuerySet[FrontierPoint]:
    """The other plans of a revision, in their order."""
    return FrontierPoint.objects.filter(revision=revision)


def _removal_costs(revision: Revision) -> tuple[RemovalCost, ...] | None:
    """None where the engine does not come to the stored plan any more: its prices would then be those of another one."""
    household, plan = revisions.household_of(revision), revisions.plan_of(revision)
    try:
        again = proposing.propose(household)
        if _is_same(again, plan):
            return again.removal_costs
        # At the prices of a later day the former orders were kept.
        repriced = repricing.repriced(household, plan.orders)
    except SolverFailed:
        return None
    return repriced.removal_costs if repriced is not None and _is_same(repriced, plan) else None


def _is_same(again: Plan, plan: Plan) -> bool:
    return replace(again, removal_costs=()) == replace(plan, removal_costs=())


def _is_from_before(revision: Revision) -> bool:
    return revision.frontier.exists()


def _as_json(cost: RemovalCost) -> dict[str, str]:
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else value
        for name, value in asdict(cost).items()
    }
