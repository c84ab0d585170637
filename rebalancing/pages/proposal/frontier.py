"""The page of a revision's frontier: its plans as a picture and a table, the one that is looked at, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import figures
from clients.drawings import Drawing
from compliance.refusals import Cause
from rebalancing import access
from rebalancing.engine import frontier as engine
from rebalancing.engine.documents.plan import Order, Plan, State
from rebalancing.engine.portfolio.objective_prices import LEAST_DRIFT_PRICE
from rebalancing.models import Frontier, FrontierPlan, Proposal, Revision
from rebalancing.pages.proposal import frontier_drawing, shape
from rebalancing.pages.proposal.alternatives import NAMES
from rebalancing.pages.proposal.changes import ChangedOrder, between
from rebalancing.pages.proposal.frontier_drawing import Mark
from rebalancing.pages.proposal.shape import FigureRow
from rebalancing.proposals import frontier_plans, revisions
from rebalancing.proposals.shaping import Tried

BPS = Decimal(10_000)
PROVEN_BPS = Decimal("0.1")
"""A plan that is at most this far from its bound counts as proven: whole shares cost as much."""
PRESETS = ("no realized gain", "within budget", "to band edge", "halfway", "to target", "do nothing")
NOTHING, LEAST_DRIFT = "do nothing", "no realized gain"
UNKNOWN = "not known"
WAITING = "Gains that wait for January are left alone in every one of these plans; the alternatives on the proposal's page take them."
OPEN = {Proposal.State.IN_REVIEW, Proposal.State.RETURNED}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan of the frontier. Tax in dollars; drift and turnover as fractions; `apart` counts its orders that differ from those
    under review."""

    number: int
    names: tuple[str, ...]
    tax: str
    net_gain: Decimal
    drift: Decimal
    out_of_band: int
    turnover: Decimal
    orders: int
    apart: int
    gap: str
    sentence: str
    is_here: bool
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """A button that chooses a plan by its name; `number` None where that plan is not there."""

    code: str
    label: str
    number: int | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """The plan that is looked at. `refusal` says why it cannot be used, empty where it can; `way` and `seen` bind what is used to
    it."""

    row: PlanRow
    summary: str
    figures: tuple[FigureRow, ...]
    changes: tuple[ChangedOrder, ...]
    orders: tuple[Order, ...]
    not_met: tuple[str, ...]
    warnings: tuple[str, ...]
    refusal: str
    way: str
    seen: str


@dataclass(frozen=True, slots=True)
class Today:
    """The same way worked out on today's facts, where those are others: what moved, and both side by side."""

    moved: tuple[str, ...]
    figures: tuple[FigureRow, ...]
    changes: tuple[ChangedOrder, ...]
    refusal: str
    seen: str


@dataclass(frozen=True, slots=True)
class FrontierPage:
    public_id: str
    household_name: str
    proposal_url: str
    shape_url: str
    revision: int
    sentence: str
    drawing: Drawing
    rows: tuple[PlanRow, ...]
    reviewed: PlanRow | None
    presets: tuple[Preset, ...]
    chosen: Chosen | None
    missing: str
    note: str
    today: Today | None = None

    @property
    def next_revision(self) -> int:
        return self.revision + 1


def name_of(way: str) -> str:
    """A way in the desk's words."""
    if way in NAMES:
        return NAMES[way]
    bps = next((one for one in engine.STEPS_BPS if way == engine.step(one)), 0)
    return f"Drift priced at {figures.weight_trimmed(Decimal(bps) / BPS)}%"


def code_of(way: str) -> str:
    """A way as it stands in an address."""
    return way.replace(" ", "-")


def nearest(plans: Sequence[FrontierPlan], own: Plan) -> FrontierPlan | None:
    """The plan to begin with: the one under review, or the one that leaves most nearly as much drift."""
    return min(plans, key=lambda one: (one.orders_apart > 0, abs(one.drift - own.after.drift)), default=None)


def within_tax(plans: Sequence[FrontierPlan], most: Decimal) -> FrontierPlan | None:
    """The plan nearest to target of those that add no more tax than this."""
    return min((one for one in plans if one.tax <= most), key=lambda one: (one.drift, one.tax), default=None)


