"""Alarms: raised when a monitor finds something, ended when it is found no more. Doing it twice changes nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.models import Alarm
from rebalancing.monitors import watching
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.watching import Found

LOCK = 5_420_117
"""One watch at a time: two would both raise what neither has seen yet."""


def watch(*, by: Actor, at: datetime) -> tuple[int, int]:
    """Ask every monitor and bring the alarms up to date. Returns how many were raised and how many ended."""
    firm = Firm(at)
    return settle(watching.found(firm), firm, by=by, at=at)


@transaction.atomic
def settle(found: tuple[Found, ...], firm: Firm, *, by: Actor, at: datetime) -> tuple[int, int]:
    """Raise what is new, carry on what still stands, end what is no longer found."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    standing = {
        (one.monitor, one.household_id, one.about): one
        for one in Alarm.objects.filter(ended_on=None).select_for_update()
    }
    now = {(one.monitor, one.household, one.about): one for one in found}
    raised = [_raise(one, firm, by=by, at=at) for key, one in now.items() if key not in standing]
    for key, one in now.items():
        if key in standing:
            _carry_on(standing[key], one, firm)
    ended = [_end(alarm, firm, by=by, at=at) for key, alarm in standing.items() if key not in now]
    return len(raised), len(ended)


def _raise(found: Found, firm: Firm, *, by: Actor, at: datetime) -> Alarm:
    alarm = Alarm.objects.create(
        monitor=found.monitor,
        household_id=found.household,
        about=found.about,
        sentence=found.sentence,
        figures=found.figures,
        first_on=firm.on,
        last_on=firm.on,
    )
    audit.record(
        audit.Action.ALARM_RAISED, about=alarm, by=by, at=at, monitor=alarm.monitor, sentence=alarm.sentence
    )
    return alarm


def _carry_on(alarm: Alarm, found: Found, firm: Firm) -> None:
    if (alarm.sentence, alarm.figures, alarm.last_on) != (found.sentence, found.figures, firm.on):
        alarm.sentence, alarm.figures, alarm.last_on = (
            found.sentence,
            found.figures,
            max(alarm.last_on, firm.on),
        )
        alarm.save(update_fields=["sentence", "figures", "last_on"])


def _end(alarm: Alarm, firm: Firm, *, by: Actor, at: datetime) -> Alarm:
    alarm.ended_on = max(alarm.first_on, firm.on)
    alarm.save(update_fields=["ended_on"])
    audit.record(audit.Action.ALARM_ENDED, about=alarm, by=by, at=at, monitor=alarm.monitor)
    return alarm
