"""Securities in the browser: the list with its search, the page of one, classes and wash-sale groups."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clients import access
from clients.doors import groupings
from clients.doors import securities as doors
from clients.forms import SecuritySearch
from clients.pages import groupings as grouping_pages
from clients.pages import securities as pages
from clients.pages import security_page
from compliance import clock
from compliance.doors.pages import links
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed

SEARCHES = "security_searches"
SEARCHES_MAX = 20


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The securities on record."""
    _require_reader(request.user)
    return _list(request, SecuritySearch(), status=200)


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Look for a part of a symbol or name. The session keeps it, and only its id stands in the address."""
    _require_reader(request.user)
    form = SecuritySearch(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    kept = dict(list(request.session.get(SEARCHES, {}).items())[1 - SEARCHES_MAX :])
    view = secrets.token_hex(6)
    kept[view] = form.cleaned_data["text"]
    request.session[SEARCHES] = kept
    answer = redirect("clients:security_list")
    answer["Location"] += f"?view={view}"
    return answer


@require_safe
def show(request: HttpRequest, security: int) -> HttpResponse:
    """One security."""
    found = get_object_or_404(
        access.securities_for(request.user).select_related("wash_group", "wash_group_by"), pk=security
    )
    page = security_page.show(request.user, found, on=_today())
    return render(
        request,
        "clients/security.html",
        {"page": page, "doors": links((*doors.OF_ONE, "clients:price_enter"), request.user, found)},
    )


@require_safe
def classes_and_groups(request: HttpRequest) -> HttpResponse:
    """Asset classes and wash-sale groups, with what is decided about each."""
    _require_reader(request.user)
    page = grouping_pages.show(request.user)
    user = request.user
    return render(
        request,
        "clients/groupings.html",
        {
            "page": page,
            "adding": links((groupings.CLASS_ADD.browser, groupings.GROUP_ADD.browser), user),
            "classes": [(row, links(groupings.OF_A_CLASS, user, row.asset_class)) for row in page.classes],
            "groups": [(row, links(groupings.OF_A_GROUP, user, row.group)) for row in page.groups],
        },
    )


def _list(request: HttpRequest, form: SecuritySearch, *, status: int) -> HttpResponse:
    asked = Asked.of(pages.KIND, request.GET)
    text = request.session.get(SEARCHES, {}).get(asked.texts.get("view", ""), "")
    if asked.export:
        rows = pages.export(request.user, asked, text=text, on=_today())
        return exports.taken(asked, pages.HEADER, rows, by=Actor.of(request), at=clock.now())
    page = pages.show_list(request.user, asked, text=text, on=_today())
    return render(
        request,
        "clients/security_list.html",
        {"page": page, "search_form": form, "adding": links((doors.ADD.browser,), request.user)},
        status=422 if asked.faults else status,
    )


def _today() -> Any:
    return clock.now().astimezone(clock.EASTERN).date()


def _require_reader(user: Any) -> None:
    if refusal := access.refusal_to_read_securities(user):
        raise NotAllowed(refusal)
