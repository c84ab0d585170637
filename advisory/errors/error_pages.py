"""What a person sees when an address leads nowhere or something broke. The API answers with problem+json instead."""

from __future__ import annotations

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advisory.errors import beyond, problems, unavailable

API = "/api/"


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = beyond.SENTENCE if beyond.measure(exception) else "The request could not be read."
    return _answer(request, 400, detail)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "There is nothing here, or it is not yours to see.")


def broken(request: HttpRequest) -> HttpResponse:
    """Ask nothing of the database or the session: either may be what broke, and then we say which."""
    # Django asks for this page while it handles the error.
    if away := unavailable.why(sys.exception()):
        return unavailable.answer(away, request)
    return _answer(request, 500, "Something broke on our side. It has been written to the log.")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is missing or too old, most often one left open over a sign-out."""
    return _answer(request, 403, "The form had expired.", template="errors/form_expired.html")


def _answer(request: HttpRequest, status: int, detail: str, *, template: str = "") -> HttpResponse:
    if request.path.startswith(API):
        return problems.answer(problems.of_status(status, detail, request))
    page = {"title": HTTPStatus(status).phrase, "request_id": getattr(request, "request_id", "")}
    return render(request, template or f"errors/{status}.html", {"page": page}, status=status)
