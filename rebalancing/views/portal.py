"""The client's doors: their portfolio, the summaries and letters, and their consent."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from compliance import clock
from compliance.audit_trail import audit
from compliance.models import Consent, ConsentChannel
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, NotAllowed, Refusal, Stale
from rebalancing import access
from rebalancing.client_reports import letters
from rebalancing.models import ClientSummary, Proposal, Revision
from rebalancing.pages import portal as pages
from rebalancing.pages import portal_summaries
from rebalancing.proposals import proposals

STALE = ("We have changed this proposal since you read it.", "Please read the new version first.")


@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """A client's home."""
    _require_client(request.user)
    page = pages.portal(request.user, at=clock.now())
    return render(request, "rebalancing/portal.html", {"page": page})


@require_safe
def summary(request: HttpRequest, public_id: str) -> HttpResponse:
    """What changed and why; that it was read is on the trail."""
    stored = _summary(request, public_id)
    _note_reading(request, stored)
    return render(
        request, "rebalancing/summary.html", {"page": portal_summaries.summary(request.user, stored)}
    )


@require_safe
def letter(request: HttpRequest, public_id: str) -> HttpResponse:
    """The printable letter: made once, then the same bytes for everybody who may read it."""
    stored = _summary(request, public_id)
    made = letters.render(stored, by=Actor.of(request), at=clock.now())
    _note_reading(request, stored)
    answer = HttpResponse(bytes(made.pdf), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{stored.public_id}.pdf"'
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read what is asked; and, from the check page, say yes to exactly that."""
    if given := _given(request, public_id):
        return redirect("rebalancing:portal_consent_done", given.review.subject_id)
    proposal = _waiting(request, public_id)
    if request.method != "POST":
        return render(request, "rebalancing/consent.html", {"page": pages.consent(request.user, proposal)})
    try:
        if "agree" not in request.POST:
            raise BadInput("Tick the box to say that you agree.", "Or leave this page; then nothing happens.")
        person = pages.person_of(request.user)
        proposals.consent(
            proposal,
            seen=request.POST.get("seen", ""),
            given_by=str(person),
            channel=ConsentChannel.PORTAL,
            evidence="",
            by=Actor.of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        shown = Stale(*STALE) if isinstance(refusal, Stale) else refusal
        page = pages.consent(request.user, proposal, refusal=shown)
        name = "consent.html" if isinstance(refusal, Stale) else "consent_check.html"
        return render(request, f"rebalancing/{name}", {"page": page}, status=refusal.http_status)
    return redirect("rebalancing:portal_consent_done", public_id)


@require_safe
def consent_check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Restate what was read, before the yes. Somebody who read an older version reads again."""
    if _given(request, public_id):
        return redirect("rebalancing:portal_consent_done", public_id)
    proposal = _waiting(request, public_id)
    page = pages.consent(request.user, proposal)
    if request.GET.get("seen") != page.seen:
        page = pages.consent(request.user, proposal, refusal=Stale(*STALE))
        return render(request, "rebalancing/consent.html", {"page": page}, status=409)
    return render(request, "rebalancing/consent_check.html", {"page": page})


@require_safe
def consent_done(request: HttpRequest, public_id: str) -> HttpResponse:
    """The receipt of a consent, with its reference."""
    given = _given(request, public_id, current_only=False)
    if given is None:
        raise Http404
    revision = get_object_or_404(Revision.objects.select_related("proposal__household"), review=given.review)
    return render(request, "rebalancing/consent_done.html", {"page": pages.confirmation(given, revision)})


def _summary(request: HttpRequest, public_id: str) -> ClientSummary:
    found = access.summaries_for(request.user).select_related("revision__proposal", "household")
    return get_object_or_404(found, public_id=public_id)


def _note_reading(request: HttpRequest, stored: ClientSummary) -> None:
    with transaction.atomic():
        audit.record(audit.Action.SUMMARY_VIEWED, about=stored, by=Actor.of(request), at=clock.now())


def _waiting(request: HttpRequest, public_id: str) -> Proposal:
    found = access.proposals_to_consent_for(request.user).select_related("household")
    return get_object_or_404(found, public_id=public_id)


def _given(request: HttpRequest, public_id: str, *, current_only: bool = True) -> Consent | None:
    """This client's own yes to the proposal; to the revision that counts now, unless any will do."""
    given = (
        access.consents_for(request.user).filter(review__subject_id=public_id).select_related("review").last()
    )
    if given is None or not current_only:
        return given
    proposal = Proposal.objects.filter(public_id=public_id).first()
    if proposal is None or given.fingerprint != proposals.current(proposal).fingerprint:
        return None
    return given


def _require_client(user: Any) -> None:
    if not user.has_role(Role.CLIENT):
        raise NotAllowed("This page is for clients.", "Open the household from the desk instead.")
