"""The doors to the record of days: a household's timeline, one day of it, and the record over all households."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access
from clients.models import Household
from compliance import clock
from compliance.audit_trail import audit
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing.daily_record import facts
from rebalancing.pages.lists import record
from rebalancing.pages.timeline import day as day_page
from rebalancing.pages.timeline import timeline as timeline_page


@require_GET
def timeline(request: HttpRequest, public_id: str) -> HttpResponse:
    """Why something happened in a household, and why nothing did; that it was opened is on the trail."""
    household, at = _household(request, public_id), clock.now()
    first_on, last_on = timeline_page.span_asked(
        request.GET.get("since", ""), request.GET.get("until", ""), at=at
    )
    page = timeline_page.show(request.user, household, first_on=first_on, last_on=last_on, at=at)
    with transaction.atomic():
        audit.record(
            audit.Action.HOUSEHOLD_VIEWED, about=household, by=Actor.of(request), at=at, part="timeline"
        )
    return render(request, "rebalancing/timeline.html", {"page": page})


@require_GET
def day(request: HttpRequest, public_id: str, on: str) -> HttpResponse:
    """One day of a household."""
    household, at = _household(request, public_id), clock.now()
    try:
        asked = date.fromisoformat(on)
    except ValueError:
        raise Http404("This is no day.") from None
    if asked > facts.last_day(at):
        raise Http404("This day is still to come.")
    page = day_page.show(request.user, household, asked, at=at)
    with transaction.atomic():
        audit.record(
            audit.Action.HOUSEHOLD_VIEWED, about=household, by=Actor.of(request), at=at, part=f"day {on}"
        )
    return render(request, "rebalancing/day.html", {"page": page})


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The record over households and days; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(record.KIND, request)
    if asked.export:
        rows = record.export(request.user, asked)
        return exports.taken(asked, record.HEADER, rows, by=Actor.of(request), at=at)
    page = record.show(request.user, asked)
    return render(request, "rebalancing/record.html", {"page": page}, status=422 if asked.faults else 200)


def _household(request: HttpRequest, public_id: str) -> Household:
    _require_staff(request)
    return get_object_or_404(access.households_for(request.user), public_id=public_id)


def _require_staff(request: HttpRequest) -> None:
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
