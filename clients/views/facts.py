"""Firm-wide lists of facts in the browser, and one fact with its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from clients.doors import cash_flows, holds, life_events
from clients.pages import facts
from clients.pages.lists import money_due, record_list, waiting
from clients.pages.lists.record_list import RecordList
from compliance import clock
from compliance.doors import pages as doors
from compliance.lists import exports
from compliance.lists.asked import Asked
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed


@require_GET
def cash_need_list(request: HttpRequest) -> HttpResponse:
    """Money due across the firm."""
    return listed(request, money_due.CASH_NEEDS)


@require_GET
def recurring_cash_list(request: HttpRequest) -> HttpResponse:
    """Recurring money across the firm."""
    return listed(request, money_due.RECURRING)


@require_GET
def hold_list(request: HttpRequest) -> HttpResponse:
    """Holds across the firm, with their ends."""
    return listed(request, waiting.HOLDS)


@require_GET
def life_event_list(request: HttpRequest) -> HttpResponse:
    """Life events across the firm."""
    return listed(request, waiting.LIFE_EVENTS)


@require_GET
def cash_need(request: HttpRequest, public_id: str) -> HttpResponse:
    """A cash need and its history."""
    return _one(request, public_id, cash_flows.find, facts.cash_need)


@require_GET
def recurring_cash(request: HttpRequest, public_id: str) -> HttpResponse:
    """A recurring cash need with its occurrences and its history."""
    return _one(request, public_id, cash_flows.find_rule, facts.recurring_cash)


@require_GET
def hold(request: HttpRequest, public_id: str) -> HttpResponse:
    """A hold and its history."""
    return _one(request, public_id, holds.find, facts.hold)


@require_GET
def life_event(request: HttpRequest, public_id: str) -> HttpResponse:
    """A life event and its history."""
    return _one(request, public_id, life_events.find, facts.life_event)


def listed(request: HttpRequest, what: RecordList, *, adding: tuple[str, ...] = ()) -> HttpResponse:
    """A list as a page or as a file. `adding` names the doors where a new one is made."""
    require_desk(request)
    at, asked = clock.now(), Asked.on_page(what.kind, request)
    if asked.export:
        rows = record_list.export(what, request.user, asked)
        return exports.taken(asked, what.header, rows, by=Actor.of(request), at=at)
    page = record_list.show(what, request.user, asked, on=at.astimezone(clock.EASTERN).date())
    shown = {"page": page, "adding": doors.links(adding, request.user)}
    return render(request, "clients/record_list.html", shown, status=422 if asked.faults else 200)


def require_desk(request: HttpRequest) -> None:
    """Raise `NotAllowed` for people who see no client data of the firm."""
    if not access.is_staff(request.user):
        raise NotAllowed("These pages are for the firm's desk.", "Your own accounts are under My portfolio.")


def _one(
    request: HttpRequest, public_id: str, find: Callable[..., Any], show: Callable[..., facts.FactPage]
) -> HttpResponse:
    require_desk(request)
    found = find(request.user, public_id)
    return render(request, "clients/fact.html", {"page": show(request.user, found, on=_today())})


def _today() -> date:
    return clock.now().astimezone(clock.EASTERN).date()
