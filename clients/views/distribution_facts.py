"""Facts of required distributions in the browser: two firm-wide lists, and one of each with its history."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients.doors import distribution_facts
from clients.pages import distribution_facts as pages
from clients.pages.lists import distribution_facts as lists
from clients.views.facts import listed, require_desk


@require_GET
def terms_list(request: HttpRequest) -> HttpResponse:
    """Terms of retirement accounts across the firm."""
    return listed(request, lists.TERMS)


@require_GET
def figure_list(request: HttpRequest) -> HttpResponse:
    """Figures of required distributions across the firm."""
    return listed(request, lists.FIGURES)


@require_GET
def terms(request: HttpRequest, public_id: str) -> HttpResponse:
    """An account's terms and their history."""
    require_desk(request)
    found = distribution_facts.find_terms(request.user, public_id)
    return render(request, "clients/fact.html", {"page": pages.terms(request.user, found)})


@require_GET
def figure(request: HttpRequest, public_id: str) -> HttpResponse:
    """A figure and its history."""
    require_desk(request)
    found = distribution_facts.find_figure(request.user, public_id)
    return render(request, "clients/fact.html", {"page": pages.figure(request.user, found)})
