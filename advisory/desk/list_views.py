"""What every list shows beside its rows: saved views above it, and the columns this person leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString

from compliance.lists import saved_views
from compliance.lists.listing import Chip, Listing
from compliance.people.roles import STAFF_ROLES

HEADER = re.compile(r"<thead>.*?</thead>", re.DOTALL)
CAPTION = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kept:
    """Saved views of a list, where to save this one, and where they all are."""

    views: tuple[Chip, ...]
    save_url: str
    all_url: str


def of(request: HttpRequest | None, listing: Listing) -> Kept | None:
    """The saved views of the list on this page; None for clients and where a list shows nothing yet."""
    if request is None or not _is_staff(request) or listing.faults:
        return None
    query = listing.query
    found = saved_views.views_for(request.user).filter(address=request.path)
    views = tuple(
        Chip(one.name, f"?{one.query}" if one.query else request.path, one.query == query) for one in found
    )
    save = urlencode({"address": request.path, "query": query})
    is_saved = any(one.is_on for one in views)
    # A search is kept by the session only, so a view with one could not be opened later.
    is_plain = not query or bool(listing.search and listing.search.view)
    return Kept(
        views=views,
        save_url="" if is_saved or is_plain else f"{reverse('compliance:view_save')}?{save}",
        all_url=reverse("compliance:view_list"),
    )


def columns_chosen(request: HttpRequest | None, box: SafeString) -> SafeString:
    """A list's table without the columns this person leaves out, and below it the form to choose them.

    The first column names the row, so it always stays. Columns are left out by the style sheet: a program that reads
    the page, and a file taken from the list, still find them.
    """
    header = HEADER.search(box)
    if request is None or not _is_staff(request) or header is None:
        return box
    captions = [_plain(found.group(1)) for found in CAPTION.finditer(header.group(0))]
    hidden = set(saved_views.hidden_for(request.user, request.path))
    places = " ".join(str(place) for place, one in enumerate(captions, start=1) if one in hidden)
    table = format_html('<div data-hidden="{}">{}</div>', places, box) if places else box
    form = render_to_string(
        "_parts/columns.html",
        {
            "columns": [(one, one not in hidden) for one in captions[1:]],
            "address": request.path,
            "query": request.GET.urlencode(),
            "url": reverse("compliance:columns"),
        },
        request=request,
    )
    return format_html("{}{}", table, form)


def _plain(markup: str) -> str:
    return " ".join(strip_tags(markup).replace("&amp;", "&").split())


def _is_staff(request: HttpRequest) -> bool:
    user: Any = request.user
    return user.is_authenticated and bool(STAFF_ROLES & user.role_names)
