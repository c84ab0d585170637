"""The pages of books and coverage."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access
from clients.pages import books as pages
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every open household with who advises and reviews it; as a file too."""
    if sentence := access.refusal_to_keep_books(request.user):
        raise NotAllowed(sentence)
    at, asked = clock.now(), Asked.on_page(pages.KIND, request)
    on = at.astimezone(clock.EASTERN).date()
    if asked.export:
        rows = pages.export(request.user, asked, on=on)
        return exports.taken(asked, pages.HEADER, rows, by=Actor.of(request), at=at)
    page = pages.show(request.user, asked, on=on)
    return render(request, "clients/book_list.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One household's assignments, past and present."""
    household = get_object_or_404(access.households_in_books(request.user), public_id=public_id)
    on = clock.now().astimezone(clock.EASTERN).date()
    return render(request, "clients/book.html", {"page": pages.one(request.user, household, on=on)})


@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """Who covers for whom; as a file too."""
    if access.refusal_to_keep_books(request.user) and not access.is_staff(request.user):
        raise NotAllowed("Coverage is for the firm's staff.")
    asked = Asked.on_page(pages.COVERAGE_KIND, request)
    if asked.export:
        rows = pages.export_coverage(request.user, asked)
        return exports.taken(asked, pages.COVERAGE_HEADER, rows, by=Actor.of(request), at=clock.now())
    page = pages.coverage(request.user, asked)
    return render(request, "clients/coverage_list.html", {"page": page}, status=422 if asked.faults else 200)
