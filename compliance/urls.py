"""This floor's addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.urls import URLPattern, URLResolver, path

from compliance import views
from compliance.doors import addresses, catalog, index, reviewing
from compliance.doors.settings import catalog as settings_doors
from compliance.pages.queue import Above

api_urlpatterns: list[URLPattern | URLResolver] = [*addresses.api(catalog.DOORS), *settings_doors.api]


def pages(
    household_refs: Callable[[Any], Collection[str]], above: Above
) -> tuple[list[URLPattern | URLResolver], str]:
    """The pages and their namespace. This floor knows no books, securities or pages of the floors above.

    `household_refs` names the households in a person's book, `above` the rest that it shows of them.
    """
    of_book = {"household_refs": household_refs}
    of_trail = {**of_book, "places_for": above.places_for}
    of_record = {"above": above}
    return [
        *addresses.browser(catalog.DOORS),
        *settings_doors.browser,
        path("doors/", index.show, name="doors"),
        path("views/", index.views, name="view_list"),
        path("lists/columns/", index.columns, name="columns"),
        path("lists/search/", index.search, name="list_search"),
        path("reviews/", reviewing.listing, of_book, name="review_list"),
        path("reviews/<slug:public_id>/", reviewing.show, of_book, name="review"),
        path("reviews/<slug:public_id>/ask/", reviewing.ask, of_book, name="review_ask"),
        path("reviews/<slug:public_id>/withdraw/", reviewing.withdraw, of_book, name="review_withdraw"),
        path("audit/", views.audit_list, {**of_trail, "called": above.called}, name="audit_list"),
        path("audit/verify/", views.verify, name="verify"),
        path("audit/<int:seq>/", views.audit_event, of_trail, name="audit_event"),
        path("compliance/", views.queue, of_record, name="queue"),
        path(
            "compliance/change-requests/<int:change_request>/dismiss/",
            views.dismiss,
            of_record,
            name="dismiss",
        ),
        path("compliance/restrictions/", views.restriction_place, of_record, name="restriction_place"),
        path(
            "compliance/restrictions/<str:public_id>/lift/",
            views.restriction_lift,
            of_record,
            name="restriction_lift",
        ),
    ], "compliance"
