"""The door to what still keeps households from being measured and traded."""

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
from rebalancing.pages.lists import readiness


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Every household of this person's book with what is missing; as a file with a line for every reason."""
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
    at, asked = clock.now(), Asked.on_page(readiness.KIND, request)
    if asked.export:
        rows = readiness.export(request.user, asked, at=at)
        return exports.taken(asked, readiness.HEADER, rows, by=Actor.of(request), at=at)
    page = readiness.show(request.user, asked, at=at)
    status = 422 if asked.faults else 200
    return render(request, "rebalancing/readiness.html", {"page": page}, status=status)
