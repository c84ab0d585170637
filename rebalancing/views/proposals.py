"""The doors to proposals: fetch what this person may see, call one verb, answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance import access as desk
from compliance import clock
from compliance.audit_trail import audit
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.models import AnchorKind, ConsentChannel, OverrideReason, Review
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from compliance.review_desk import findings, threads
from rebalancing import access, forms
from rebalancing.models import Proposal, Revision
from rebalancing.pages import approval as approval_pages
from rebalancing.pages import approval_batches as approval_batch_pages
from rebalancing.pages import next_up
from rebalancing.pages.lists import proposals as proposal_list
from rebalancing.pages.proposal import decision as decision_section
from rebalancing.pages.proposal import page as proposal_page
from rebalancing.proposals import comparisons, order_splits, proposals, revisions, working_again
from rebalancing.views import proposal_forms

Decision = forms.Decision
SUBJECT = SubjectKind.PROPOSAL


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every proposal in this person's scope, by state; as a file too."""
    at, asked = clock.now(), Asked.on_page(proposal_list.KIND, request)
    if asked.export:
        rows = proposal_list.export(request.user, asked, at=at)
        return exports.taken(asked, proposal_list.HEADER, rows, by=Actor.of(request), at=at)
    page = proposal_list.show(request.user, asked, at=at)
    status = 422 if asked.faults else 200
    return render(request, "rebalancing/proposal_list.html", {"page": page}, status=status)


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """The proposal as it counts now; that it was opened is on the trail."""
    proposal = _proposal(request, public_id)
    return _opened(request, proposal, proposals.current(proposal))


@require_GET
def revision(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """An earlier revision, as it was shown then."""
    proposal = _proposal(request, public_id)
    return _opened(request, proposal, _revision(proposal, number))


@require_GET
def revision_document(request: HttpRequest, public_id: str, number: int, name: str) -> HttpResponse:
    """One of the two stored documents, byte for byte."""
    proposal = _proposal(request, public_id)
    found = _revision(proposal, number)
    content = {"household": found.household_document, "plan": found.plan_document}.get(name)
    if content is None:
        raise Http404
    with transaction.atomic():
        audit.record(
            audit.Action.DATA_EXPORTED,
            about=proposal,
            by=Actor.of(request),
            at=clock.now(),
            document=name,
            revision=number,
        )
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{public_id}-{number}-{name}.json"'
    return response


@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """A comment, a request for changes, a rejection, or the step to the page that approves."""
    proposal = _proposal(request, public_id)
    form = Decision(request.POST)
    if not form.is_valid():
        return again(request, proposal, decision=form)
    asked = form.cleaned_data
    if asked["verdict"] == Decision.APPROVE:
        return _check(request, proposals.current(proposal), text=asked["text"])
    told = {"seen": asked["seen"], "text": asked["text"], "by": Actor.of(request), "at": clock.now()}
    if asked["verdict"] == Decision.RETURN:
        proposals.request_changes(proposal, **told)
        messages.success(
            request,
            "Changes requested. The advisor can answer with a new revision; you can lift the request.",
        )
    elif asked["verdict"] == Decision.REJECT:
        proposals.reject(proposal, **told)
        messages.success(request, "Rejected. The next scan looks at the household again.")
    else:
        _comment(request, proposals.current(proposal), asked["text"])
        messages.success(request, "Your comment is on the page.")
    return redirect("rebalancing:proposal", public_id)


@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, public_id: str) -> HttpResponse:
    """Restate what is approved, then approve exactly that."""
    proposal = _proposal(request, public_id)
    current = proposals.current(proposal)
    if request.method == "GET":
        return _check(request, current)
    page = approval_pages.check(request.user, current, by=Actor.of(request), at=clock.now())
    form = forms.Approval(request.POST, has_notes=bool(page.notes))
    if not form.is_valid():
        return _check(request, current, form=form, status=422)
    approval = proposals.approve(
        proposal,
        seen=form.cleaned_data["seen"],
        text=form.cleaned_data["text"],
        acknowledge_warnings=form.cleaned_data.get("acknowledge", False),
        by=Actor.of(request),
        at=clock.now(),
    )
    return redirect("rebalancing:approval", approval.public_id)


