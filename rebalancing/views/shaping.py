"""The door to the page that shapes a plan: several requests at once, worked out before anything is stored."""

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
from compliance.refusals import Conflict, NotAllowed
from compliance.review_desk import threads
from rebalancing import access
from rebalancing.models import Proposal, Revision
from rebalancing.pages.proposal import shape as shape_page
from rebalancing.proposals import proposals, revisions, shaping, wishes
from rebalancing.proposals.shaping import Tried
from rebalancing.shaping_forms import Shape

KEEP, ADD = "keep", "add:"


@require_http_methods(["GET", "POST"])
def shape(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for several things, see what they do and what each costs, then keep the plan as a revision."""
    visible = access.proposals_for(request.user).select_related("household", "reading")
    proposal = get_object_or_404(visible, public_id=public_id)
    if refusal := access.refusal_to_revise(request.user):
        raise NotAllowed(refusal)
    if proposal.state not in {Proposal.State.IN_REVIEW, Proposal.State.RETURNED}:
        raise Conflict(
            f"This proposal is {proposal.get_state_display().lower()}.", "Withdraw the approval first."
        )
    current = proposals.current(proposal)
    household = revisions.household_of(current)
    asked = str(request.POST.get("op", "")) if request.method == "POST" else None
    if asked is None:
        _viewed(request, proposal, current)
        begun = wishes.of_edits(household.edits)
        return _rendered(
            request,
            Shape(household, objective=household.objective, wishes=begun),
            shape_page.show(proposal, current),
        )
    if asked.startswith(ADD):
        forms = Shape.again(household, request.POST, added=asked.removeprefix(ADD))
        return _rendered(request, forms, shape_page.show(proposal, current))
    forms = Shape(household, data=request.POST)
    if not forms.is_valid() or (asked == KEEP and not forms.ask_why()):
        return _rendered(request, forms, shape_page.show(proposal, current), status=422)
    return _worked_out(request, proposal, current, forms, keep=asked == KEEP)


def _worked_out(
    request: HttpRequest, proposal: Proposal, current: Revision, forms: Shape, *, keep: bool
) -> HttpResponse:
    """What was asked for, worked out; kept as a revision where it is what was looked at."""
    at, status = clock.now(), 200
    moved: shaping.Moved | None = None
    told: dict[str, Any] = {"objective": forms.aim.objective(), "wishes": forms.wishes()}
    try:
        tried = shaping.try_out(proposal, current, **told, at=at)
    except wishes.Unasked as unasked:
        forms.refuse(unasked.number, str(unasked))
        return _rendered(request, forms, shape_page.show(proposal, current), status=422)
    if keep:
        try:
            return _kept(request, proposal, tried, forms, told)
        except shaping.Moved as refused:
            moved, status = refused, refused.http_status
    page = shape_page.show(proposal, current, tried=tried, refusal=shaping.why_not(tried), moved=moved)
    return _rendered(request, forms, page, status=status)


def _kept(
    request: HttpRequest, proposal: Proposal, tried: Tried, forms: Shape, told: dict[str, Any]
) -> HttpResponse:
    why, by, at = forms.aim.cleaned_data["why"], Actor.of(request), clock.now()
    with transaction.atomic():
        made = proposals.revise(
            proposal,
            **told,
            seen=str(request.POST.get("seen", "")) or "nothing was looked at",
            did="shaped the plan",
            by=by,
            at=at,
        )
        assert made.review is not None, "a stored revision always has its review"
        said = "\n".join((f"Revision {made.number}: {why}", *tried.said))
        threads.comment(made.review, said, anchor_kind=AnchorKind.WHOLE, by=by, at=at)
    messages.success(request, f"Revision {made.number} is in review. A colleague has to decide on it.")
    return redirect("rebalancing:proposal", proposal.public_id)


def _viewed(request: HttpRequest, proposal: Proposal, current: Revision) -> None:
    with transaction.atomic():
        audit.record(
            audit.Action.PROPOSAL_VIEWED,
            about=proposal,
            by=Actor.of(request),
            at=clock.now(),
            revision=current.number,
        )


def _rendered(
    request: HttpRequest, forms: Shape, page: shape_page.ShapePage, *, status: int = 200
) -> HttpResponse:
    return render(request, "rebalancing/shape.html", {"page": page, "forms": forms}, status=status)
