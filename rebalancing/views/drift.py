"""The door to the drift report."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing.pages.lists import drift


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Every household of this person's book, as of a day; as a file with a line for every class and account."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(drift.KIND, request)
    if asked.export:
        rows = drift.export(request.user, asked, at=at)
        return exports.taken(asked, drift.HEADER, rows, by=Actor.of(request), at=at)
    page = drift.show(request.user, asked, at=at)
    return render(request, "rebalancing/drift.html", {"page": page}, status=422 if asked.faults else 200)


def _require_staff(request: HttpRequest) -> None:
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
