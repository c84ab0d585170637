"""What every transition of the API shares: a precondition where somebody decides, and harmless repeats."""

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
    description="The ETag of what you looked at. Without it 428, with another one 412.",
)
REPEATED = "Idempotent-Replayed"


class PreconditionMissing(Refusal):
    """A decision came without saying what was looked at (428)."""

    kind = "precondition-required"
    http_status = 428
    title = "Say what you looked at"


class PreconditionFailed(Refusal):
    """A decision came for something that has changed since (412)."""

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
            "A decision names what was looked at.", "Send the ETag of the proposal as If-Match."
        )
    if given != etag(fingerprint):
        raise PreconditionFailed(
            "This is not what you looked at any more.", "Read it again, then decide on what it says now."
        )


def key_of(request: Request) -> repeats.Key:
    """The request's key with the digest of what it asks; call it before anything is done."""
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
    """Do one transition and answer with what came of it; a repeat gets the first answer.

    `unless` raises what stands in the way of a new request (a precondition); a repeat does not ask it, since
    the thing has changed by what the first one did.
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
    """The answer again, and that it is one."""
    return Response(answer.body, status=answer.status, headers={REPEATED: "true"})
