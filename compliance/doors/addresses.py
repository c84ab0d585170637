"""The addresses of doors. They come before the pages of their nouns, whose ids would match their words."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import URLPattern, path

from compliance.doors import endpoints, pages
from compliance.doors.door import Door, FormDoor, NoDoor


def browser(declared: Iterable[Door | NoDoor]) -> list[URLPattern]:
    """The pages of the doors that are forms."""
    return [path(one.path, pages.view(one), name=one.name) for one in declared if isinstance(one, FormDoor)]


def api(declared: Iterable[Door | NoDoor]) -> list[URLPattern]:
    """The endpoints of the doors that are forms."""
    return [
        path(
            one.path,
            endpoints.endpoint(one).as_view({"get": "present", "post": "act"}),
            name=one.api.removeprefix("api:"),
        )
        for one in declared
        if isinstance(one, FormDoor)
    ]
