"""Trading anyway across the firm, and whether it rises with the market's volatility."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from clients.views.facts import listed
from compliance import clock
from compliance.refusals import NotAllowed
from rebalancing.pages import discipline as page_of
from rebalancing.pages.lists import hold_overrides


@require_GET
def override_list(request: HttpRequest) -> HttpResponse:
    """Decisions to trade anyway."""
    return listed(request, hold_overrides.OVERRIDES)


@require_GET
def discipline(request: HttpRequest) -> HttpResponse:
    """Forced and skipped trades by advisor and by the market's volatility."""
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
    page = page_of.show(request.user, at=clock.now())
    return render(request, "rebalancing/discipline.html", {"page": page})
