"""The firm's people: their names, addresses and roles; and what every door about a person shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advisory.models import User
from advisory.people import access, invitations, roles, users
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import BadInput

NOUN = "Users and roles"
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
REFUSAL = "Only a firm administrator can change the firm's people."
STAFF_CHOICES = [(role.value, role.label) for role in Role if role in STAFF_ROLES]
REASON: dict[str, Any] = {
    "label": "Reason",
    "max_length": 300,
    "help_text": "It stays on record.",
    "error_messages": {"required": "Write the reason."},
}
ROLES: dict[str, Any] = {
    "label": "Roles",
    "choices": STAFF_CHOICES,
    "widget": forms.CheckboxSelectMultiple,
    "help_text": "Nobody approves their own work, whatever roles they hold.",
    "error_messages": {
        "required": "Choose at least one role.",
        "invalid_choice": "%(value)s is not a role of the firm's staff.",
    },
}


class Decided(DoorForm):
    """An act that another person decides. While there is nobody else, the trail says that it was decided alone."""

    def decided_alone(self, by: Actor) -> bool:
        return by.is_person and by.person_ref == str(self.user.pk)

    def clean_email(self) -> str:
        try:
            return invitations.usable_address(self.cleaned_data["email"])
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class ChangeRoles(Decided):
    roles = forms.MultipleChoiceField(**{**ROLES, "required": False})
    reason = forms.CharField(**REASON)

    @classmethod
    def now(cls, subject: User, *, user: Any, on: Any) -> dict[str, Any]:
        return {"roles": sorted(str(role) for role in roles.granted_to(subject))}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if sorted(given.get("roles", [])) == self.initial["roles"]:
            self.add_error("roles", "These are the roles this person has. Tick or untick a role.")
        lost = roles.granted_to(self.subject) - {Role(one) for one in given.get("roles", [])}
        if sentence := roles.refusal_to_lose(self.subject, lost, on=self.on):
            self.add_error("roles", f"{sentence} Hand the book over first.")
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        wanted = [Role(one) for one in self.cleaned_data["roles"]]
        roles.change(
            self.subject,
            wanted,
            reason=self.cleaned_data["reason"],
            alone=self.decided_alone(by),
            by=by,
            at=at,
        )
        return Done(f"The roles of {self.subject} are changed.", page_of(self.subject), self.subject)


class Rename(DoorForm):
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Write their first and last name."}
    )

    @classmethod
    def now(cls, subject: User, *, user: Any, on: Any) -> dict[str, Any]:
        return {"name": subject.name}

    def act(self, *, by: Actor, at: datetime) -> Done:
        user = users.rename(self.subject, self.cleaned_data["name"], by=by, at=at)
        return Done("The name is corrected.", page_of(user), user)


class CorrectEmail(Decided):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="Both addresses are told, and open sessions end.",
        error_messages={"required": "Write the address they will sign in with."},
    )
    reason = forms.CharField(**REASON)

    @classmethod
    def now(cls, subject: User, *, user: Any, on: Any) -> dict[str, Any]:
        return {"email": subject.email}

    def act(self, *, by: Actor, at: datetime) -> Done:
        user = users.correct_email(
            self.subject,
            self.cleaned_data["email"],
            reason=self.cleaned_data["reason"],
            alone=self.decided_alone(by),
            by=by,
            at=at,
        )
        return Done("The address is corrected.", page_of(user), user)


def page_of(user: User) -> str:
    return reverse("advisory:person", args=[user.pk])


def _find(user: Any, person: int) -> User:
    return get_object_or_404(access.people_for(user), pk=person)


def _address(subject: User) -> dict[str, Any]:
    return {"person": subject.pk}


def _back(subject: User | None) -> tuple[str, str]:
    if subject is None:
        return "People", reverse("advisory:person_list")
    return subject.name, page_of(subject)


def not_for_clients(user: Any, subject: User) -> str | None:
    if roles.granted_to(subject) == {Role.CLIENT}:
        return "A client's sign-in is invited and taken away by the household's advisor, on the household's page."
    return None


def only_who_is_here(user: Any, subject: User) -> str | None:
    if subject.deactivated_at is not None:
        return f"{subject} has left. Reactivate the sign-in first."
    return None


def _staff_who_are_here(user: Any, subject: User) -> str | None:
    return not_for_clients(user, subject) or only_who_is_here(user, subject)


COMMON: dict[str, Any] = {
    "noun": NOUN,
    "namespace": "advisory",
    "roles": ADMINISTRATORS,
    "refusal": REFUSAL,
    "back": _back,
}
ONE: dict[str, Any] = {**COMMON, "find": _find, "address": _address}
TWO_PEOPLE: dict[str, Any] = {"two_people": SubjectKind.ROLE_CHANGE, "may_be_alone": True}

CHANGE_ROLES = FormDoor(
    **ONE,
    **TWO_PEOPLE,
    name="person_roles",
    act=Act.EDIT,
    title="Change roles",
    path="people/<int:person>/roles/",
    refuse=_staff_who_are_here,
    form=ChangeRoles,
    actions=(Action.ROLE_GRANTED, Action.ROLE_REVOKED),
    verbs=(roles.change,),
)
RENAME = FormDoor(
    **ONE,
    name="person_rename",
    act=Act.EDIT,
    title="Correct the name",
    path="people/<int:person>/name/",
    form=Rename,
    actions=(Action.USER_CHANGED,),
    verbs=(users.rename,),
)
CORRECT_EMAIL = FormDoor(
    **ONE,
    **TWO_PEOPLE,
    name="person_email",
    act=Act.EDIT,
    title="Correct the e-mail address",
    path="people/<int:person>/email/",
    refuse=only_who_is_here,
    form=CorrectEmail,
    actions=(Action.USER_CHANGED,),
    verbs=(users.correct_email,),
)
READERS: dict[str, Any] = {
    "noun": NOUN,
    "roles": frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE}),
    "refusal": "Only a firm administrator or compliance can see the firm's people.",
}
DOORS: tuple[Door | NoDoor, ...] = (
    RENAME,
    CORRECT_EMAIL,
    CHANGE_ROLES,
    Door(**READERS, act=Act.READ, title="People", browser="advisory:person_list", api="api:person-list"),
    Door(**READERS, act=Act.HISTORY, title="One person", browser="advisory:person", api="api:person"),
)
