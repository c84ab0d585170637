"""A region of a page that asks for itself again while something runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

STOP_POLLING = 286
"""The status by which htmx knows that it need not ask again."""


def region(request: HttpRequest, template: str, context: dict[str, Any], *, goes_on: bool) -> HttpResponse:
    """The region as it is now, and whether to ask for it again."""
    return render(request, template, context, status=200 if goes_on else STOP_POLLING)
