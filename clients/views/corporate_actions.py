"""Corporate actions in the browser: the list, and one with the lots it reaches."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clients import access_registers
from clients.pages import corporate_actions
from clients.views import registers
from clients.views.facts import require_desk

listing = registers.listing(corporate_actions.ACTIONS)


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """A corporate action and what it does to every lot this person may see."""
    require_desk(request)
    row = get_object_or_404(access_registers.corporate_actions_for(request.user), public_id=public_id)
    page = corporate_actions.show(request.user, row, is_whole="all" in request.GET)
    return render(request, "clients/corporate_action.html", {"page": page})
