"""This floor's addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, path

from compliance import views
from compliance.doors import addresses, catalog, index, reviewing
from compliance.doors.settings import catalog as settings_doors
from compliance.pages import PlacesFor

api_urlpatterns: list[URLPattern | URLResolver] = [*addresses.api(catalog.DOORS), *settings_doors.api]


def pages(
    household_refs: Callable[[Any], Collection[str]],
    issuers: Callable[[], Mapping[str, int]],
    places_for: PlacesFor,
) -> tuple[list[URLPattern | URLResolver], str]:
    """The pages and their namespace. This floor knows no books and no securities.

    `household_refs` names the households in a person's book, `issuers` those who issue what is on record and how many
    securities each has, `places_for` the pages of things that a person may open.
    """
    of_book = {"household_refs": household_refs}
    of_trail = {**of_book, "places_for": places_for}
    of_record = {"issuers": issuers, "places_for": places_for}
    return [
        *addresses.browser(catalog.DOORS),
        *settings_doors.browser,
        path("doors/", index.show, name="doors"),
        path("views/", index.views, name="view_list"),
        path("lists/columns/", index.columns, name="columns"),
        path("reviews/", reviewing.listing, of_book, name="review_list"),
        path("reviews/<slug:public_id>/", reviewing.show, of_book, name="review"),
        path("reviews/<slug:public_id>/withdraw/", reviewing.withdraw, of_book, name="review_withdraw"),
        path("audit/", views.audit_list, of_trail, name="audit_list"),
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
