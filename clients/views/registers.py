"""The registers in the browser: the firm-wide lists, and one row of each with its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access_registers
from clients.pages import registers
from clients.views.facts import listed, require_desk
from compliance import clock


@require_GET
def fund_distribution_list(request: HttpRequest) -> HttpResponse:
    """What funds have announced or paid."""
    doors = ("clients:fund_distribution_enter", "clients:fund_distribution_file")
    return listed(request, registers.DISTRIBUTIONS, adding=doors)


@require_GET
def fund_distribution(request: HttpRequest, public_id: str) -> HttpResponse:
    """A distribution and its history."""
    return _one(request, public_id, access_registers.fund_distributions_for, registers.distribution)


def _one(
    request: HttpRequest, public_id: str, mine: Callable[[Any], Any], show: Callable[..., Any]
) -> HttpResponse:
    require_desk(request)
    found = get_object_or_404(mine(request.user), public_id=public_id)
    on = clock.now().astimezone(clock.EASTERN).date()
    return render(request, "clients/fact.html", {"page": show(request.user, found, on=on)})
