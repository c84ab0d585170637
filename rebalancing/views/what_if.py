"""The door to what-if questions; nothing is written but the line on the trail of a file that was taken."""

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
from rebalancing.pages.lists import what_if, what_if_questions


@require_GET
def ask(request: HttpRequest) -> HttpResponse:
    """What other bands, costs or another model would mean for the households of this person's scope."""
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
    at, asked = clock.now(), Asked.on_page(what_if_questions.KIND, request)
    page = what_if.show(request.user, asked, at=at)
    if asked.export and not page.listing.faults:
        return exports.taken(asked, what_if.HEADER, what_if.lines(page), by=Actor.of(request), at=at)
    status = 422 if page.listing.faults else 200
    return render(request, "rebalancing/what_if.html", {"page": page}, status=status)
