"""The frontier of a revision: whole plans from doing nothing to target, worked out when somebody first opens it, and kept.

They follow from the revision's stored documents alone, as its comparison does (docs/adr/0014-compared-when-opened.md), and
nothing is decided on them. One becomes a revision only through `proposals.revise`, which works it out on today's facts and
stores it where that is the plan that was looked at (docs/adr/0023-plans-of-the-frontier.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Cause
from rebalancing.engine import frontier, proposing
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.engine.verifier import verification
from rebalancing.models import Frontier, FrontierPlan, Revision
from rebalancing.portfolios import portfolios
from rebalancing.proposals import moves, pinned, revisions, staleness, ways
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting import overrides, year_end

DESK = Actor.system("frontier")
STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A plan with the ways that come to it, the document it answers, and the verifier's signature."""

    ways: tuple[str, ...]
    household: document.Household
    plan: Plan
    signature: str


def ensure(revision: Revision, *, at: datetime) -> Frontier:
    """The frontier, worked out and kept unless it is there. Of two who open it at once, the second waits for the first one's."""
    found = Frontier.objects.filter(revision=revision).first()
    if found is not None:
        return found
    with transaction.atomic():
        # Nobody who decides waits for this lock: it is none that a key of the row needs.
        Revision.objects.select_for_update(no_key=True).only("pk").get(pk=revision.pk)
        found = Frontier.objects.filter(revision=revision).first()
        if found is not None:
            return found
        plans, why_without = work_out(revision)
        _store(revision, plans)
        made = Frontier.objects.create(
            revision=revision,
            made_at=at,
            engine_version=proposing.ENGINE_VERSION,
            why_without=why_without,
        )
        audit.record(
            audit.Action.PROPOSAL_FRONTIER,
            about=revision.proposal,
            by=DESK,
            at=at,
            sealing=[("frontier_made", made.pk), ("frontier_plans", revision.pk)],
            revision=revision.number,
            fingerprint=revision.fingerprint,
            engine=made.engine_version,
            plans=len(plans),
        )
    return made


def work_out(revision: Revision) -> tuple[tuple[WorkedOut, ...], str]:
    """Every way as a plan that the verifier signs, farthest from target first, those with the same trades as one; and in words
    what is missing. From the stored documents alone."""
    found: list[WorkedOut] = []
    unanswered = refused = 0
    for way, asked in ways.of(revision).items():
        try:
            plan = proposing.propose(asked, removal_costs=False)
        except SolverFailed:
            unanswered += 1
            continue
        same = next((n for n, one in enumerate(found) if _is_same(one.plan, plan)), None)
        if same is not None:
            found[same] = _with_way(found[same], way)
            continue
        verdict = verification.verify(asked, plan)
        if verdict.signature is None:
            refused += 1
        else:
            found.append(WorkedOut((way,), asked, plan, verdict.signature))
    return tuple(sorted(found, key=_place)), _missing(unanswered, refused)


def of(revision: Revision) -> QuerySet[FrontierPlan]:
    """The plans of a revision's frontier, farthest from target first; their documents are read one by one."""
    return FrontierPlan.objects.filter(revision=revision).order_by("position").defer("plan_document")


def whole(revision: Revision) -> tuple[FrontierPlan, ...]:
    """The same with their documents; none where nobody has opened the frontier."""
    return tuple(FrontierPlan.objects.filter(revision=revision).order_by("position"))


def plan_of(stored: FrontierPlan) -> Plan:
    """The plan as it was stored."""
    return parsing.read_plan(stored.plan_document)


def tax_is_known(plan: Plan, household: document.Household) -> bool:
    """Whether every gain behind a plan's tax is known: of what it sells where that is taxed, and of what the year has realized
    on the returns that it goes on."""
    taxed = {one.id: one.tax_unit for one in household.accounts if one.is_taxed}
    unknown = {unit.id for unit in household.tax_units if unit.realized_unknown}
    return not any(
        taxed[order.account] in unknown or any(sale.gain is None for sale in order.lots)
        for order in plan.orders
        if order.account in taxed and order.lots
    )


def apart(before: Plan, after: Plan) -> int:
    """How many orders of one plan are not there, or for other shares or lots, in the other."""
    old, new = pinned.traded(before), pinned.traded(after)
    return sum(1 for place in old.keys() | new.keys() if old.get(place) != new.get(place))


def moved(last: Revision, *, at: datetime) -> tuple[Cause, ...]:
    """What is otherwise today than in the document of a revision, so that a plan of its frontier is another one now."""
    now, causes = staleness.causes(last, at=at)
    if isinstance(now, portfolios.NotMeasurable):
        return causes
    shown = revisions.household_of(last)
    prices = moves.sentence(moves.prices(shown, now.household, traded=revisions.plan_of(last).orders))
    if shown.as_of != now.household.as_of:
        days = f"The plans are of the closing prices of {day_text(shown.as_of)}; those of {day_text(now.household.as_of)} are there"
        causes = (
            *causes,
            Cause(input="closing prices", sentence=f"{days}{f': {prices}' if prices else ''}."),
        )
    elif prices and not causes:
        causes = (Cause(input="prices", sentence=f"Prices were corrected: {prices}."),)
    if gains_wait(shown) and year_end.CODE in overrides.in_force(
        last.proposal.household, on=now.household.trade_on
    ):
        causes = (
            *causes,
            Cause(input="gains", sentence="Somebody decided to trade although gains wait for January."),
        )
    return causes


def gains_wait(shown: document.Household) -> bool:
    """Whether lots of a document are left alone until January."""
    return year_end.with_gains(shown) != shown


def _store(revision: Revision, plans: Sequence[WorkedOut]) -> None:
    own = revisions.plan_of(revision)
    FrontierPlan.objects.bulk_create(
        _row(revision, own, position, one) for position, one in enumerate(plans, start=1)
    )


def _row(revision: Revision, own: Plan, position: int, one: WorkedOut) -> FrontierPlan:
    written = serializing.canonical(one.plan)
    point = frontier.point("", one.plan)
    return FrontierPlan(
        revision=revision,
        position=position,
        ways=list(one.ways),
        plan_document=written.decode(),
        input_digest=one.plan.input_digest,
        plan_digest=hashlib.sha256(written).hexdigest(),
        verifier_signature=one.signature,
        tax=point.tax,
        tax_is_known=tax_is_known(one.plan, one.household),
        net_gain=point.net_gain,
        drift=point.drift.quantize(STEP),
        out_of_band=point.out_of_band,
        turnover=point.turnover.quantize(STEP),
        orders=point.orders,
        orders_apart=apart(own, one.plan),
        cost=point.cost,
        gap_bps=one.plan.gap_bps,
        can_be_sent=one.plan.state is State.READY,
    )


def _is_same(one: Plan, other: Plan) -> bool:
    return one.state is other.state and pinned.are_share_for_share(one, other)


def _with_way(one: WorkedOut, way: str) -> WorkedOut:
    return WorkedOut((*one.ways, way), one.household, one.plan, one.signature)


def _place(one: WorkedOut) -> tuple[Decimal, Decimal, str]:
    return -one.plan.after.drift, one.plan.tax_change, one.ways[0]


def _missing(unanswered: int, refused: int) -> str:
    said = []
    if unanswered:
        said.append(f"{_plans(unanswered)} could not be worked out.")
    if refused:
        said.append(
            f"{_plans(refused)} did not pass the second check and {'is' if refused == 1 else 'are'} not shown."
        )
    return " ".join(said)


def _plans(count: int) -> str:
    return "One plan" if count == 1 else f"{count} plans"
