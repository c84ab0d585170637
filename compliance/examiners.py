"""Examiners' accesses: opened, changed and ended by compliance, each with its line on the trail.

The role of an examiner is no grant: it is held exactly as long as an access stands, and shows what that access names.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.models import ExaminerAccess
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed

TERMS = ("since_on", "until_on", "ends_on")
DAYS_MAX = 180
"""The longest that an access can be opened for, or prolonged to, from today."""


@transaction.atomic
def open_access(
    examiner: int,
    *,
    household_ref: str,
    since_on: date | None,
    until_on: date | None,
    ends_on: date,
    reason: str,
    replaces: ExaminerAccess | None = None,
    by: Actor,
    at: datetime,
) -> ExaminerAccess:
    """Let an examiner read one client, or a period. Raises `NotAllowed` for others than compliance, `BadInput`."""
    keeper = _compliance(by)
    if keeper == examiner:
        raise NotAllowed(
            "Nobody opens an examiner's access for themselves.", "Ask a colleague in compliance."
        )
    _refuse_bad(household_ref, since_on, until_on, ends_on, reason, on=at.astimezone(EASTERN).date())
    made = ExaminerAccess.objects.create(
        examiner_id=examiner,
        household_ref=household_ref,
        since_on=since_on,
        until_on=until_on,
        ends_on=ends_on,
        reason=reason.strip(),
        opened_at=at,
        opened_by_id=keeper,
        opened_by_label=by.label,
        replaces=replaces,
    )
    audit.record(
        audit.Action.EXAMINER_CHANGED if replaces else audit.Action.EXAMINER_ADMITTED,
        about=made,
        by=by,
        at=at,
        sealing=[
            ("examiner_access", made.pk),
            *([("examiner_access_ended", replaces.pk)] if replaces else []),
        ],
        examiner=str(examiner),
        household=household_ref,
        since=since_on,
        until=until_on,
        ends_on=ends_on,
        reason=made.reason,
        changed={}
        if replaces is None
        else {
            name: {"before": getattr(replaces, name), "after": getattr(made, name)}
            for name in TERMS
            if getattr(replaces, name) != getattr(made, name)
        },
        replaces=replaces.public_id if replaces else "",
    )
    return made


@transaction.atomic
def change(
    access: ExaminerAccess,
    *,
    since_on: date | None,
    until_on: date | None,
    ends_on: date,
    reason: str,
    by: Actor,
    at: datetime,
) -> ExaminerAccess:
    """Prolong or narrow an access: the next one has the new terms, and the former stays on record.

    Raises `NotAllowed`, `BadInput` also where nothing changes, `Conflict` once it is over.
    """
    keeper = _compliance(by)
    standing = _lock(access)
    if (since_on, until_on, ends_on) == (standing.since_on, standing.until_on, standing.ends_on):
        raise BadInput("These are the terms it has.", "Change the period or the last day.")
    _end(standing, keeper, f"Changed: {reason.strip()}", at=at)
    return open_access(
        standing.examiner_id,
        household_ref=standing.household_ref,
        since_on=since_on,
        until_on=until_on,
        ends_on=ends_on,
        reason=reason,
        replaces=standing,
        by=by,
        at=at,
    )


@transaction.atomic
def end(access: ExaminerAccess, *, reason: str, by: Actor, at: datetime) -> ExaminerAccess:
    """End an access at once. Raises `NotAllowed`, `BadInput` without a reason, `Conflict` once it is over."""
    keeper = _compliance(by)
    standing = _lock(access)
    _end(standing, keeper, reason.strip(), at=at)
    audit.record(
        audit.Action.EXAMINER_DISMISSED,
        about=standing,
        by=by,
        at=at,
        sealing=[("examiner_access_ended", standing.pk)],
        examiner=str(standing.examiner_id),
        reason=standing.ended_reason,
    )
    return standing


def _compliance(by: Actor) -> int:
    user = people.behind(by)
    if not user.has_role(Role.COMPLIANCE):
        raise NotAllowed("Only compliance opens, changes and ends examiners' accesses.")
    return user.pk


def _lock(access: ExaminerAccess) -> ExaminerAccess:
    standing: ExaminerAccess = ExaminerAccess.objects.select_for_update().get(pk=access.pk)
    if standing.ended_at is not None:
        raise Conflict("This access is over.", "Open a new one.")
    return standing


def _end(standing: ExaminerAccess, keeper: int, reason: str, *, at: datetime) -> None:
    if not reason:
        raise BadInput("Ending an access needs a reason.", "Write why. It stays on record.")
    standing.ended_at, standing.ended_by_id, standing.ended_reason = at, keeper, reason[:1_000]
    standing.save(update_fields=["ended_at", "ended_by", "ended_reason"])


def _refuse_bad(
    household_ref: str, since_on: date | None, until_on: date | None, ends_on: date, reason: str, *, on: date
) -> None:
    if not reason.strip():
        raise BadInput("An access needs a reason.", "Name the examination it is for. It stays on record.")
    if not household_ref and (since_on is None or until_on is None):
        raise BadInput(
            "An access is for one client or for a period.",
            "Choose a household, or give both days of a period.",
        )
    if since_on and until_on and until_on < since_on:
        raise BadInput("The period ends before it begins.", "Check both days.")
    if ends_on < on:
        raise BadInput("The last day is over already.", "Choose today or a later day.")
    if ends_on > on + timedelta(days=DAYS_MAX):
        raise BadInput(
            f"An access stands for {DAYS_MAX} days at most.",
            "Choose an earlier last day; it can be prolonged later.",
        )
