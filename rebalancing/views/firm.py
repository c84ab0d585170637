"""The doors to what the firm promises, and to how it rebalances."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from compliance import clock
from compliance.firm import firm_settings
from compliance.refusals import NotAllowed
from rebalancing import market_days
from rebalancing.client_reports import policy_print, rebalancing_policy
from rebalancing.pages import promises


@require_GET
def promised(request: HttpRequest) -> HttpResponse:
    """Which promises are broken now, of what this person may see."""
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
    page = promises.show(request.user, at=clock.now())
    return render(request, "rebalancing/promises.html", {"page": page})


@require_GET
def policy(request: HttpRequest) -> HttpResponse:
    """How the firm rebalances, for its people and its clients."""
    on = market_days.new_york_date(clock.now())
    page = rebalancing_policy.of(firm_settings.in_force(on=on))
    return render(request, "rebalancing/rebalancing_policy.html", {"page": page})


@require_GET
def policy_pdf(request: HttpRequest) -> HttpResponse:
    """The same as a document to keep or to hand to an examiner."""
    at = clock.now()
    shown = rebalancing_policy.of(firm_settings.in_force(on=market_days.new_york_date(at)))
    answer = HttpResponse(policy_print.pdf_of(shown, at=at), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="how-we-rebalance-{shown.on.isoformat()}.pdf"'
    return answer
