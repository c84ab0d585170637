"""A client's sign-in: invited for a person of a household, and taken away again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from advisory.models import RoleGrant, User
from advisory.people import invitations, users
from advisory.people.invitations import Sent
from clients.households import households
from clients.models import Person
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import Conflict


def invite(person: Person, *, email: str, may_see: str, by: Actor, at: datetime) -> Sent:
    """Invite a person of a household to sign in as a client. A former client's address may come back.

    Raises `Conflict` for somebody who has a sign-in or has died, `BadInput` for an address that cannot be used.
    """
    if person.deceased_on is not None:
        raise Conflict(f"{person} has died.", "An executor or trustee is a person of their own.")
    with transaction.atomic():
        if former := former_client(email):
            sent = users.reactivate(
                former, [Role.CLIENT], reason=f"Client sign-in of {person}.", alone=False, by=by, at=at
            )
        else:
            sent = invitations.invite(email, name=str(person), roles=[Role.CLIENT], by=by, at=at)
        households.grant_sign_in(person, user=sent.user, may_see=may_see, by=by, at=at)
    return sent


def take_away(person: Person, *, reason: str, by: Actor, at: datetime) -> User:
    """Take a client's sign-in away: it is unlinked from the household and ends at once."""
    with transaction.atomic():
        user: User = households.take_sign_in(person, reason=reason, by=by, at=at)
        if user.deactivated_at is not None:
            return user
        return users.deactivate(user, advises_next=None, reviews_next=None, reason=reason, by=by, at=at)


def follow(person: Person, *, reason: str, by: Actor, at: datetime) -> None:
    """End the sign-in of somebody who died, at once, or give it back where the death was a mistake.

    It stays linked. Who gets it back gets a new set-up link and chooses a new password.
    """
    user = User.objects.get(client_person=person)
    has_left = user.deactivated_at is not None
    if person.deceased_on is not None and not has_left:
        users.deactivate(user, advises_next=None, reviews_next=None, reason=reason, by=by, at=at)
    elif person.deceased_on is None and has_left:
        users.reactivate(user, [Role.CLIENT], reason=reason, alone=False, by=by, at=at)


def former_client(email: str) -> User | None:
    """Who signed in with this address as a client and as nothing else, and has left."""
    user = User.objects.filter(email__iexact=email.strip(), deactivated_at__isnull=False).first()
    if user is None or Person.objects.filter(user=user).exists():
        return None
    was_staff = RoleGrant.objects.filter(user=user).exclude(role=Role.CLIENT).exists()
    return None if was_staff else user
