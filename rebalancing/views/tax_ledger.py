"""The doors to the tax ledger: a household's year, its wash calendar, and every return of the firm."""

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
from rebalancing import market_days
from rebalancing.pages import tax_ledger, wash_calendar
from rebalancing.pages.lists import tax_ledgers
from rebalancing.tax_ledger import form_8949


@require_GET
def household(request: HttpRequest, public_id: str) -> HttpResponse:
    """A household's tax ledger of a year; as a file in the columns of Form 8949."""
    _require_staff(request)
    found = looking_up.household(request.user, public_id)
    at, asked = clock.now(), Asked.on_page(tax_ledger.kind_of(found), request)
    on = market_days.new_york_date(at)
    if asked.export:
        rows = tax_ledger.export(found, asked, on=on)
        return exports.taken(asked, form_8949.HEADER, rows, by=Actor.of(request), at=at)
    page = tax_ledger.show(request.user, found, asked, on=on)
    return render(request, "rebalancing/tax_ledger.html", {"page": page}, status=422 if asked.faults else 200)


@require_GET
def calendar(request: HttpRequest, public_id: str) -> HttpResponse:
    """A household's wash calendar of today; as a file too."""
    _require_staff(request)
    found = looking_up.household(request.user, public_id)
    at, asked = clock.now(), Asked.on_page(wash_calendar.kind_of(found), request)
    on = market_days.new_york_date(at)
    if asked.export:
        rows = wash_calendar.export(found, asked, on=on)
        return exports.taken(asked, wash_calendar.HEADER, rows, by=Actor.of(request), at=at)
    page = wash_calendar.show(request.user, found, asked, on=on)
    return render(
        request, "rebalancing/wash_calendar.html", {"page": page}, status=422 if asked.faults else 200
    )


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every return of this person's book for a year; as a file too."""
    _require_staff(request)
    at, asked = clock.now(), Asked.on_page(tax_ledgers.KIND, request)
    if asked.export:
        rows = tax_ledgers.export(request.user, asked, at=at)
        return exports.taken(asked, tax_ledgers.HEADER, rows, by=Actor.of(request), at=at)
    page = tax_ledgers.show(request.user, asked, at=at)
    return render(
        request, "rebalancing/tax_ledger_list.html", {"page": page}, status=422 if asked.faults else 200
    )


def _require_staff(request: HttpRequest) -> None:
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
