"""The door to a proposal's frontier: look at its plans, and make a revision of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from compliance import clock
from compliance.audit_trail import audit
from compliance.models import AnchorKind
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Cause, Conflict, NotAllowed
from compliance.review_desk import threads
from rebalancing import access
from rebalancing.frontier_forms import Look, Take
from rebalancing.models import Frontier, FrontierPlan, Proposal, Revision
from rebalancing.pages.proposal import frontier as frontier_page
from rebalancing.proposals import frontier_plans, proposals, revisions, shaping


@require_http_methods(["GET", "POST"])
def frontier(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every plan between doing nothing and target; one of them used as a revision."""
    visible = access.proposals_for(request.user).select_related("household", "reading")
    proposal = get_object_or_404(visible, public_id=public_id)
    current = proposals.current(proposal)
    current.proposal = proposal
    if request.method == "POST":
        return _take(request, proposal, current)
    made, plans = _kept(current)
    look = Look(request.GET, plans=plans)
    is_valid = look.is_valid()
    here = look.here or frontier_page.nearest(plans, revisions.plan_of(current))
    _viewed(request, proposal, current, here)
    page = frontier_page.show(request.user, proposal, current, made, plans, here)
    return _rendered(request, page, look=look, status=200 if is_valid else 422)


def _take(request: HttpRequest, proposal: Proposal, current: Revision) -> HttpResponse:
    """Make a revision of the plan that was looked at, or say what moved since."""
    if refusal := access.refusal_to_revise(request.user):
        raise NotAllowed(refusal)
    if proposal.state not in frontier_page.OPEN:
        raise Conflict(
            f"This proposal is {proposal.get_state_display().lower()}.", "Withdraw the approval first."
        )
    made, plans = _kept(current)
    form = Take(request.POST)
    is_valid = form.is_valid()
    way = str(form.data.get("way", ""))
    here = next((one for one in plans if way in one.ways), None)
    if here is None:
        raise Conflict(
            "There is no such plan on the frontier of this revision.",
            "Open the frontier again and choose one.",
        )
    if is_valid:
        causes: tuple[Cause, ...] = _replaced(form.cleaned_data["revision"], current)
        try:
            if causes:
                raise shaping.Moved("This is not the revision that was looked at.")
            return _made(request, proposal, form.cleaned_data)
        except (shaping.Moved, Blocked) as refused:
            return _otherwise(request, proposal, current, made, plans, here, form, refused, causes)
    page = frontier_page.show(request.user, proposal, current, made, plans, here)
    return _rendered(request, page, take=form, status=422)


def _made(request: HttpRequest, proposal: Proposal, asked: dict[str, Any]) -> HttpResponse:
    by, at = Actor.of(request), clock.now()
    with transaction.atomic():
        made = proposals.revise(
            proposal,
            way=asked["way"],
            seen=asked["seen"],
            did="took a plan of the frontier",
            by=by,
            at=at,
        )
        said = f"Revision {made.number}: {asked['why']}\nFrom the frontier: {frontier_page.name_of(asked['way'])}."
        threads.comment(revisions.review_of(made), said, anchor_kind=AnchorKind.WHOLE, by=by, at=at)
    messages.success(request, f"Revision {made.number} is in review. A colleague has to decide on it.")
    return redirect("rebalancing:proposal", proposal.public_id)


def _otherwise(
    request: HttpRequest,
    proposal: Proposal,
    current: Revision,
    made: Frontier,
    plans: list[FrontierPlan],
    here: FrontierPlan,
    form: Take,
    refused: shaping.Moved | Blocked,
    causes: tuple[Cause, ...],
) -> HttpResponse:
    """The same way on today's facts beside what was looked at, to be used or left. Raises `Blocked` where the household cannot
    be measured today."""
    at = clock.now()
    tried = shaping.try_out(proposal, current, objective=None, way=here.ways[0], at=at)
    page = frontier_page.show(
        request.user,
        proposal,
        current,
        made,
        plans,
        here,
        today=frontier_page.of_today(
            frontier_plans.plan_of(here),
            tried,
            (*causes, *frontier_plans.moved(current, at=at)),
            refusal=shaping.why_not(tried),
        ),
    )
    return _rendered(request, page, take=form, status=refused.http_status)


def _replaced(seen: int, current: Revision) -> tuple[Cause, ...]:
    """That somebody made another revision since the page was opened."""
    if seen == current.number:
        return ()
    return (Cause(input="revision", sentence=f"Revision {current.number} has replaced revision {seen}."),)


def _kept(current: Revision) -> tuple[Frontier, list[FrontierPlan]]:
    made = frontier_plans.ensure(current, at=clock.now())
    return made, list(frontier_plans.of(current))


def _viewed(request: HttpRequest, proposal: Proposal, current: Revision, here: FrontierPlan | None) -> None:
    with transaction.atomic():
        audit.record(
            audit.Action.PROPOSAL_VIEWED,
            about=proposal,
            by=Actor.of(request),
            at=clock.now(),
            revision=current.number,
            frontier="" if here is None else here.ways[0],
        )


def _rendered(
    request: HttpRequest,
    page: frontier_page.FrontierPage,
    *,
    look: Look | None = None,
    take: Take | None = None,
    status: int = 200,
) -> HttpResponse:
    forms = {"look": look or Look(None, plans=()), "take": take or Take(initial=_begun(page))}
    return render(request, "rebalancing/frontier.html", {"page": page, "forms": forms}, status=status)


def _begun(page: frontier_page.FrontierPage) -> dict[str, Any]:
    if page.chosen is None:
        return {}
    return {"way": page.chosen.way, "seen": page.chosen.seen, "revision": page.revision}
