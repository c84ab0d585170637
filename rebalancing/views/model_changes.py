"""The doors to impact previews and to a version followed to done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from clients import access as record
from clients.models import ModelVersion
from compliance import clock, polling
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import NotAllowed
from rebalancing import access, tasks
from rebalancing.model_changes import impacts, rollouts
from rebalancing.models import ScanRun
from rebalancing.pages import model_changes as pages


@require_GET
def impact_list(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """The newest preview of a version, or how to start one."""
    found = _version(request, public_id, version)
    page = pages.show_impact(request.user, found, None, at=clock.now())
    return render(request, "rebalancing/model_impact.html", {"page": page})


@require_GET
def impact(request: HttpRequest, public_id: str) -> HttpResponse:
    """One preview."""
    run = get_object_or_404(access.impacts_for(request.user), public_id=public_id)
    page = pages.show_impact(request.user, run.version, run, at=clock.now())
    return render(request, "rebalancing/model_impact.html", {"page": page})


@require_GET
def impact_progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far a preview is: asked every two seconds while it runs, and not again once it has ended."""
    run = get_object_or_404(access.impacts_for(request.user), public_id=public_id)
    may_cancel = record.refusal_to_change_models(request.user) is None
    now = pages.progress(run, may_cancel=may_cancel, at=clock.now())
    return polling.region(
        request, "rebalancing/_impact_progress.html", {"page": {"progress": now}}, goes_on=now.is_running
    )


@require_POST
def impact_start(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """Start a preview of a version."""
    found = _version(request, public_id, version)
    _require_maker(request)
    run = tasks.preview(found, by=Actor.of(request))
    messages.success(request, "The preview has started. It is safe to leave this page.")
    return redirect("rebalancing:model_impact", run.public_id)


@require_POST
def impact_cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop a preview; what is worked out stays."""
    run = get_object_or_404(access.impacts_for(request.user), public_id=public_id)
    _require_maker(request)
    impacts.cancel(run, at=clock.now())
    messages.success(request, "Cancelled. What was worked out stays.")
    return redirect("rebalancing:model_impact", public_id)


@require_GET
def rollout(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """A version followed to done."""
    found = _version(request, public_id, version)
    page = pages.show_rollout(request.user, found, at=clock.now())
    return render(request, "rebalancing/model_rollout.html", {"page": page})


@require_POST
def rollout_scan(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """Scan the households of this person's scope that a version applies to."""
    found = _version(request, public_id, version)
    if sentence := access.refusal_to_scan(request.user):
        raise NotAllowed(sentence)
    households = [one.pk for one in rollouts.followers(found, request.user, at=clock.now())]
    tasks.start(scan=ScanRun.Scan.REQUESTED, by=Actor.of(request), user_id=request.user.pk, among=households)
    messages.success(request, "The scan has started; what it proposes appears here.")
    return redirect("rebalancing:model_rollout", public_id, version)


@require_POST
def rollout_withdraw(request: HttpRequest, public_id: str, version: int) -> HttpResponse:
    """Withdraw the proposals of earlier versions in the households that this person advises."""
    found = _version(request, public_id, version)
    if not request.user.has_role(Role.ADVISOR):  # type: ignore[union-attr]  # Signed in, or the middleware asks to.
        raise NotAllowed("Only an advisor can withdraw the proposals of their households.")
    count = rollouts.withdraw_earlier(found, request.user, by=Actor.of(request), at=clock.now())
    messages.success(
        request, f"{count} proposal{'' if count == 1 else 's'} withdrawn. Scan the households next."
    )
    return redirect("rebalancing:model_rollout", public_id, version)


def _version(request: HttpRequest, public_id: str, number: int) -> ModelVersion:
    model = get_object_or_404(record.models_for(request.user), public_id=public_id)
    return get_object_or_404(model.versions.select_related("model"), version=number)


def _require_maker(request: HttpRequest) -> None:
    if sentence := record.refusal_to_change_models(request.user):
        raise NotAllowed(sentence)
