"""Examiners are let in: a sign-in without any role of the firm, and the access that it reads by."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from advisory.models import User
from advisory.people import invitations
from compliance import examiners
from compliance.models import ExaminerAccess
from compliance.people.actors import Actor
from compliance.refusals import BadInput


@transaction.atomic
def admit(
    email: str,
    *,
    name: str,
    household_ref: str,
    since_on: date | None,
    until_on: date | None,
    ends_on: date,
    reason: str,
    by: Actor,
    at: datetime,
) -> ExaminerAccess:
    """Open an access, with an invitation for who has no sign-in yet.

    Raises `BadInput` for the address of a colleague or a client: an examiner's sign-in is nothing else.
    """
    known = User.objects.select_for_update(no_key=True).filter(email__iexact=email.strip()).first()
    if known is not None and known.role_grants.exists():
        raise BadInput(
            f"{known} works here or is a client.", "An examiner signs in with an address of their own."
        )
    if known is not None and known.deactivated_at is not None:
        raise BadInput(f"The sign-in of {known} was deactivated.", "Use another address.")
    if known is None:
        known = invitations.invite(email, name=name, roles=(), by=by, at=at).user
    return examiners.open_access(
        known.pk,
        household_ref=household_ref,
        since_on=since_on,
        until_on=until_on,
        ends_on=ends_on,
        reason=reason,
        by=by,
        at=at,
    )
