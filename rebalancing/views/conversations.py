"""The doors to a proposal's conversations: begin one beside a trade, a lot or a finding, answer in it, settle it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from compliance import access as desk
from compliance import clock
from compliance.models import Comment
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.review_desk import findings, threads
from rebalancing import access, forms
from rebalancing.models import Proposal, Revision
from rebalancing.proposals import anchors, revisions
from rebalancing.views.proposals import again

SUBJECT = SubjectKind.PROPOSAL
BESIDE, BELOW = "beside", "thread"
"""Where on the page a thread was acted on: beside what it is about, or among all of them."""


@require_POST
def begin(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Begin a thread on a trade, a lot or a finding of the revision that was looked at."""
    proposal = _proposal(request, public_id)
    revision = get_object_or_404(
        proposal.revisions.select_related("review", "proposal__household"), number=number
    )
    form = forms.Begin(request.POST, about=_about(revision))
    if not form.is_valid():
        return again(request, proposal, other=form)
    written = threads.comment(
        revisions.review_of(revision),
        form.cleaned_data["text"],
        anchor_kind=form.cleaned_data["about"].kind,
        anchor_ref=form.cleaned_data["about"].ref,
        by=Actor.of(request),
        at=clock.now(),
    )
    return _back(public_id, written, BESIDE)


@require_POST
def reply(request: HttpRequest, public_id: str, thread: int) -> HttpResponse:
    """Answer in a conversation."""
    proposal = _proposal(request, public_id)
    first = _thread(proposal, thread)
    form = forms.Reply(request.POST)
    if not form.is_valid():
        return again(request, proposal, other=form)
    threads.comment(
        first.review, form.cleaned_data["text"], thread=first, by=Actor.of(request), at=clock.now()
    )
    return _back(public_id, first, str(request.POST.get("where", "")))


@require_POST
def resolve(request: HttpRequest, public_id: str, thread: int) -> HttpResponse:
    """Mark a conversation as settled."""
    proposal = _proposal(request, public_id)
    first = _thread(proposal, thread)
    threads.resolve(first, by=Actor.of(request), at=clock.now())
    messages.success(request, "The thread is resolved.")
    return _back(public_id, first, str(request.POST.get("where", "")))


def _proposal(request: HttpRequest, public_id: str) -> Proposal:
    visible = access.proposals_for(request.user).select_related("household", "reading")
    return get_object_or_404(visible, public_id=public_id)


def _thread(proposal: Proposal, thread: int) -> Comment:
    return get_object_or_404(desk.threads_on(SUBJECT, proposal.public_id), pk=thread)


def _about(revision: Revision) -> list[anchors.Anchor]:
    examination = findings.latest(revisions.review_of(revision))
    rows = findings.rows_of.rows(examination.pk) if examination else ()
    return list(anchors.of_revision(revisions.plan_of(revision), revisions.household_of(revision), rows))


def _back(public_id: str, first: Comment, where: str) -> HttpResponse:
    """The page of the proposal, at the thread."""
    place = BESIDE if where == BESIDE else BELOW
    return redirect(f"{reverse('rebalancing:proposal', args=[public_id])}#{place}-{first.pk}")
