"""The pages of the firm's own layouts of order files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance.refusals import NotAllowed
from rebalancing import access
from rebalancing.doors import order_layouts as doors
from rebalancing.pages import order_layouts


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The layouts in force, those before them, and what is published to begin with."""
    user: Any = request.user
    if not access.may_see_order_layouts(user):
        raise NotAllowed(doors.READERS_ONLY)
    return render(request, "rebalancing/order_layouts.html", {"page": order_layouts.show(user)})


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One layout with what it writes for the last orders."""
    layout = doors.find(request.user, public_id)
    page = order_layouts.of_one(layout, request.user)
    return render(request, "rebalancing/order_layout.html", {"page": page})
