"""What every transition of the API shares: a precondition for decisions, and idempotent repeats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock, repeats
from compliance.digests.fingerprint import netstring
from compliance.people.actors import Actor
from compliance.refusals import Refusal

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=False,
    description="The same key with the same body gets the first answer again; with another body it is refused (422).",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of what you read. Missing: 428; different: 412.",
)
REPEATED = "Idempotent-Replayed"


class PreconditionMissing(Refusal):
    """A decision without an If-Match header (428)."""

    kind = "precondition-required"
    http_status = 428
    title = "Send the ETag of what you read"


class PreconditionFailed(Refusal):
    """A decision about something that has changed since (412)."""

    kind = "precondition-failed"
    http_status = 412
    title = "This has changed since you looked"


def etag(fingerprint: str) -> str:
    """The entity tag of what a person was shown."""
    return f'"{fingerprint}"'


def require_match(request: Request, fingerprint: str) -> None:
    """Refuse a decision that does not name exactly what is there now in its If-Match header."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        raise PreconditionMissing(
            "A decision has to name the version it is about.", "Send the ETag of the proposal as If-Match."
        )
    if given != etag(fingerprint):
        raise PreconditionFailed(
            "This has changed since you read it.", "Read it again, then decide on the current version."
        )


def key_of(request: Request) -> repeats.Key:
    """The request's key with the digest of its content; call it before anything is done."""
    digest = hashlib.sha256()
    for part in (str(request.method), request.path):
        digest.update(netstring(part))
    digest.update(json.dumps(request.data, sort_keys=True).encode())
    return repeats.Key(
        text=request.headers.get("Idempotency-Key", "").strip(),
        request_digest=digest.hexdigest(),
        by=Actor.of(request),
        at=clock.now(),
    )


def once(
    request: Request,
    do: Callable[[], Mapping[str, Any]],
    *,
    unless: Callable[[], None] = lambda: None,
    status: int = 200,
) -> Response:
    """Make one transition and return its answer; a repeat gets the first answer.

    `unless` raises when a new request fails a precondition; a repeat does not check it, since the first
    request has already changed the subject.
    """
    key = key_of(request)
    if answered := repeats.earlier(key):
        return repeated(answered)
    unless()
    return sent(repeats.once(key, lambda: repeats.Answer(status, do())))


def sent(answer: repeats.Answer) -> Response:
    """The answer, the first time."""
    return Response(answer.body, status=answer.status)


def repeated(answer: repeats.Answer) -> Response:
    """The same answer, marked as a repeat."""
    return Response(answer.body, status=answer.status, headers={REPEATED: "true"})
