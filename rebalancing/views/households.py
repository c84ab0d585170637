"""The doors to households. They lie on this floor because a household's page shows what the pipeline made of it."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.forms import HiddenInput, Select
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from clients import access
from clients.models import Household
from clients.pages.lists import by_book
from compliance import clock
from compliance.audit_trail import audit
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed
from rebalancing import household_forms, market_days
from rebalancing.pages import household as household_page
from rebalancing.pages.lists import households as household_list

SEARCHES = "household_searches"
SEARCHES_MAX = 10


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every household of this person's book, by its state; as a file too."""
    _require_staff(request)
    at = clock.now()
    asked, found = household_list.searched(
        Asked.of(household_list.SEARCHED, request.GET), request.session.get(SEARCHES, {})
    )
    if asked.export:
        rows = household_list.export(request.user, asked, found=found, at=at)
        return exports.taken(asked, household_list.HEADER, rows, by=Actor.of(request), at=at)
    page = household_list.show(request.user, asked, found=found, at=at)
    return _listed(request, page, status=422 if asked.faults else 200)


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Look for a name or code. What was found is kept in the session, and only its id stands in the address."""
    _require_staff(request)
    form = household_forms.Search(request.POST)
    if not form.is_valid():
        nothing = Asked.of(household_list.SEARCHED, {})
        page = household_list.show(request.user, nothing, found=None, at=clock.now())
        return _listed(request, page, form=form, status=422)
    kept = dict(list(request.session.get(SEARCHES, {}).items())[1 - SEARCHES_MAX :])
    view_id = secrets.token_hex(6)
    kept[view_id] = household_list.find(request.user, form.cleaned_data["text"])
    request.session[SEARCHES] = kept
    response = redirect("clients:household_list")
    response["Location"] += f"?view={view_id}"
    return response


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One household; that it was opened is on the trail."""
    household = _household(request, public_id)
    at = clock.now()
    page = household_page.show(
        request.user, household, at=at, tab=request.GET.get("tab", ""), asked=request.GET.dict()
    )
    with transaction.atomic():
        audit.record(audit.Action.HOUSEHOLD_VIEWED, about=household, by=Actor.of(request), at=at)
    return render(request, "clients/household.html", {"page": page})


def _listed(
    request: HttpRequest,
    page: household_list.HouseholdListPage,
    *,
    form: household_forms.Search | None = None,
    status: int = 200,
) -> HttpResponse:
    beside = {"page": page, "search_form": form or household_forms.Search(), "filter_form": _filters(request)}
    return render(request, "clients/household_list.html", beside, status=status)


def _filters(request: HttpRequest) -> Any:
    """The filters that are no chips, as a form; advisors by name."""
    form = Asked.of(household_list.SEARCHED, request.GET).form()
    today = market_days.new_york_date(clock.now())
    form.fields["advisor"].widget = Select(
        choices=[("", "Anybody"), *by_book.advisors(request.user, on=today)]
    )
    for name in ("state", "coming", "view"):
        form.fields[name].widget = HiddenInput()
    return form


def _household(request: HttpRequest, public_id: str) -> Household:
    _require_staff(request)
    return get_object_or_404(access.households_for(request.user), public_id=public_id)


def _require_staff(request: HttpRequest) -> None:
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")