@require_GET
def approval(request: HttpRequest, public_id: str) -> HttpResponse:
    """The confirmation, with its reference; it can be opened again."""
    found = get_object_or_404(access.approvals_for(request.user), public_id=public_id)
    page = approval_pages.confirmation(request.user, found, at=clock.now())
    return render(request, "rebalancing/approval.html", {"page": page})


@require_GET
def next_one(request: HttpRequest) -> HttpResponse:
    """On to the next proposal of this person's queue, leaving out the one they come from; home where nothing is left."""
    after = access.proposals_for(request.user).filter(public_id=request.GET.get("after", "")[:40]).first()
    found = next_up.of(request.user, but=after, at=clock.now())
    if found is None:
        messages.info(request, "No other proposal waits for your decision.")
        return redirect("advisory:home")
    return redirect(found.url)


@require_GET
def approval_batch(request: HttpRequest, public_id: str) -> HttpResponse:
    """Approvals in a batch, proposal by proposal: what was approved, refused or held out, and why."""
    found = get_object_or_404(
        access.approval_batches_for(request.user).select_related("started_by"), public_id=public_id
    )
    page = approval_batch_pages.report(request.user, found)
    return render(request, "rebalancing/approval_batch.html", {"page": page})


@require_POST
def lift(request: HttpRequest, public_id: str, change_request: int) -> HttpResponse:
    """Take back one's own request for changes."""
    proposal = _proposal(request, public_id)
    asked = get_object_or_404(desk.change_requests_on(SUBJECT, proposal.public_id), pk=change_request)
    proposals.lift(proposal, asked, by=Actor.of(request), at=clock.now())
    messages.success(request, "Your request for changes is lifted.")
    return redirect("rebalancing:proposal", public_id)


@require_POST
def override(request: HttpRequest, public_id: str, finding: int) -> HttpResponse:
    """Answer for one finding, until the revision's time is up."""
    proposal = _proposal(request, public_id)
    current = proposals.current(proposal)
    row = get_object_or_404(desk.findings_of(_review(current)), pk=finding)
    form = forms.Override(request.POST)
    if not form.is_valid():
        return again(request, proposal, other=form)
    given = findings.override(
        *(findings.alike(row, at=clock.now()) if form.cleaned_data["alike"] else [row]),
        reason=OverrideReason(form.cleaned_data["reason"]),
        text=form.cleaned_data["text"],
        fingerprint=form.cleaned_data["seen"],
        expires_at=current.expires_at,
        by=Actor.of(request),
        at=clock.now(),
    )
    places = f" for {len(given)} findings" if len(given) > 1 else ""
    messages.success(request, f"Your reason for {row.rule} is on record{places}.")
    return redirect("rebalancing:proposal", public_id)


@require_POST
def split(request: HttpRequest, public_id: str, finding: int) -> HttpResponse:
    """Make a new revision in which the order that a check finds large is split: part now, the rest at a later look."""
    proposal = _proposal(request, public_id)
    if refusal := access.refusal_to_revise(request.user):
        raise NotAllowed(refusal)
    row = get_object_or_404(desk.findings_of(_review(proposals.current(proposal))), pk=finding)
    made = order_splits.split(proposal, row, by=Actor.of(request), at=clock.now())
    messages.success(request, f"Revision {made.number} splits the order. A colleague has to decide on it.")
    return redirect("rebalancing:proposal", public_id)


