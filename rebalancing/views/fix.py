"""The pages of FIX sessions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance import clock
from compliance.refusals import NotAllowed
from rebalancing.doors import fix_sessions as doors
from rebalancing.pages import fix_sessions


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every session with its state, numbers, and what waits."""
    user: Any = request.user
    if not any(user.has_role(role) for role in doors.READERS):
        raise NotAllowed(doors.READERS_ONLY)
    page = fix_sessions.show(user, at=clock.now())
    return render(request, "rebalancing/fix_sessions.html", {"page": page})


@require_GET
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One session with its latest messages."""
    session = doors.find(request.user, public_id)
    page = fix_sessions.of_one(session, request.user, at=clock.now())
    return render(request, "rebalancing/fix_session.html", {"page": page})
