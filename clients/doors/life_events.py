"""Life events: recorded, corrected, resolved by hand, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access, figures
from clients.doors import looking_up
from clients.households import life_events
from clients.models import Household, LifeEvent, Person
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Life events"
ROLES = frozenset({Role.ADVISOR, Role.COMPLIANCE})
REFUSAL = "Life events are recorded and resolved by the household's advisor or compliance."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."


class _Event(DoorForm):
    kind = forms.ChoiceField(label="What happened", choices=LifeEvent.Kind.choices)
    opened_on = looking_up.day(
        label="On", help_text="The day of the event, or on which the firm heard of it."
    )
    person = forms.ChoiceField(label="Whom it concerns", required=False)
    note = forms.CharField(
        max_length=300, required=False, strip=True, widget=forms.Textarea(attrs={"rows": 2})
    )
    document = looking_up.document()
    document_sha256 = looking_up.document_digest()

    @property
    def household(self) -> Household:
        return self.subject if isinstance(self.subject, Household) else self.subject.household

    def offer(self) -> None:
        self.people: dict[str, Person] = {one.public_id: one for one in self.household.people.order_by("pk")}
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "The household"),
            *((key, str(one)) for key, one in self.people.items()),
        ]

    def clean_opened_on(self) -> date:
        opened_on: date = self.cleaned_data["opened_on"]
        if opened_on > self.on:
            raise forms.ValidationError("This day is still to come. Record the event once it has happened.")
        return opened_on

    def values(self) -> dict[str, Any]:
        """The arguments of the verb."""
        given = self.cleaned_data
        return {
            "kind": given["kind"],
            "opened_on": given["opened_on"],
            "person": self.people.get(given["person"]),
            "note": given["note"],
            "document": given["document"],
            "document_sha256": given["document_sha256"],
        }


class Record(_Event):
    def act(self, *, by: Actor, at: datetime) -> Done:
        event = life_events.record(self.subject, **self.values(), by=by, at=at)
        return Done(
            "The life event is on record. Trades wait until the policy is adopted again, or it is resolved.",
            back(event)[1],
            event,
        )


class Correct(_Event):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {
            "kind": subject.kind,
            "opened_on": subject.opened_on,
            "person": subject.person.public_id if subject.person else "",
            "note": subject.note,
            "document": subject.document,
            "document_sha256": subject.document_sha256,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        event = life_events.correct(self.subject, **self.values(), user_id=self.user.pk, by=by, at=at)
        return Done(
            "The life event is corrected. What was typed before stays on record.", back(event)[1], event
        )


class Resolve(DoorForm):
    resolved_on = looking_up.day(label="Resolved on")
    reason = looking_up.reason(
        "Why the policy still fits", missing="Say why the policy still fits.", length=300
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"resolved_on": on}

    def clean_resolved_on(self) -> date:
        resolved_on: date = self.cleaned_data["resolved_on"]
        if resolved_on > self.on:
            raise forms.ValidationError("This day is still to come.")
        return resolved_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        event = life_events.resolve(
            self.subject,
            resolved_on=self.cleaned_data["resolved_on"],
            reason=self.cleaned_data["reason"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The life event is resolved. It holds nothing back any more.", back(event)[1], event)


class Cancel(DoorForm):
    reason = looking_up.reason("What was wrong", missing="Say what was wrong.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        event = life_events.cancel(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The life event is taken back.", back(event)[1], event)


def find(user: Any, public_id: str) -> LifeEvent:
    """A life event that this person may see. Raises Http404."""
    found: LifeEvent = get_object_or_404(
        access.life_events_for(user).select_related("household", "person"), public_id=public_id
    )
    return found


def back(event: LifeEvent) -> tuple[str, str]:
    """The page of the household whose event it is."""
    return looking_up.household_page(event.household)


def settled(user: Any, event: LifeEvent) -> str | None:
    """Why an event cannot be changed any more."""
    if event.resolved_on is not None:
        return f"This event was resolved on {figures.day(event.resolved_on)}."
    return "This event was taken back." if event.cancelled_at is not None else None


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_EVENT: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": settled}

DOORS = (
    FormDoor(
        name="life_event_record", act=Act.CREATE, title="Record a life event", form=Record, button="Record it",
        path="households/<slug:public_id>/life-event/", find=looking_up.household, back=looking_up.household_page,
        refuse=looking_up.closed, actions=(Action.LIFE_EVENT_ADDED,), verbs=(life_events.record,), **_ONE,
    ),
    FormDoor(
        name="life_event_correct", act=Act.EDIT, title="Correct the life event", form=Correct, button="Correct it",
        path="life-events/<slug:public_id>/correct/", actions=(Action.LIFE_EVENT_CHANGED,),
        verbs=(life_events.correct,), checked=True, **_EVENT,
    ),
    FormDoor(
        name="life_event_resolve", act=Act.RETIRE, title="Resolve the life event", form=Resolve, button="Resolve it",
        path="life-events/<slug:public_id>/resolve/", actions=(Action.LIFE_EVENT_RESOLVED,),
        verbs=(life_events.resolve,), checked=True, **_EVENT,
    ),
    FormDoor(
        name="life_event_cancel", act=Act.RETIRE, title="Take back the life event", form=Cancel,
        button="Take it back", path="life-events/<slug:public_id>/take-back/",
        actions=(Action.LIFE_EVENT_CANCELLED,), verbs=(life_events.cancel,), **_EVENT,
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Life events", browser="clients:life_event_list", api="api:life-event-list",
        roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A life event and its history", browser="clients:life_event",
        api="api:life-event", roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
