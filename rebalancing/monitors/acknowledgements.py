"""Acknowledgements: a person knows of an alarm, says why it may stand, and until when. The alarm itself stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.models import Acknowledgement, Alarm

DAYS_MAX = 90
"""An alarm that is to stand for longer is thought about again."""


@transaction.atomic
def acknowledge(
    alarm: Alarm, *, reason: str, until_on: date, on: date, user_id: int, by: Actor, at: datetime
) -> Acknowledgement:
    """Answer an alarm; an earlier answer that still stands is replaced. Raises `Conflict` for one that has ended,
    `BadInput` without a reason or with a day that is past or too far away.
    """
    alarm = Alarm.objects.select_for_update().get(pk=alarm.pk)
    if alarm.ended_on is not None:
        raise Conflict("This alarm has ended: its cause is gone.", "There is nothing to answer.")
    if not reason.strip():
        raise BadInput("An acknowledgement needs a reason.", "Say why the alarm may stand.")
    if not on <= until_on <= on + timedelta(days=DAYS_MAX):
        raise BadInput(
            f"An acknowledgement counts until a day within the next {DAYS_MAX} days.", "Choose another day."
        )
    before = alarm.acknowledgements.filter(withdrawn_at=None).first()
    if before is not None:
        _end(before, reason="Replaced", user_id=user_id, at=at)
    given = Acknowledgement.objects.create(
        alarm=alarm, reason=reason.strip(), until_on=until_on, given_by_id=user_id, given_at=at
    )
    audit.record(
        audit.Action.ALARM_ACKNOWLEDGED,
        about=alarm,
        by=by,
        at=at,
        sealing=[
            ("acknowledgement", given.pk),
            *([("acknowledgement_withdrawn", before.pk)] if before is not None else []),
        ],
        reason=given.reason,
        until_on=until_on,
    )
    return given


@transaction.atomic
def withdraw(alarm: Alarm, *, reason: str, user_id: int, by: Actor, at: datetime) -> Acknowledgement:
    """Take the standing answer back, so that the alarm asks again. Raises `Conflict` where there is none."""
    given = alarm.acknowledgements.select_for_update().filter(withdrawn_at=None).first()
    if given is None:
        raise Conflict("This alarm is not acknowledged.", "There is nothing to withdraw.")
    _end(given, reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.ALARM_REOPENED,
        about=alarm,
        by=by,
        at=at,
        sealing=[("acknowledgement_withdrawn", given.pk)],
        reason=reason,
    )
    return given


def _end(given: Acknowledgement, *, reason: str, user_id: int, at: datetime) -> None:
    given.withdrawn_at, given.withdrawn_by_id, given.withdraw_reason = at, user_id, reason.strip()
    given.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
