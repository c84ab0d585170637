"""The firm's people: invited, given roles, corrected, signed out, deactivated and brought back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from advisory.models import User
from advisory.people import access, invitations, roles, users
from clients.households import books
from clients.models import BookEntry
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people import people
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


class _Decided(DoorForm):
    """An act that another person decides. While there is nobody else, the trail says that it was decided alone."""

    def decided_alone(self, by: Actor) -> bool:
        return by.is_person and by.person_ref == str(self.user.pk)

    def clean_email(self) -> str:
        try:
            return invitations.usable_address(self.cleaned_data["email"])
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class Invite(_Decided):
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Write their first and last name."}
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text=f"The set-up link goes there and works for {invitations.GOOD_FOR.days} days.",
        error_messages={"required": "Write the address they will sign in with."},
    )
    roles = forms.MultipleChoiceField(**ROLES)

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        sent = invitations.invite(
            given["email"],
            name=given["name"],
            roles=[Role(one) for one in given["roles"]],
            alone=self.decided_alone(by),
            by=by,
            at=at,
        )
        return Done(f"{sent.user} is invited.", page_of(sent.user), sent.user)


class ChangeRoles(_Decided):
    roles = forms.MultipleChoiceField(**{**ROLES, "required": False})
    reason = forms.CharField(**REASON)

    @classmethod
    def now(cls, subject: User, *, user: Any, on: Any) -> dict[str, Any]:  # noqa: ARG003
        return {"roles": sorted(str(role) for role in roles.granted_to(subject))}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if sorted(given.get("roles", [])) == self.initial["roles"]:
            self.add_error("roles", "These are the roles this person has. Tick or untick a role.")
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
    def now(cls, subject: User, *, user: Any, on: Any) -> dict[str, Any]:  # noqa: ARG003
        return {"name": subject.name}

    def act(self, *, by: Actor, at: datetime) -> Done:
        user = users.rename(self.subject, self.cleaned_data["name"], by=by, at=at)
        return Done("The name is corrected.", page_of(user), user)


class CorrectEmail(_Decided):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="Both addresses are told, and open sessions end.",
        error_messages={"required": "Write the address they will sign in with."},
    )
    reason = forms.CharField(**REASON)

    @classmethod
    def now(cls, subject: User, *, user: Any, on: Any) -> dict[str, Any]:  # noqa: ARG003
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


class Renew(DoorForm):
    """Nothing is typed: the button sends a new link."""

    def act(self, *, by: Actor, at: datetime) -> Done:
        sent = invitations.issue(self.subject, by=by, at=at)
        return Done(f"A new set-up link goes to {sent.user.email}.", page_of(sent.user), sent.user)


class Withdraw(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        invitations.withdraw(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done("The invitation is withdrawn.", page_of(self.subject), self.subject)


class EndSessions(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        users.end_sessions(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(f"{self.subject} is signed out everywhere.", page_of(self.subject), self.subject)


class ResetFactors(_Decided):
    reason = forms.CharField(
        **{**REASON, "help_text": "Also how you made sure that it is them. It stays on record."}
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        reason = self.cleaned_data["reason"]
        users.reset_factors(self.subject, reason=reason, alone=self.decided_alone(by), by=by, at=at)
        return Done("The second factors are removed.", page_of(self.subject), self.subject)


class Deactivate(DoorForm):
    advises_next = forms.ModelChoiceField(
        None, label="Who advises their households from today", required=False
    )
    reviews_next = forms.ModelChoiceField(
        None, label="Who reviews their households from today", required=False
    )
    reason = forms.CharField(**REASON)

    PARTS = (
        ("advises_next", BookEntry.Part.ADVISOR, Role.ADVISOR),
        ("reviews_next", BookEntry.Part.REVIEWER, Role.REVIEWER),
    )

    def offer(self) -> None:
        for name, part, role in self.PARTS:
            field: Any = self.fields[name]
            keys = [one.pk for one in people.holding(role) if one.pk != self.subject.pk]
            field.queryset = access.people_for(self.user).filter(pk__in=keys).order_by("name")
            field.empty_label = "Nobody"
            left = len(books.left_without(self.subject, part, on=self.on))
            field.help_text = (
                f"{left} household{'' if left == 1 else 's'} would have no {part.label.lower()}."
                if left
                else "No household would be left without one."
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name, part, _ in self.PARTS:
            left = books.left_without(self.subject, part, on=self.on)
            if left and not given.get(name) and name not in self.errors:
                names = ", ".join(one.name for one in left[: books.NAMED_MAX])
                self.add_error(
                    name,
                    f"Without a successor these households have no {part.label.lower()}: {names}. Choose a colleague.",
                )
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        user = users.deactivate(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{user} can no longer sign in. Open sessions have ended.", page_of(user), user)


class Reactivate(_Decided):
    roles = forms.MultipleChoiceField(**ROLES)
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        wanted = [Role(one) for one in self.cleaned_data["roles"]]
        sent = users.reactivate(
            self.subject,
            wanted,
            reason=self.cleaned_data["reason"],
            alone=self.decided_alone(by),
            by=by,
            at=at,
        )
        return Done(f"A set-up link goes to {sent.user.email}.", page_of(sent.user), sent.user)


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


def _not_for_clients(user: Any, subject: User) -> str | None:
    if roles.granted_to(subject) == {Role.CLIENT}:
        return "A client's sign-in is invited and taken away by the household's advisor, on the household's page."
    return None


def _only_who_is_here(user: Any, subject: User) -> str | None:
    if subject.deactivated_at is not None:
        return f"{subject} has left. Reactivate the sign-in first."
    return None


def _only_active(user: Any, subject: User) -> str | None:
    return None if subject.is_active else f"{subject} cannot sign in at present."


def _only_invited(user: Any, subject: User) -> str | None:
    if subject.is_active:
        return f"{subject} has set a password already."
    return _only_who_is_here(user, subject)


def _open_invitation(user: Any, subject: User) -> str | None:
    is_open = subject.invitations.filter(ended_at=None).exists()
    return None if is_open else f"{subject} has no open invitation."


def _not_oneself(user: Any, subject: User) -> str | None:
    if subject.pk == user.pk:
        return "Nobody deactivates their own sign-in. Ask another administrator."
    return _only_who_is_here(user, subject)


def _has_factors(user: Any, subject: User) -> str | None:
    if not subject.authenticator_set.exists():
        return f"{subject} has no second factor."
    return _only_active(user, subject)


def _staff_who_are_here(user: Any, subject: User) -> str | None:
    return _not_for_clients(user, subject) or _only_who_is_here(user, subject)


def _staff_who_left(user: Any, subject: User) -> str | None:
    if subject.deactivated_at is None:
        return f"{subject} has not left."
    return None


COMMON: dict[str, Any] = {
    "noun": NOUN,
    "namespace": "advisory",
    "roles": ADMINISTRATORS,
    "refusal": REFUSAL,
    "back": _back,
}
ONE: dict[str, Any] = {**COMMON, "find": _find, "address": _address}
TWO_PEOPLE: dict[str, Any] = {"two_people": SubjectKind.ROLE_CHANGE, "may_be_alone": True}

INVITE = FormDoor(
    **COMMON,
    **TWO_PEOPLE,
    name="person_invite",
    act=Act.CREATE,
    title="Invite a person",
    path="people/invite/",
    form=Invite,
    lead="They get a link by e-mail with which they choose a password.",
    actions=(Action.USER_ADDED, Action.ROLE_GRANTED, Action.INVITATION_SENT, Action.INVITATION_ACCEPTED),
    verbs=(invitations.invite, invitations.accept),
)
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
    refuse=_only_who_is_here,
    form=CorrectEmail,
    actions=(Action.USER_CHANGED,),
    verbs=(users.correct_email,),
)
RENEW = FormDoor(
    **ONE,
    name="person_renew",
    act=Act.EDIT,
    title="Send a new set-up link",
    path="people/<int:person>/invitation/renew/",
    refuse=_only_invited,
    form=Renew,
    lead="The former link no longer works.",
    actions=(Action.INVITATION_SENT, Action.INVITATION_WITHDRAWN),
    verbs=(invitations.issue,),
)
WITHDRAW = FormDoor(
    **ONE,
    name="person_withdraw",
    act=Act.RETIRE,
    title="Withdraw the invitation",
    path="people/<int:person>/invitation/withdraw/",
    refuse=_open_invitation,
    form=Withdraw,
    actions=(Action.INVITATION_WITHDRAWN,),
    verbs=(invitations.withdraw,),
)
END_SESSIONS = FormDoor(
    **ONE,
    name="person_sessions",
    act=Act.RETIRE,
    title="End all sessions",
    path="people/<int:person>/sessions/end/",
    refuse=_only_active,
    form=EndSessions,
    lead="They are signed out on every device and can sign in again.",
    actions=(Action.SESSIONS_ENDED,),
    verbs=(users.end_sessions,),
)
RESET_FACTORS = FormDoor(
    **ONE,
    **TWO_PEOPLE,
    name="person_factors",
    act=Act.RETIRE,
    title="Reset second factors",
    path="people/<int:person>/factors/reset/",
    refuse=_has_factors,
    form=ResetFactors,
    lead="Their authenticator, passkeys and recovery codes are removed; they enroll again after signing in.",
    actions=(Action.FACTOR_REMOVED,),
    verbs=(users.reset_factors,),
)
DEACTIVATE = FormDoor(
    **ONE,
    name="person_deactivate",
    act=Act.RETIRE,
    title="Deactivate",
    path="people/<int:person>/deactivate/",
    refuse=_not_oneself,
    form=Deactivate,
    checked=True,
    lead=(
        "Sessions end at once, roles are revoked, the set-up link is useless, coverage ends, requests for changes that "
        "they made are withdrawn, and their households and what waits for a decision there go to the colleagues named."
    ),
    actions=(
        Action.USER_DEACTIVATED,
        Action.ROLE_REVOKED,
        Action.BOOK_HANDED_OVER,
        Action.INVITATION_WITHDRAWN,
        Action.REVIEW_WITHDRAWN,
    ),
    verbs=(users.deactivate,),
)
REACTIVATE = FormDoor(
    **ONE,
    **TWO_PEOPLE,
    name="person_reactivate",
    act=Act.EDIT,
    title="Reactivate",
    path="people/<int:person>/reactivate/",
    refuse=_staff_who_left,
    form=Reactivate,
    lead="They get a new set-up link and choose a new password. Households are assigned anew.",
    actions=(Action.USER_REACTIVATED, Action.ROLE_GRANTED, Action.INVITATION_SENT),
    verbs=(users.reactivate,),
)
READERS: dict[str, Any] = {
    "noun": NOUN,
    "roles": frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE}),
    "refusal": "Only a firm administrator or compliance can see the firm's people.",
}
ABOUT_ONE = (
    RENAME,
    CORRECT_EMAIL,
    CHANGE_ROLES,
    RENEW,
    WITHDRAW,
    END_SESSIONS,
    RESET_FACTORS,
    DEACTIVATE,
    REACTIVATE,
)
"""The doors that stand on a person's page."""
DOORS: tuple[Door | NoDoor, ...] = (
    INVITE,
    *ABOUT_ONE,
    Door(**READERS, act=Act.READ, title="People", browser="advisory:person_list", api="api:person-list"),
    Door(**READERS, act=Act.HISTORY, title="One person", browser="advisory:person", api="api:person"),
)
