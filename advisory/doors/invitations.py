"""Invitations: a person invited with roles, the set-up link sent anew or withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from advisory.doors.people import COMMON, ONE, REASON, ROLES, TWO_PEOPLE, Decided, only_who_is_here, page_of
from advisory.models import User
from advisory.people import invitations
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role


class Invite(Decided):
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


def _only_invited(user: Any, subject: User) -> str | None:
    if subject.is_active:
        return f"{subject} has set a password already."
    return only_who_is_here(user, subject)


def _open_invitation(user: Any, subject: User) -> str | None:
    is_open = subject.invitations.filter(ended_at=None).exists()
    return None if is_open else f"{subject} has no open invitation."


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
DOORS: tuple[Door | NoDoor, ...] = (INVITE, RENEW, WITHDRAW)
