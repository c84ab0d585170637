"""The doors to the alarms of the monitors, and to the record of days, which nobody writes by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import figures
from clients.doors import looking_up
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from rebalancing import access
from rebalancing.models import Alarm
from rebalancing.monitors import acknowledgements

NOUN, DAYS = "Alarms of the monitors", "The record of days"
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
ROLES = frozenset({Role.ADVISOR, Role.COMPLIANCE})
REFUSAL = "Alarms are acknowledged by the household's advisor or by compliance."


class Acknowledge(DoorForm):
    reason = looking_up.reason("Why it may stand", missing="Say why the alarm may stand.", length=300)
    until_on = looking_up.day(label="Until", help_text="From the next day on it asks again.")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        standing = subject.acknowledgements.filter(withdrawn_at=None).first()
        return {"reason": standing.reason, "until_on": standing.until_on} if standing else {}

    def clean_until_on(self) -> date:
        until_on: date = self.cleaned_data["until_on"]
        latest = self.on + timedelta(days=acknowledgements.DAYS_MAX)
        if not self.on <= until_on <= latest:
            raise forms.ValidationError(f"Choose a day from today until {figures.day(latest)}.")
        return until_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        acknowledgements.acknowledge(
            self.subject, **self.cleaned_data, on=self.on, user_id=self.user.pk, by=by, at=at
        )
        return Done("The alarm is acknowledged until that day.", back(self.subject)[1], self.subject)


class Reopen(DoorForm):
    reason = looking_up.reason(
        missing="Say why.", required=False, help_text="It stays on record; it may be left empty."
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        acknowledgements.withdraw(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The alarm asks again.", back(self.subject)[1], self.subject)


def find(user: Any, public_id: str) -> Alarm:
    """An alarm that this person may see. Raises Http404."""
    found: Alarm = get_object_or_404(access.alarms_for(user).select_related("household"), public_id=public_id)
    return found


def back(alarm: Alarm) -> tuple[str, str]:
    """The page of the alarm."""
    return str(alarm), reverse("rebalancing:alarm", args=[alarm.public_id])


def ended(user: Any, alarm: Alarm) -> str | None:
    """Why nothing is answered to an alarm any more."""
    return "This alarm has ended: its cause is gone." if alarm.ended_on is not None else None


def not_known(user: Any, alarm: Alarm) -> str | None:
    """Why there is no answer to take back."""
    if alarm.acknowledgements.filter(withdrawn_at=None).exists():
        return ended(user, alarm)
    return "This alarm is not acknowledged."


_ONE: dict[str, Any] = {
    "namespace": "rebalancing",
    "noun": NOUN,
    "roles": ROLES,
    "refusal": REFUSAL,
    "find": find,
    "back": back,
}
_READ: dict[str, Any] = {"roles": READERS, "refusal": READERS_ONLY}

DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(NOUN, Act.CREATE, "a monitor raises it when its cause is there, and ends it when the cause is gone."),
    FormDoor(
        name="alarm_acknowledge", act=Act.EDIT, title="Acknowledge the alarm", form=Acknowledge,
        path="monitors/alarms/<slug:public_id>/acknowledge/", refuse=ended, actions=(Action.ALARM_ACKNOWLEDGED,),
        verbs=(acknowledgements.acknowledge,), **_ONE,
    ),
    FormDoor(
        name="alarm_reopen", act=Act.RETIRE, title="Withdraw the acknowledgement", form=Reopen,
        path="monitors/alarms/<slug:public_id>/withdraw/", refuse=not_known, actions=(Action.ALARM_REOPENED,),
        verbs=(acknowledgements.withdraw,), **_ONE,
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Monitors, and what they found", browser="rebalancing:monitors",
        api="api:alarm-list", **_READ,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="An alarm and its answers", browser="rebalancing:alarm", api="api:alarm", **_READ,
    ),
    NoDoor(DAYS, Act.CREATE, "each scan writes a line for each household."),
    NoDoor(DAYS, Act.EDIT, "what was found on a day is history; the database refuses to change it."),
    NoDoor(DAYS, Act.RETIRE, "it is kept with the firm's books and records."),
    Door(
        noun=DAYS, act=Act.READ, title="The record over households and days", browser="rebalancing:record",
        api="api:reading-list", **_READ,
    ),
    Door(
        noun=DAYS, act=Act.HISTORY, title="A household's timeline", browser="clients:household_timeline",
        api="api:household-timeline", **_READ,
    ),
)  # fmt: skip
