"""The doors to a decision explained and to its replays: look up what this person may read, answer, and record that they did."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from compliance import clock
from compliance.audit_trail import audit
from compliance.lists import exports
from compliance.people.actors import Actor
from rebalancing import access, tasks
from rebalancing.evidence import packs
from rebalancing.models import Revision
from rebalancing.pages.explained import approval, replay


@require_GET
def show(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """The explanation; that it was opened is on the trail."""
    revision, at = _decided(request, public_id, number), clock.now()
    page = approval.of(request.user, revision, at=at)
    with transaction.atomic():
        audit.record(
            audit.Action.APPROVAL_EXPLAINED,
            about=revision.proposal,
            by=Actor.of(request),
            at=at,
            revision=number,
            fingerprint=revision.fingerprint,
        )
    replays = replay.of_revision(revision)
    return render(request, "rebalancing/explained.html", {"page": page, "replays": replays})


@require_GET
def pack(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """The explanation as a ZIP; that it was taken, and what it is known again by, is on the trail."""
    revision, at = _decided(request, public_id, number), clock.now()
    bundle = packs.take(approval.of(request.user, revision, at=at), by=Actor.of(request), at=at)
    return exports.streamed(bundle, f"explained-{public_id}-{number}", at=at)


@require_POST
def ask(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Work the revision out again."""
    run = tasks.ask_replay(_decided(request, public_id, number), by=Actor.of(request))
    return redirect("rebalancing:replay_run", run.public_id)


@require_GET
def run(request: HttpRequest, public_id: str) -> HttpResponse:
    """One replay: its state, or its outcome. The page asks again every two seconds until it is over."""
    found = get_object_or_404(access.replays_for(request.user), public_id=public_id)
    return render(request, "rebalancing/replay.html", {"page": replay.show(found)})


def _decided(request: HttpRequest, public_id: str, number: int) -> Revision:
    return get_object_or_404(
        access.decided_revisions_for(request.user), proposal__public_id=public_id, number=number
    )
