"""Transfers in kind in the browser: the firm's list, and one with its lots."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients.doors import transfers as doors
from clients.pages import transfers as page_of
from clients.pages.lists import transfers
from clients.views.facts import listed, require_desk
from compliance import clock


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Transfers across the firm."""
    return listed(request, transfers.TRANSFERS)


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One transfer."""
    require_desk(request)
    row = doors.find(request.user, public_id)
    on = clock.now().astimezone(clock.EASTERN).date()
    return render(request, "clients/transfer.html", {"page": page_of.show(request.user, row, on=on)})
