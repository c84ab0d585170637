"""Invitations: a set-up link by e-mail, with which a person sets a password and becomes active.

Only the digest of the link's key is kept. The link itself is mailed once the invitation is committed, and printed
only by the operator's command.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from advisory.models import Invitation, User
from advisory.people import mail
from advisory.people import roles as role_grants
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict

GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation with its link, which nobody can read again later."""

    invitation: Invitation
    link: str

    @property
    def user(self) -> User:
        return self.invitation.user


def invite(
    email: str,
    *,
    name: str,
    roles: Iterable[Role],
    alone: bool = False,
    by_mail: bool = True,
    by: Actor,
    at: datetime,
) -> Sent:
    """Add a person who is not active yet, grant the roles, and mail a set-up link.

    `alone` says on the trail that the firm had nobody else to decide. Raises `BadInput` for an address that cannot be
    used or belongs to somebody.
    """
    address, wanted = usable_address(email), frozenset(roles)
    role_grants.require_roles_of_one_kind(wanted)
    if not name.strip():
        raise BadInput("A person needs a name.", "Write their first and last name.")
    with transaction.atomic():
        person = role_grants.decider(by)
        user = User(email=address, name=name.strip(), joined_at=at, is_active=False)
        user.set_password(None)
        user.save()
        for role in sorted(wanted):
            role_grants.grant(user, role, by=person, at=at, actor=by, alone=alone)
        audit.record(audit.Action.USER_ADDED, about=user, by=by, at=at, name=user.name, alone=alone)
        return issue(user, by_mail=by_mail, by=by, at=at)


def invite_first_administrator(email: str, *, name: str, by: Actor, at: datetime) -> Sent:
    """Invite whoever administers an empty record; the link is for the operator, who hands it on.

    Asked again before the link was used, it gives a new one; for another address, the former invitation is withdrawn.
    Raises `Conflict` when somebody administers the firm already.
    """
    with transaction.atomic():
        role_grants.one_at_a_time()
        if role_grants.has_administrator():
            raise Conflict(
                "The firm has an administrator already.", "Ask them to invite you on the page People."
            )
        waiting = Invitation.objects.filter(
            ended_at=None, user__role_grants__role=Role.ADMINISTRATOR, user__role_grants__revoked_at=None
        ).select_related("user")
        for former in waiting.distinct().order_by("pk"):
            if former.user.email == email.strip().lower():
                return issue(former.user, by_mail=False, by=by, at=at)
            withdraw(former.user, reason="Another first administrator was invited.", by=by, at=at)
        return invite(email, name=name, roles=[Role.ADMINISTRATOR], by_mail=False, by=by, at=at)


def issue(user: User, *, by_mail: bool = True, by: Actor, at: datetime) -> Sent:
    """Send a new set-up link to a person who is not active; an open one ends. Raises `Conflict` for others."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.is_active:
            raise Conflict(
                f"{user} has set a password already.", "They can sign in, or ask for a new password."
            )
        if user.deactivated_at is not None:
            raise Conflict(f"{user} has left the firm.", "Reactivate the sign-in first.")
        person = role_grants.decider(by)
        for former in Invitation.objects.select_for_update().filter(user=user, ended_at=None):
            _end(former, Invitation.Outcome.WITHDRAWN, person=person, by=by, at=at, replaced=True)
        key = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            user=user,
            sent_to=user.email,
            token_digest=_digest(key),
            invited_by=person,
            invited_at=at,
            expires_at=at + GOOD_FOR,
        )
        link = f"{settings.ADDRESS}{reverse('set_up')}?key={key}"
        if by_mail:
            transaction.on_commit(partial(_mail, invitation.pk, link, at))
        audit.record(
            audit.Action.INVITATION_SENT,
            about=user,
            by=by,
            at=at,
            sealing=[("invitation", invitation.pk)],
            expires_at=invitation.expires_at,
            by_mail=by_mail,
        )
    return Sent(invitation, link)


def withdraw(user: User, *, reason: str, by: Actor, at: datetime) -> None:
    """Make the set-up link of a person useless. Raises `Conflict` when there is none."""
    with transaction.atomic():
        standing = Invitation.objects.select_for_update().filter(user=user, ended_at=None).first()
        if standing is None:
            raise Conflict(f"{user} has no open invitation.", "There is nothing to do.")
        person = role_grants.decider(by)
        _end(standing, Invitation.Outcome.WITHDRAWN, person=person, by=by, at=at, reason=reason)


def find(key: str, *, at: datetime) -> Invitation | None:
    """The invitation of a link that can still be used; None for every other key."""
    found = Invitation.objects.filter(token_digest=_digest(key), ended_at=None, expires_at__gt=at)
    return found.select_related("user").filter(user__is_active=False, user__deactivated_at=None).first()


def accept(invitation: Invitation, password: str, *, request_id: str = "", at: datetime) -> User:
    """Set the password of an invited person, who may sign in from now on. Raises `Conflict` for a link that is over."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=invitation.user_id)
        standing = Invitation.objects.select_for_update().filter(pk=invitation.pk, ended_at=None).first()
        if standing is None or user.is_active or user.deactivated_at is not None or standing.expires_at <= at:
            raise Conflict("This link has been used or is over.", "Ask the firm for a new one.")
        user.set_password(password)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
        user.forget_roles()
        by = Actor.person(user, request_id=request_id)
        _end(standing, Invitation.Outcome.ACCEPTED, person=user, by=by, at=at)
    return user


def usable_address(email: str) -> str:
    """The address in lower case. Raises `BadInput` when it is none, or somebody's already."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadInput(f"“{email}” is not an e-mail address.", "Write one like name@firm.com.") from error
    taken = User.objects.filter(email__iexact=address).first()
    if taken is not None:
        raise BadInput(
            f"{address} is the sign-in of {taken} already.",
            "Reactivate it, or use another address." if taken.deactivated_at else "Use another address.",
        )
    return address


def _end(
    invitation: Invitation,
    outcome: Invitation.Outcome,
    *,
    person: User | None,
    by: Actor,
    at: datetime,
    **facts: object,
) -> None:
    invitation.outcome, invitation.ended_at, invitation.ended_by = outcome, at, person
    invitation.save(update_fields=["outcome", "ended_at", "ended_by"])
    is_accepted = outcome == Invitation.Outcome.ACCEPTED
    audit.record(
        audit.Action.INVITATION_ACCEPTED if is_accepted else audit.Action.INVITATION_WITHDRAWN,
        about=invitation.user,
        by=by,
        at=at,
        sealing=[("invitation_ended", invitation.pk)],
        **facts,
    )


def _mail(invitation: int, link: str, at: datetime) -> None:
    """Mail the link. Where the mail server does not take it, the page says so."""
    standing = Invitation.objects.select_related("user").get(pk=invitation)
    was_sent = mail.send(
        standing.sent_to,
        "Set up your sign-in",
        "invitation",
        on=standing.invited_at.astimezone(clock.EASTERN).date(),
        name=standing.user.name,
        link=link,
        until=clock.moment_text(standing.expires_at),
    )
    if was_sent:
        standing.sent_at = at
        standing.save(update_fields=["sent_at"])


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
