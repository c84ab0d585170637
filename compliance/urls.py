"""This floor's addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.urls import URLPattern, URLResolver, path

from compliance import views

api_urlpatterns: list[URLPattern | URLResolver] = []


def pages(
    household_refs: Callable[[Any], Collection[str]],
) -> tuple[list[URLPattern | URLResolver], str]:
    """The pages and their namespace. `household_refs` names the households in a person's book; we know no books."""
    of_book = {"household_refs": household_refs}
    return [
        path("audit/", views.audit_list, of_book, name="audit_list"),
        path("audit/verify/", views.verify, name="verify"),
        path("audit/<int:seq>/", views.audit_event, of_book, name="audit_event"),
        path("compliance/", views.queue, name="queue"),
        path("compliance/change-requests/<int:change_request>/dismiss/", views.dismiss, name="dismiss"),
        path("compliance/restrictions/", views.restriction_place, name="restriction_place"),
        path(
            "compliance/restrictions/<str:public_id>/lift/", views.restriction_lift, name="restriction_lift"
        ),
    ], "compliance"
