"""Error pages for people. The API answers with problem+json instead."""

from __future__ import annotations

import sys
from http import HTTPStatus

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from advisory.errors import problems, unavailable, unstorable_values
from compliance.doors import refused
from compliance.doors.refused import Known
from compliance.refusals import Refusal

API = "/api/"
log = structlog.get_logger("advisory.requests")


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = (
        unstorable_values.SENTENCE
        if unstorable_values.is_cause_of(exception)
        else "The request could not be read."
    )
    return _answer(request, 400, detail)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "This page does not exist, or you do not have access to it.")


def broken(request: HttpRequest) -> HttpResponse:
    """Use neither the database nor the session, since either may have failed; then say which one."""
    # Django asks for this page while it handles the error.
    if away := unavailable.why(sys.exception()):
        return unavailable.answer(away, request)
    return _answer(request, 500, "Something went wrong on our side. The error has been logged.")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is missing or expired, most often one left open across a sign-out."""
    request.is_no_denial = True  # type: ignore[attr-defined]
    return _answer(request, 403, "The form has expired.", template="errors/form_expired.html")


def refusal(request: HttpRequest, error: Refusal, *, known: Known | None = None) -> HttpResponse:
    """What was refused, why, and the next step: a page for people, a problem document for programs.

    `known` are the steps where no address has been found yet.
    """
    log.info("refused", kind=error.kind, status=error.http_status)
    if request.path.startswith(API):
        return problems.answer(problems.of_refusal(error, request))
    told = refused.told(error, refused.Place.of(request), known=known)
    page = {"title": told.title, "refused": told, "request_id": getattr(request, "request_id", "")}
    return render(request, "errors/refusal.html", {"page": page}, status=error.http_status)


def _answer(request: HttpRequest, status: int, detail: str, *, template: str = "") -> HttpResponse:
    if request.path.startswith(API):
        return problems.answer(problems.of_status(status, detail, request))
    page = {"title": HTTPStatus(status).phrase, "request_id": getattr(request, "request_id", "")}
    return render(request, template or f"errors/{status}.html", {"page": page}, status=status)
