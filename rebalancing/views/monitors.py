"""The doors to the monitors: the list of alarms, and the page of one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access as record
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import access, market_days
from rebalancing.pages.lists import alarms


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """What the monitors found in this person's households; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(alarms.KIND, request)
    if asked.export:
        rows = alarms.export(request.user, asked)
        return exports.taken(asked, alarms.HEADER, rows, by=Actor.of(request), at=at)
    page = alarms.show(request.user, asked, at=at)
    return render(request, "rebalancing/monitors.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One alarm, with the answers given to it."""
    _require_staff(request)
    found = get_object_or_404(
        access.alarms_for(request.user).select_related("household"), public_id=public_id
    )
    page = alarms.of_one(found, request.user, on=market_days.new_york_date(clock.now()))
    return render(request, "rebalancing/alarm.html", {"page": page})


def _require_staff(request: HttpRequest) -> None:
    if not record.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
