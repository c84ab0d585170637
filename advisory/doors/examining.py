"""An examiner reads and changes nothing, and every page they ask for is on the trail, also what was refused."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from advisory.errors import error_pages
from advisory.middleware import OWN_SIGN_IN
from compliance import access, clock
from compliance.audit_trail import audit
from compliance.doors.refused import Known
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import NotAllowed, Step

READING = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSAL = NotAllowed(
    "An examiner's access changes nothing.", "Ask compliance for what you need beyond reading."
)
MAY_READ = Known((Step("See what you may read", "/"),))
PATH_MAX = 200


def read_only(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse an examiner everything but reading, and put each of their requests on the trail with its answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            not user.is_authenticated
            or request.path.startswith(OWN_SIGN_IN)
            or not user.has_role(Role.EXAMINER)
        ):
            return answer(request)
        response = (
            answer(request)
            if request.method in READING
            else error_pages.refusal(request, REFUSAL, known=MAY_READ)
        )
        _record(request, response)
        return response

    return middleware


def _record(request: HttpRequest, response: HttpResponse) -> None:
    """A page that cannot be put on the trail is not shown: an error here is the answer."""
    accesses = list(access.examiner_accesses_for(request.user).order_by("pk"))  # type: ignore[arg-type]
    with transaction.atomic():
        audit.record(
            audit.Action.EXAMINER_READ,
            about=accesses[0] if accesses else request.user,
            by=Actor.of(request),
            at=clock.now(),
            method=str(request.method),
            path=request.path[:PATH_MAX],
            status=response.status_code,
            accesses=[one.public_id for one in accesses],
        )
