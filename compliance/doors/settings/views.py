"""The firm's settings in the browser: in force by group, and version by version."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance import access, clock
from compliance.doors.settings import page

if TYPE_CHECKING:
    from compliance.people.roles import Person


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Every setting in force today, and what is scheduled."""
    user = cast("Person", request.user)
    access.require_member(user)
    on = clock.now().astimezone(clock.EASTERN).date()
    shown = page.settings_page(user, access.setting_versions_for(user), on=on)
    return render(request, "compliance/settings.html", {"page": shown})


@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    user = cast("Person", request.user)
    access.require_member(user)
    on = clock.now().astimezone(clock.EASTERN).date()
    shown = page.versions_page(user, access.setting_versions_for(user), on=on)
    return render(request, "compliance/setting_versions.html", {"page": shown})
