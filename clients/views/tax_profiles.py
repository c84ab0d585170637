"""The list of tax profiles that nobody has confirmed, in the browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients import access
from clients.pages import tax_profiles as pages
from compliance import clock
from compliance.clock import EASTERN
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every return of this person's book that waits for a year's figures; as a file too."""
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
    at = clock.now()
    on = at.astimezone(EASTERN).date()
    asked = Asked.on_page(pages.KIND, request)
    if asked.export:
        rows = pages.export(request.user, asked, on=on)
        return exports.taken(asked, pages.HEADER, rows, by=Actor.of(request), at=at)
    page = pages.show(request.user, asked, on=on)
    return render(request, "clients/tax_profiles.html", {"page": page}, status=422 if asked.faults else 200)