@require_POST
def consent(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record the client's yes, as the advisor heard it."""
    proposal = _proposal(request, public_id)
    form = forms.Consent(request.POST, people=decision_section.adults_of(proposal), prefix="consent")
    if not form.is_valid():
        return again(request, proposal, consent=form)
    asked = {**form.cleaned_data, "channel": ConsentChannel(form.cleaned_data["channel"])}
    proposals.consent(proposal, **asked, by=Actor.of(request), at=clock.now())
    messages.success(request, "The client's consent to this revision is on record.")
    return redirect("rebalancing:proposal", public_id)


@require_POST
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the proposal or its approval back."""
    proposal = _proposal(request, public_id)
    form = forms.Reason(request.POST, prefix="withdraw")
    if not form.is_valid():
        return again(request, proposal, withdraw=form)
    proposals.withdraw(proposal, reason=form.cleaned_data["reason"], by=Actor.of(request), at=clock.now())
    messages.success(request, "Withdrawn. Nothing was sent.")
    return redirect("rebalancing:proposal", public_id)


@require_POST
def revise(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a new revision on fresh facts, with another objective or with places left alone."""
    proposal = _proposal(request, public_id)
    if refusal := access.refusal_to_revise(request.user):
        raise NotAllowed(refusal)
    current = proposals.current(proposal)
    places = decision_section.places(revisions.plan_of(current), revisions.household_of(current))
    form = forms.Revise(request.POST, places=places, prefix="revise")
    if not form.is_valid():
        return again(request, proposal, revise=form)
    at = clock.now()
    made = proposals.revise(
        proposal, objective=form.wanted(), edits=form.edits(), did=form.did(), by=Actor.of(request), at=at
    )
    _comment(request, made, f"Revision {made.number}: {form.cleaned_data['why']}")
    messages.success(request, f"Revision {made.number} is in review. A colleague has to decide on it.")
    return redirect("rebalancing:proposal", public_id)


@require_POST
def work_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make the next revision on today's facts, with everything that was asked of the last one."""
    proposal = _proposal(request, public_id)
    if refusal := access.refusal_to_revise(request.user):
        raise NotAllowed(refusal)
    made = working_again.work_again(
        proposal, seen=str(request.POST.get("seen", "")), by=Actor.of(request), at=clock.now()
    )
    messages.success(
        request, f"Revision {made.number} is worked out on today's facts. A colleague has to decide on it."
    )
    return redirect("rebalancing:proposal", public_id)


def _proposal(request: HttpRequest, public_id: str) -> Proposal:
    visible = access.proposals_for(request.user).select_related("household", "reading")
    return get_object_or_404(visible, public_id=public_id)


def _revision(proposal: Proposal, number: int) -> Revision:
    return get_object_or_404(
        proposal.revisions.select_related("review", "comparison", "proposal__household"), number=number
    )


def _review(found: Revision) -> Review:
    assert found.review is not None, "a stored revision always has its review"
    return found.review


def _opened(request: HttpRequest, proposal: Proposal, found: Revision) -> HttpResponse:
    at = clock.now()
    comparisons.ensure(found, at=at)
    page = proposal_page.show(request.user, proposal, found, at=at)
    with transaction.atomic():
        audit.record(
            audit.Action.PROPOSAL_VIEWED, about=proposal, by=Actor.of(request), at=at, revision=found.number
        )
    return _rendered(request, page, proposal_forms.beside(page))


def again(request: HttpRequest, proposal: Proposal, **returned: Any) -> HttpResponse:
    """The page with the form that came back, what was typed kept."""
    page = proposal_page.show(request.user, proposal, proposals.current(proposal), at=clock.now())
    return _rendered(request, page, proposal_forms.beside(page, **returned), status=422)


def _rendered(
    request: HttpRequest,
    page: proposal_page.ProposalPage,
    beside: proposal_forms.ProposalForms,
    *,
    status: int = 200,
) -> HttpResponse:
    return render(request, "rebalancing/proposal.html", {"page": page, "forms": beside}, status=status)


def _check(
    request: HttpRequest,
    current: Revision,
    *,
    text: str = "",
    form: forms.Approval | None = None,
    status: int = 200,
) -> HttpResponse:
    page = approval_pages.check(request.user, current, by=Actor.of(request), at=clock.now())
    fresh = forms.Approval(initial={"seen": current.fingerprint, "text": text}, has_notes=bool(page.notes))
    return render(request, "rebalancing/approve.html", {"page": page, "form": form or fresh}, status=status)


def _comment(request: HttpRequest, on: Revision, text: str) -> None:
    threads.comment(_review(on), text, anchor_kind=AnchorKind.WHOLE, by=Actor.of(request), at=clock.now())
