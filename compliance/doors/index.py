"""What this person can do: every noun with its doors, a page for newcomers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.views.decorators.http import require_GET, require_POST

from compliance import access
from compliance.doors import pages, registry
from compliance.doors.door import Door
from compliance.lists import saved_views
from compliance.lists.asked import SEARCHES, VIEW
from compliance.models import SavedView
from compliance.refusals import BadInput

if TYPE_CHECKING:
    from compliance.people.roles import Person

SEARCHES_MAX, TEXT_MAX = 20, 80


@dataclass(frozen=True, slots=True)
class Way:
    """One door: its title, and its address where it stands on no single thing's page."""

    title: str
    url: str
    second_person: bool


@dataclass(frozen=True, slots=True)
class NounWays:
    """A noun with what this person can do, and what nobody does and why."""

    noun: str
    ways: tuple[Way, ...]
    never: tuple[str, ...]


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Every noun with the doors that this person's roles open."""
    user = cast("Person", request.user)
    access.require_staff(user)
    mine = [door for door in registry.doors() if any(user.has_role(role) for role in door.roles)]
    never = registry.absent()
    nouns = [
        NounWays(noun, tuple(map(_way, doors)), tuple(one.why for one in never if one.noun == noun))
        for noun, doors in groupby(mine, key=lambda door: door.noun)
    ]
    return render(request, "doors/index.html", {"nouns": nouns})


def _way(door: Door) -> Way:
    try:
        url = reverse(door.browser) if door.browser else ""
    except NoReverseMatch:
        url = ""
    return Way(door.title, url, door.two_people is not None)


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view, and what this person may do with it."""

    view: SavedView
    url: str
    links: tuple[pages.DoorLink, ...]


@require_GET
def views(request: HttpRequest) -> HttpResponse:
    """Every saved view this person may open."""
    access.require_staff(cast("Person", request.user))
    rows = [
        ViewRow(
            one,
            f"{one.address}?{one.query}" if one.query else one.address,
            pages.links(OWN if one.owner_id == request.user.pk else (), request.user, one),
        )
        for one in saved_views.views_for(request.user).order_by("address", "name")
    ]
    return render(request, "doors/views.html", {"rows": rows})


@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Leave columns out of a list, or show them again."""
    access.require_staff(cast("Person", request.user))
    address = request.POST.get("address", "")
    everything, shown = request.POST.getlist("column"), set(request.POST.getlist("shown"))
    assert request.user.pk is not None, "staff have signed in"
    saved_views.hide(
        [one for one in everything if one not in shown], address=address, user_id=request.user.pk
    )
    query = request.POST.get("query", "")
    return redirect(f"{address}?{query}" if query else address)


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Look for a text in a list. The session keeps it, and only its id stands in the address."""
    access.require_staff(cast("Person", request.user))
    address, text = request.POST.get("address", ""), request.POST.get("text", "").strip()[:TEXT_MAX]
    try:
        resolve(address)
    except Resolver404:
        raise BadInput("This list does not exist.", "Open the list again, and search there.") from None
    query = dict(parse_qsl(request.POST.get("query", "")))
    if text:
        kept = dict(list(request.session.get(SEARCHES, {}).items())[1 - SEARCHES_MAX :])
        query[VIEW] = secrets.token_hex(6)
        request.session[SEARCHES] = {**kept, query[VIEW]: text}
    return redirect(f"{address}?{urlencode(query)}" if query else address)


OWN = ("compliance:view_change", "compliance:view_remove")
