"""Restatements in the browser: the firm's list, and one with what it does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from clients.views.facts import listed, require_desk
from rebalancing.doors import restatements as doors
from rebalancing.pages import restatements as page_of
from rebalancing.pages.lists import restatements


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """What custodians restated."""
    return listed(request, restatements.RESTATEMENTS)


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One restatement."""
    require_desk(request)
    row = doors.find(request.user, public_id)
    may_open = access.refusal_to_read_files(request.user) is None
    page = page_of.show(request.user, row, may_open_files=may_open)
    return render(request, "rebalancing/restatement.html", {"page": page})