def show(
    user: Any,
    proposal: Proposal,
    last: Revision,
    made: Frontier,
    plans: Sequence[FrontierPlan],
    here: FrontierPlan | None,
    *,
    today: Today | None = None,
) -> FrontierPage:
    """The page for one person; `here` is the plan that is looked at."""
    own = revisions.plan_of(last)
    investable = own.before.investable
    rows = tuple(_row(one, last, here, investable=investable) for one in plans)
    reviewed = None if any(row.is_reviewed for row in rows) else _under_review(own, last)
    sentence = _sentence(plans, own)
    chosen = None
    if here is not None:
        chosen = _chosen(user, proposal, last, here, rows[here.position - 1], own)
    return FrontierPage(
        public_id=proposal.public_id,
        household_name=proposal.household.name,
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]),
        shape_url=_shape_url(user, proposal),
        revision=last.number,
        sentence=sentence,
        drawing=frontier_drawing.draw(_marks(plans, here, own, reviewed), sentence),
        rows=rows,
        reviewed=reviewed,
        presets=tuple(_preset(way, plans, here) for way in PRESETS),
        chosen=chosen,
        missing=made.why_without,
        note=WAITING if frontier_plans.gains_wait(revisions.household_of(last)) else "",
        today=today,
    )


def _shape_url(user: Any, proposal: Proposal) -> str:
    """Where single trades are changed; empty for who cannot change them, or once it is decided."""
    if proposal.state not in OPEN or access.refusal_to_revise(user):
        return ""
    return reverse("rebalancing:shape", args=[proposal.public_id])


def of_today(shown: Plan, tried: Tried, causes: Sequence[Cause], *, refusal: str) -> Today:
    """A plan as it was shown beside the same way on today's facts."""
    household = tried.portfolio.household
    names = {one.id: one.name for one in household.accounts}
    return Today(
        moved=tuple(str(cause) for cause in causes),
        figures=shape.compared(
            shown,
            tried.plan,
            tax=_unknown_tax(frontier_plans.tax_is_known(tried.plan, household), tried.plan),
        ),
        changes=between(shown, tried.plan, names),
        refusal=refusal,
        seen=tried.digest,
    )


def _row(one: FrontierPlan, last: Revision, here: FrontierPlan | None, *, investable: Decimal) -> PlanRow:
    tax = figures.money(one.tax, signed=True) if one.tax_is_known else UNKNOWN
    orders = figures.counted(one.orders, "trade")
    return PlanRow(
        number=one.position,
        names=tuple(name_of(way) for way in one.ways),
        tax=tax,
        net_gain=one.net_gain,
        drift=one.drift,
        out_of_band=one.out_of_band,
        turnover=one.turnover,
        orders=one.orders,
        apart=one.orders_apart,
        gap=_gap(one, investable),
        sentence=f"tax {tax}, {figures.weight(one.drift)} from target, {orders}",
        is_here=here is not None and one.pk == here.pk,
        is_reviewed=_is_reviewed(one),
    )


def _is_reviewed(one: FrontierPlan) -> bool:
    return one.orders_apart == 0


def _under_review(own: Plan, last: Revision) -> PlanRow:
    """The plan under review, where no plan of the frontier trades the same shares."""
    known = frontier_plans.tax_is_known(own, revisions.household_of(last))
    point = engine.point("", own)
    tax = figures.money(point.tax, signed=True) if known else UNKNOWN
    return PlanRow(
        number=0,
        names=(f"Revision {last.number}, under review",),
        tax=tax,
        net_gain=point.net_gain,
        drift=point.drift,
        out_of_band=point.out_of_band,
        turnover=point.turnover,
        orders=point.orders,
        apart=0,
        gap="",
        sentence=f"tax {tax}, {figures.weight(point.drift)} from target",
        is_here=False,
        is_reviewed=True,
    )


def _gap(one: FrontierPlan, investable: Decimal) -> str:
    """How far a plan may be from the best of its kind; empty for the one that does nothing."""
    if one.ways[0] == NOTHING:
        return ""
    if one.gap_bps <= PROVEN_BPS:
        return "proven"
    part = one.gap_bps / BPS
    if one.ways[0] == LEAST_DRIFT:
        # Its objective counts drift at a price of its own, on both sides of each trade.
        return f"not proven: within {figures.points(part / LEAST_DRIFT_PRICE / 2).lstrip('+')} of drift"
    return f"not proven: within {figures.money(part * investable, cents=False)}"


