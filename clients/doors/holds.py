"""Holds: placed, renewed, corrected, lifted, each kind by its own people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from clients import access, figures
from clients.doors import looking_up
from clients.households import holds
from clients.models import Hold, Household
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Holds"
ROLES = frozenset({Role.ADVISOR, Role.TRADER, Role.COMPLIANCE})
REFUSAL = "Holds are placed by the advisor, the trading desk or compliance, each their own kinds."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."


class _Ending(DoorForm):
    """A reason and an end."""

    reason = looking_up.reason(missing="Give a reason for the hold.", length=300)
    expires_on = looking_up.day(label="Until")

    def offer(self) -> None:
        self.days_max = holds.days_max(on=self.first_day())
        self.fields[
            "expires_on"
        ].help_text = f"At most {self.days_max} days from its first day; it can be renewed."

    def first_day(self) -> date:
        return self.on

    def clean_expires_on(self) -> date:
        expires_on: date = self.cleaned_data["expires_on"]
        if expires_on < self.on:
            raise forms.ValidationError("The hold would already have ended. Choose a later day.")
        latest = self.first_day() + timedelta(days=self.days_max)
        if expires_on > latest:
            raise forms.ValidationError(
                f"A hold lasts at most {self.days_max} days: until {figures.day(latest)}."
            )
        return expires_on


class Place(_Ending):
    kind = forms.ChoiceField(label="Kind")
    place = forms.ChoiceField(label="What not to trade", initial="household")

    field_order = ("kind", "place", "reason", "expires_on")

    def offer(self) -> None:
        super().offer()
        household: Household = self.subject
        self.order_fields(self.field_order)
        accounts = (
            access.accounts_for(self.user).filter(household=household, closed_on=None).order_by("name", "pk")
        )
        held = access.securities_held_in(accounts)
        self.accounts = {f"account:{one.public_id}": one for one in accounts}
        self.securities = {f"security:{one.symbol}": one for one in held}
        self.fields["kind"].choices = [(one.value, one.label) for one in holds.kinds_for(self.user)]  # type: ignore[attr-defined]
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            ("household", "The whole household"),
            ("Accounts", [(key, str(one)) for key, one in self.accounts.items()]),
            ("Securities", [(key, one.symbol) for key, one in self.securities.items()]),
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        hold = holds.place(
            self.subject,
            account=self.accounts.get(given["place"]),
            security=self.securities.get(given["place"]),
            kind=given["kind"],
            reason=given["reason"],
            starts_on=self.on,
            expires_on=given["expires_on"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The hold is in force. It ends by itself on its day.", back(hold)[1], hold)


class Renew(_Ending):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"reason": subject.reason, "expires_on": subject.expires_on}

    def act(self, *, by: Actor, at: datetime) -> Done:
        hold = holds.renew(
            self.subject,
            reason=self.cleaned_data["reason"],
            expires_on=self.cleaned_data["expires_on"],
            on=self.on,
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The hold is renewed.", back(hold)[1], hold)


class Change(_Ending):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"reason": subject.reason, "expires_on": subject.expires_on}

    def first_day(self) -> date:
        starts_on: date = self.subject.starts_on
        return starts_on

    def act(self, *, by: Actor, at: datetime) -> Done:
        hold = holds.change(
            self.subject,
            reason=self.cleaned_data["reason"],
            expires_on=self.cleaned_data["expires_on"],
            user_id=self.user.pk,
            by=by,
            at=at,
        )
        return Done("The hold is corrected.", back(hold)[1], hold)


class Lift(DoorForm):
    reason = looking_up.reason(
        missing="Say why.", required=False, help_text="It stays on record; it may be left empty."
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        hold = holds.lift(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The hold is lifted.", back(hold)[1], hold)


def find(user: Any, public_id: str) -> Hold:
    """A hold that this person may see. Raises Http404."""
    found: Hold = get_object_or_404(
        access.holds_for(user).select_related("household", "account", "security"), public_id=public_id
    )
    return found


def find_of_household(user: Any, public_id: str, hold: str) -> Hold:
    """A hold on this household. Raises Http404."""
    household = looking_up.household(user, public_id)
    found: Hold = get_object_or_404(household.holds.select_related("household"), public_id=hold)
    return found


def back(hold: Hold) -> tuple[str, str]:
    """The page of the household that is held."""
    return looking_up.household_page(hold.household)


def not_theirs(user: Any, hold: Hold) -> str | None:
    """Why this person may not end or change this hold."""
    if hold.lifted_at is not None:
        return "This hold was already lifted."
    return holds.refusal_to_end(user, hold)


def _within_household(hold: Hold) -> dict[str, Any]:
    return {"public_id": hold.household.public_id, "hold": hold.public_id}


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_HOLD: dict[str, Any] = {**_ONE, "find": find, "back": back, "refuse": not_theirs}

DOORS = (
    FormDoor(
        name="hold_place", act=Act.CREATE, title="Place a hold", form=Place,
        path="households/<slug:public_id>/hold/", find=looking_up.household, back=looking_up.household_page,
        refuse=looking_up.closed, actions=(Action.HOLD_PLACED,), verbs=(holds.place,), **_ONE,
    ),
    FormDoor(
        name="hold_renew", act=Act.EDIT, title="Renew the hold", form=Renew, path="holds/<slug:public_id>/renew/",
        actions=(Action.HOLD_RENEWED,), verbs=(holds.renew,), checked=True, **_HOLD,
    ),
    FormDoor(
        name="hold_change", act=Act.EDIT, title="Correct the hold", form=Change, button="Correct it",
        path="holds/<slug:public_id>/correct/", actions=(Action.HOLD_CHANGED,), verbs=(holds.change,), checked=True,
        **_HOLD,
    ),
    FormDoor(
        name="hold_lift", act=Act.RETIRE, title="Lift the hold", form=Lift,
        path="households/<slug:public_id>/holds/<slug:hold>/lift/", actions=(Action.HOLD_LIFTED,),
        verbs=(holds.lift,), **{**_HOLD, "find": find_of_household, "address": _within_household},
    ),
    Door(
        noun=NOUN, act=Act.READ, title="Holds and their ends", browser="clients:hold_list", api="api:hold-list",
        roles=READERS, refusal=READERS_ONLY,
    ),
    Door(
        noun=NOUN, act=Act.HISTORY, title="A hold and its history", browser="clients:hold", api="api:hold",
        roles=READERS, refusal=READERS_ONLY,
    ),
)  # fmt: skip
