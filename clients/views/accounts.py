"""Accounts and their tax lots in the browser."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clients import access
from clients.doors import accounts, lots
from clients.pages import accounts as pages
from clients.pages.lists.accounts import ACCOUNTS
from clients.views.facts import listed, require_desk
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The accounts of the firm's households."""
    return listed(request, ACCOUNTS)


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One account; that it was opened is on the trail."""
    require_desk(request)
    account = accounts.find(request.user, public_id)
    at = clock.now()
    may_open_files = access.refusal_to_read_files(request.user) is None
    page = pages.account(
        request.user, account, on=at.astimezone(clock.EASTERN).date(), may_open_files=may_open_files
    )
    with transaction.atomic():
        audit.record(audit.Action.ACCOUNT_VIEWED, about=account, by=Actor.of(request), at=at)
    return render(request, "clients/account.html", {"page": page})


@require_GET
def lot(request: HttpRequest, public_id: str) -> HttpResponse:
    """One tax lot with its corrections."""
    require_desk(request)
    found = lots.find(request.user, public_id)
    return render(request, "clients/lot.html", {"page": pages.lot(request.user, found)})
