"""Refusals and errors as problem+json (RFC 9457), the API's only error format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from compliance.doors import refused
from compliance.people.confirmations import ConfirmationNeeded
from compliance.refusals import Refusal

MEDIA_TYPE = "application/problem+json"
TYPES = "/problems/"


def of_refusal(refusal: Refusal, request: HttpRequest) -> dict[str, Any]:
    """Return the document for a refusal; its causes name each blocking input, `next` what can be done."""
    document = _document(refusal.kind, refusal.title, refusal.http_status, refusal.sentence, request)
    if refusal.how_to_fix:
        document["how_to_fix"] = refusal.how_to_fix
    if refusal.causes:
        document["causes"] = [cause.as_dict() for cause in refusal.causes]
    if steps := refused.told(refusal, refused.Place.of(request)).for_programs:
        document["next"] = steps
    return document


def of_confirmation(needed: ConfirmationNeeded, request: HttpRequest) -> dict[str, Any]:
    """Return the document for a deed that has to be confirmed first; `about` is the digest to confirm."""
    request.is_no_denial = True  # type: ignore[attr-defined]
    document = _document(needed.kind, needed.title, needed.http_status, str(needed), request)
    return {**document, "how_to_fix": needed.how_to_fix, "about": needed.about}


def of_status(status: int, detail: str, request: HttpRequest) -> dict[str, Any]:
    """Return the document for a plain HTTP error."""
    phrase = HTTPStatus(status).phrase
    return _document(phrase.lower().replace(" ", "-"), phrase, status, detail, request)


def answer(document: Mapping[str, Any]) -> JsonResponse:
    """Return the document with its status and media type."""
    return JsonResponse(document, status=document["status"], content_type=MEDIA_TYPE)


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer the errors of an API view; DRF calls this for whatever a view raises."""
    request: HttpRequest = context["request"]._request
    if isinstance(error, Refusal):
        document = of_refusal(error, request)
        return Response(document, status=error.http_status, content_type=MEDIA_TYPE)
    if isinstance(error, ConfirmationNeeded):
        document = of_confirmation(error, request)
        return Response(document, status=error.http_status, content_type=MEDIA_TYPE)
    plain = exception_handler(error, dict(context))
    if plain is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        document = of_status(422, "Some of the values sent cannot be used.", request)
        document["errors"] = list(_errors(error.detail))
        plain.status_code = 422
    else:
        document = of_status(plain.status_code, _detail(error), request)
    plain.data = document
    plain.content_type = MEDIA_TYPE
    return plain


def _document(kind: str, title: str, status: int, detail: str, request: HttpRequest) -> dict[str, Any]:
    return {
        "type": f"{TYPES}{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
    }


def _detail(error: Exception) -> str:
    if isinstance(error, Http404):
        return "This does not exist, or you do not have access to it."
    if isinstance(error, PermissionDenied):
        return "Your role does not allow this."
    return str(error)


def _errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield one error per message, with a JSON pointer to the value it is about."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _errors(inner, pointer if key == "non_field_errors" else f"{pointer}/{key}")
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            deeper = f"{pointer}/{position}" if isinstance(inner, (Mapping, list)) else pointer
            yield from _errors(inner, deeper)
    else:
        yield {"pointer": f"#{pointer}", "detail": str(detail)}