def _sentence(plans: Sequence[FrontierPlan], own: Plan) -> str:
    if not plans:
        return "No plan of the frontier could be worked out."
    first, last = plans[0], _least_tax_of_the_nearest(plans)
    tax = (
        f"{figures.money(last.tax, cents=False)} of estimated tax"
        if last.tax_is_known
        else "a tax that is not known"
    )
    return (
        f"{figures.counted(len(plans), 'plan')} on the same facts, from {figures.weight(first.drift)} to "
        f"{figures.weight(last.drift)} from target; coming that near adds {tax}. "
        f"The plan under review leaves {figures.weight(own.after.drift)} and adds {figures.money(own.tax_change, cents=False)}."
    )


def _least_tax_of_the_nearest(plans: Sequence[FrontierPlan]) -> FrontierPlan:
    """Of the plans that leave as little drift as the last, as a page shows drift, the one that adds the least tax."""
    shown = figures.weight(plans[-1].drift)
    return min((one for one in plans if figures.weight(one.drift) == shown), key=lambda one: one.tax)


def _marks(
    plans: Sequence[FrontierPlan], here: FrontierPlan | None, own: Plan, reviewed: PlanRow | None
) -> tuple[Mark, ...]:
    marks = [
        Mark(
            one.position,
            one.drift,
            one.tax,
            tax_is_known=one.tax_is_known,
            is_here=here is not None and one.pk == here.pk,
            is_reviewed=_is_reviewed(one),
        )
        for one in plans
    ]
    if reviewed is not None:
        marks.append(
            Mark(
                None,
                own.after.drift,
                own.tax_change,
                tax_is_known=reviewed.tax != UNKNOWN,
                is_reviewed=True,
            )
        )
    return tuple(marks)


def _preset(way: str, plans: Sequence[FrontierPlan], here: FrontierPlan | None) -> Preset:
    found = next((one for one in plans if way in one.ways), None)
    return Preset(
        code=code_of(way),
        label=name_of(way),
        number=None if found is None else found.position,
        is_here=found is not None and here is not None and found.pk == here.pk,
    )


def _chosen(
    user: Any, proposal: Proposal, last: Revision, here: FrontierPlan, row: PlanRow, own: Plan
) -> Chosen:
    plan, household = frontier_plans.plan_of(here), revisions.household_of(last)
    names = {one.id: one.name for one in household.accounts}
    return Chosen(
        row=row,
        summary=_outcome(here, plan),
        figures=shape.compared(own, plan, tax=_unknown_tax(here.tax_is_known, plan)),
        changes=between(own, plan, names),
        orders=plan.orders,
        not_met=tuple(one.explanation for one in plan.slack),
        warnings=plan.warnings,
        refusal=_refusal(user, proposal, here, plan),
        way=here.ways[0],
        seen=here.plan_digest,
    )


def _outcome(here: FrontierPlan, plan: Plan) -> str:
    """What the plan comes to. The summary of a plan that trades names the classes that are outside before any trade."""
    if plan.state is not State.READY:
        return plan.summary
    outside = "1 class" if here.out_of_band == 1 else f"{here.out_of_band} classes"
    after = f"{outside} outside the band then" if here.out_of_band else "every class inside its band then"
    return f"{figures.counted(here.orders, 'trade')}, and {after}."


def _unknown_tax(is_known: bool, plan: Plan) -> str:
    """What stands for a tax that is not known: never a plain figure."""
    return "" if is_known else f"{UNKNOWN}, counted as {figures.money(plan.tax_change, signed=True)}"


def _refusal(user: Any, proposal: Proposal, here: FrontierPlan, plan: Plan) -> str:
    """Why this person cannot use this plan, and what they can do instead."""
    if proposal.state not in OPEN:
        state = proposal.get_state_display().lower()
        instead = " Withdraw the approval to change it." if proposal.state == Proposal.State.APPROVED else ""
        return f"This proposal is {state}, so its plan stays as it is.{instead}"
    if refusal := access.refusal_to_revise(user):
        return refusal
    if _is_reviewed(here):
        return "This is the plan under review."
    if here.ways[0] == NOTHING:
        return "Doing nothing needs no revision: withdraw the proposal on its page."
    return "" if here.can_be_sent else f"It cannot be used. {plan.summary}"
