"""The doors of an examination: which accesses there are, what one shows, and its books and records as one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from compliance import access as desk
from compliance import clock
from compliance.lists import exports
from compliance.models import ExaminerAccess
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import NotAllowed
from rebalancing.evidence import records
from rebalancing.market_days import new_york_date
from rebalancing.pages import examination

if TYPE_CHECKING:
    from compliance.people.roles import Person

REFUSAL = "Examinations are for compliance and for examiners."


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Who examines what: every access for compliance, their own for an examiner."""
    _require(request)
    page = examination.listed(request.user, on=new_york_date(clock.now()))
    return render(request, "rebalancing/examinations.html", {"page": page})


@require_GET
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One access, and the decisions it shows."""
    found = _access(request, public_id)
    page = examination.show(request.user, found, on=new_york_date(clock.now()))
    return render(request, "rebalancing/examination.html", {"page": page})


@require_GET
def taken(request: HttpRequest, public_id: str) -> HttpResponse:
    """The books and records of its scope as a ZIP; that they were taken is on the trail."""
    found, at = _access(request, public_id), clock.now()
    bundle = records.take(found, by=Actor.of(request), at=at)
    return exports.streamed(bundle, f"books-and-records-{found.public_id}", at=at)


def _access(request: HttpRequest, public_id: str) -> ExaminerAccess:
    _require(request)
    found: ExaminerAccess = get_object_or_404(
        desk.examiner_accesses_for(cast("Person", request.user)).select_related("examiner", "replaces"),
        public_id=public_id,
    )
    return found


def _require(request: HttpRequest) -> None:
    if not any(request.user.has_role(role) for role in (Role.COMPLIANCE, Role.EXAMINER)):  # type: ignore[union-attr]
        raise NotAllowed(REFUSAL)
