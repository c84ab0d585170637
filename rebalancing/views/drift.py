"""The doors to the drift report."""

from __future__ import annotations

import csv

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import market_days
from rebalancing.pages.lists import drift
from rebalancing.pages.lists.drift import Asked
from rebalancing.views.households import harmless


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Every household of this person's book, as of a day."""
    _require_staff(request)
    page = drift.show(
        request.user, Asked.of(request.GET), page_number=request.GET.get("page"), at=clock.now()
    )
    return render(request, "rebalancing/drift.html", {"page": page})


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The same report as a CSV, a line for every class and account; that it was taken is on the trail."""
    _require_staff(request)
    at, asked = clock.now(), Asked.of(request.GET)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="drift-{asked.as_of or market_days.new_york_date(at)}.csv"'
    )
    writer = csv.writer(response)
    count = 0
    for row in drift.export(request.user, asked, at=at):
        writer.writerow([harmless(cell) for cell in row])
        count += 1
    with transaction.atomic():
        about = audit.Ref("drift_report", "drift")
        audit.record(audit.Action.DATA_EXPORTED, about=about, by=Actor.of(request), at=at, rows=count - 1)
    return response


def _require_staff(request: HttpRequest) -> None:
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
