"""The doors to required distributions: the firm's list, and a household's year with its computation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from clients.doors import looking_up
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing.pages import distributions as pages
from rebalancing.pages.lists import distributions as lists


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every required distribution of this person's book in a year; as a file too."""
    _require_desk(request)
    at, asked = clock.now(), Asked.on_page(lists.KIND, request)
    if asked.export:
        rows = lists.export(request.user, asked, at=at)
        return exports.taken(asked, lists.HEADER, rows, by=Actor.of(request), at=at)
    page = lists.show(request.user, asked, at=at)
    status = 422 if asked.faults else 200
    return render(request, "rebalancing/distribution_list.html", {"page": page}, status=status)


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One household's required distributions of a year."""
    _require_desk(request)
    household = looking_up.household(request.user, public_id)
    year = request.GET.get("year", "")
    page = pages.show(
        request.user, household, year=int(year) if year.isdigit() and 2001 <= int(year) <= 2200 else None, at=clock.now()
    )  # fmt: skip
    return render(request, "rebalancing/distributions.html", {"page": page})


def _require_desk(request: HttpRequest) -> None:
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
