"""Clients' restrictions and employers' plans in the browser: the firm-wide lists, and one of each with its history."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients.doors import client_restrictions, employer_plans
from clients.pages import employer_plans as plan_pages
from clients.pages import facts
from clients.pages.lists import restrictions
from clients.views.facts import listed, require_desk
from compliance import clock


@require_GET
def client_restriction_list(request: HttpRequest) -> HttpResponse:
    """What clients ask for outside their policies, across the firm."""
    return listed(request, restrictions.RESTRICTIONS)


@require_GET
def client_restriction(request: HttpRequest, public_id: str) -> HttpResponse:
    """A restriction and its history."""
    require_desk(request)
    found = client_restrictions.find(request.user, public_id)
    on = clock.now().astimezone(clock.EASTERN).date()
    page = facts.client_restriction(request.user, found, on=on)
    return render(request, "clients/fact.html", {"page": page})


@require_GET
def employer_plan_list(request: HttpRequest) -> HttpResponse:
    """Employers' plans, with a door to add one."""
    return listed(request, restrictions.PLANS, adding=("clients:employer_plan_add",))


@require_GET
def employer_plan(request: HttpRequest, public_id: str) -> HttpResponse:
    """A plan with its menu, its accounts and its history."""
    require_desk(request)
    found = employer_plans.find(request.user, public_id)
    on = clock.now().astimezone(clock.EASTERN).date()
    page = plan_pages.show(request.user, found, on=on)
    return render(request, "clients/employer_plan.html", {"page": page})
