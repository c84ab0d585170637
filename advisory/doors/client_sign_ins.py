"""A client's sign-in: invited for a person of a household, what it shows, and taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advisory.doors.people import REASON
from advisory.people import client_sign_ins, invitations
from clients import access as record
from clients.households import households
from clients.models import Person
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput

NOUN = "Client sign-ins"
SIGHT: dict[str, Any] = {
    "label": "What they see",
    "choices": Person.MaySee.choices,
    "widget": forms.RadioSelect,
    "help_text": "As the household has agreed. Household totals reveal other people's accounts.",
    "error_messages": {"required": "Choose what they see."},
}


class InviteClient(DoorForm):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text=f"The set-up link goes there and works for {invitations.GOOD_FOR.days} days.",
        error_messages={"required": "Write the address they will sign in with."},
    )
    may_see = forms.ChoiceField(**SIGHT)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if client_sign_ins.former_client(email):
            return email
        try:
            return invitations.usable_address(email)
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def act(self, *, by: Actor, at: datetime) -> Done:
        sent = client_sign_ins.invite(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"A set-up link goes to {sent.user.email}.", page_of(self.subject), self.subject)


class ChangeSight(DoorForm):
    may_see = forms.ChoiceField(**SIGHT)

    @classmethod
    def now(cls, subject: Person, *, user: Any, on: Any) -> dict[str, Any]:
        return {"may_see": subject.may_see}

    def act(self, *, by: Actor, at: datetime) -> Done:
        households.change_sight(self.subject, **self.cleaned_data, by=by, at=at)
        return Done("What they see is changed.", page_of(self.subject), self.subject)


class SendAgain(DoorForm):
    """Nothing is typed: the button sends a new link."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        sent = invitations.issue(self.subject.user, by=by, at=at)
        return Done(f"A new set-up link goes to {sent.user.email}.", page_of(self.subject), self.subject)


class TakeAway(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        client_sign_ins.take_away(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{self.subject} can no longer sign in.", page_of(self.subject), self.subject)


def page_of(person: Person) -> str:
    return reverse("advisory:client_sign_in", args=[person.public_id])


def _find(user: Any, public_id: str) -> Person:
    found: Person = get_object_or_404(record.persons_for(user), public_id=public_id)
    return found


def _back(subject: Person) -> tuple[str, str]:
    return str(subject), page_of(subject)


def _advisor(user: Any, subject: Person) -> str | None:
    if not record.advises(user, subject.household):
        return "Only the household's advisor can change a client's sign-in."
    return None


def _without(user: Any, subject: Person) -> str | None:
    if subject.user_id is not None:
        return f"{subject} has a sign-in already."
    if subject.deceased_on is not None:
        return f"{subject} has died."
    return _advisor(user, subject)


def _with(user: Any, subject: Person) -> str | None:
    return _advisor(user, subject) if subject.user_id is not None else f"{subject} has no sign-in."


def _invited(user: Any, subject: Person) -> str | None:
    if subject.user is not None and (subject.user.is_active or subject.user.deactivated_at is not None):
        return f"{subject} has set a password already, or has left."
    return _with(user, subject)


def _to_end(user: Any, subject: Person) -> str | None:
    if subject.user_id is not None and user.has_role(Role.COMPLIANCE):
        return None
    return _with(user, subject)


COMMON: dict[str, Any] = {
    "noun": NOUN,
    "namespace": "advisory",
    "roles": frozenset({Role.ADVISOR}),
    "refusal": "Only the household's advisor can change a client's sign-in.",
    "find": _find,
    "back": _back,
}
INVITE = FormDoor(
    **COMMON,
    name="client_invite",
    act=Act.CREATE,
    title="Invite to sign in",
    path="persons/<slug:public_id>/sign-in/invite/",
    refuse=_without,
    form=InviteClient,
    actions=(Action.USER_ADDED, Action.ROLE_GRANTED, Action.INVITATION_SENT, Action.HOUSEHOLD_CHANGED),
    verbs=(client_sign_ins.invite,),
)
SIGHT_DOOR = FormDoor(
    **COMMON,
    name="client_sight",
    act=Act.EDIT,
    title="Change what they see",
    path="persons/<slug:public_id>/sign-in/sight/",
    refuse=_with,
    form=ChangeSight,
    checked=True,
    actions=(Action.HOUSEHOLD_CHANGED,),
    verbs=(households.change_sight,),
)
SEND_AGAIN = FormDoor(
    **COMMON,
    name="client_renew",
    act=Act.EDIT,
    title="Send a new set-up link",
    path="persons/<slug:public_id>/sign-in/renew/",
    refuse=_invited,
    form=SendAgain,
    actions=(Action.INVITATION_SENT, Action.INVITATION_WITHDRAWN),
    verbs=(invitations.issue,),
)
TAKE_AWAY = FormDoor(
    **{**COMMON, "roles": frozenset({Role.ADVISOR, Role.COMPLIANCE})},
    name="client_end",
    act=Act.RETIRE,
    title="Take the sign-in away",
    path="persons/<slug:public_id>/sign-in/end/",
    refuse=_to_end,
    form=TakeAway,
    actions=(Action.HOUSEHOLD_CHANGED, Action.USER_DEACTIVATED, Action.ROLE_REVOKED),
    verbs=(client_sign_ins.take_away,),
)
STAFF = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER})
ABOUT_ONE = (INVITE, SIGHT_DOOR, SEND_AGAIN, TAKE_AWAY)
"""The doors that stand beside a person on the household's page."""
READ: dict[str, Any] = {
    "noun": NOUN,
    "roles": STAFF,
    "refusal": "Only the firm's staff sees who signs in.",
}
DOORS: tuple[Door | NoDoor, ...] = (
    *ABOUT_ONE,
    Door(
        **READ,
        act=Act.READ,
        title="A client's sign-in",
        browser="advisory:client_sign_in",
        api="api:household",
    ),
    Door(
        **READ, act=Act.HISTORY, title="Its history", browser="advisory:client_sign_in", api="api:event-list"
    ),
)
