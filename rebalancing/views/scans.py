"""The doors to scans."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from compliance import clock, polling
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import access, tasks
from rebalancing.models import ScanRun
from rebalancing.pages.lists import readings
from rebalancing.pages.lists import scans as pages
from rebalancing.scans import scans

"""The status htmx takes as "do not ask again"."""


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every scan, newest first."""
    at, asked = clock.now(), Asked.of(pages.KIND, request.GET)
    if asked.export:
        rows = pages.export_list(request.user, asked, at=at)
        return exports.taken(asked, pages.HEADER, rows, by=Actor.of(request), at=at)
    page = pages.show_list(request.user, asked, at=at)
    return render(request, "rebalancing/scan_list.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One scan with its readings."""
    run = get_object_or_404(access.scans_for(request.user).select_related("started_by"), public_id=public_id)
    at, asked = clock.now(), Asked.on_page(readings.KIND, request)
    if asked.export:
        rows = readings.export(request.user, run, asked)
        return exports.taken(asked, readings.HEADER, rows, by=Actor.of(request), at=at)
    page = readings.show(request.user, run, asked, at=at)
    return render(request, "rebalancing/scan.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far a scan is: asked every two seconds while it runs, and not again once it has ended."""
    run = get_object_or_404(access.scans_for(request.user), public_id=public_id)
    may_cancel = access.refusal_to_scan(request.user) is None
    now = pages.progress(run, may_cancel=may_cancel, at=clock.now())
    return polling.region(
        request, "rebalancing/_scan_progress.html", {"page": {"progress": now}}, goes_on=now.is_running
    )


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a scan of the latest closing prices."""
    _require_scanner(request)
    run = tasks.start(scan=ScanRun.Scan.REQUESTED, by=Actor.of(request), user_id=request.user.pk)
    messages.success(request, "The scan has started. It is safe to leave this page.")
    return redirect("rebalancing:scan", run.public_id)


@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop a scan after the households it is reading."""
    _require_scanner(request)
    run = get_object_or_404(access.scans_for(request.user), public_id=public_id)
    scans.cancel(run, by=Actor.of(request), at=clock.now())
    messages.success(request, "Cancelled. What was read stays.")
    return redirect("rebalancing:scan", public_id)


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read the failed households again."""
    _require_scanner(request)
    run = get_object_or_404(access.scans_for(request.user), public_id=public_id)
    count = scans.retry_failed(run, by=Actor.of(request), at=clock.now())
    tasks.notify_workers()
    messages.success(request, f"{count} household{'' if count == 1 else 's'} will be read again.")
    return redirect("rebalancing:scan_list")


def _require_scanner(request: HttpRequest) -> None:
    if sentence := access.refusal_to_scan(request.user):
        raise NotAllowed(sentence)
