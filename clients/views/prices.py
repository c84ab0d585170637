"""Prices in dispute in the browser: the list, and a decision about one."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clients import access
from clients.forms import PriceDecision
from clients.pages import price_list
from clients.pages import prices as pages
from clients.securities import price_disputes
from compliance import clock
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Prices by day and source."""
    if refusal := access.refusal_to_read_securities(request.user):
        raise NotAllowed(refusal)
    asked = price_list.with_day(Asked.on_page(price_list.KIND, request))
    if asked.export:
        rows = price_list.export(request.user, asked)
        return exports.taken(asked, price_list.HEADER, rows, by=Actor.of(request), at=clock.now())
    page = price_list.show_list(request.user, asked)
    return render(
        request,
        "clients/price_list.html",
        {"page": page, "form": asked.form()},
        status=422 if asked.faults else 200,
    )


@require_safe
def stale(request: HttpRequest) -> HttpResponse:
    """Held securities without a price of the last market day, or of another recent one (`?day=`)."""
    if refusal := access.refusal_to_read_securities(request.user):
        raise NotAllowed(refusal)
    page = price_list.stale(request.user, at=clock.now(), day=_day(request.GET.get("day", "")))
    return render(request, "clients/price_stale.html", {"page": page})


def _day(text: str) -> date | None:
    """A day of the address; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every price that waits for a person."""
    if refusal := access.refusal_to_read_files(request.user):
        raise NotAllowed(refusal)
    return render(request, "clients/prices_disputed.html", {"page": pages.disputes(request.user)})


@require_POST
def decide(request: HttpRequest, price: int) -> HttpResponse:
    """Accept a disputed price or reject it."""
    found = get_object_or_404(access.disputed_prices_for(request.user), pk=price)
    form = PriceDecision(request.POST, price_id=found.pk)
    if not form.is_valid():
        page = pages.disputes(request.user, failed=form)
        return render(request, "clients/prices_disputed.html", {"page": page}, status=422)
    decided = price_disputes.decide(
        found,
        accept=form.cleaned_data["decision"] == "accept",
        reason=form.cleaned_data["reason"],
        by=Actor.of(request),
        at=clock.now(),
    )
    messages.success(
        request,
        f"The price of {decided.security} on {decided.as_of_on} is {decided.get_standing_display().lower()}.",
    )
    return redirect("clients:prices_disputed")
