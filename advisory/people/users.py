"""People of the firm: their names and addresses, their sessions and second factors, and when they leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from advisory.models import User
from advisory.people import credentials, invitations, mail, tokens
from advisory.people import roles as role_grants
from clients.households import books
from clients.models import BookEntry
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.doors import before_after, changes
from compliance.models import Review
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict
from compliance.review_desk import reviews

if TYPE_CHECKING:
    from advisory.people.invitations import Sent


@transaction.atomic
def rename(user: User, name: str, *, by: Actor, at: datetime) -> User:
    """Correct a person's name."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before, after = user.name, name.strip()
    if not after:
        raise BadInput("A person needs a name.", "Write their first and last name.")
    user.name = after
    user.save(update_fields=["name"])
    audit.record(
        audit.Action.USER_CHANGED,
        about=user,
        by=by,
        at=at,
        changed=before_after.changed({"name": before}, {"name": after}),
    )
    return user


@transaction.atomic
def correct_email(user: User, email: str, *, reason: str, alone: bool, by: Actor, at: datetime) -> User:
    """Correct the address a person signs in with, and tell both addresses. An open invitation is sent anew."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = user.email
    after = invitations.usable_address(email)
    user.email, user.sessions_ended_at = after, at
    user.save(update_fields=["email", "sessions_ended_at"])
    tokens.end_all(user, reason="The address of the sign-in changed.", by=by, at=at)
    # The library keeps addresses of its own; a former one must reset no password.
    EmailAddress.objects.filter(user=user).delete()
    if not user.is_active and user.deactivated_at is None:
        invitations.issue(user, by=by, at=at)
    else:
        transaction.on_commit(partial(_tell_both, user.name, before, after, at.astimezone(EASTERN).date()))
    audit.record(
        audit.Action.USER_CHANGED,
        about=user,
        by=by,
        at=at,
        changed=before_after.changed({"email": before}, {"email": after}),
        reason=reason,
        alone=alone,
    )
    return user


@transaction.atomic
def end_sessions(user: User, *, reason: str, by: Actor, at: datetime) -> None:
    """Sign a person out everywhere, at once; their tokens end too."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.sessions_ended_at = at
    user.save(update_fields=["sessions_ended_at"])
    tokens.end_all(user, reason="Signed out everywhere by the firm.", by=by, at=at)
    audit.record(audit.Action.SESSIONS_ENDED, about=user, by=by, at=at, reason=reason)


@transaction.atomic
def reset_factors(user: User, *, reason: str, alone: bool, by: Actor, at: datetime) -> None:
    """Remove a person's second factors and end their sessions; they enroll again after signing in."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    factors = factors_of(user)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        raise Conflict(f"{user} has no second factor.", "There is nothing to reset.")
    factors.delete()
    user.sessions_ended_at = at
    user.save(update_fields=["sessions_ended_at"])
    tokens.end_all(user, reason="The second factors were reset.", by=by, at=at)
    credentials.factors_removed(user, kinds, reason=reason, alone=alone, by=by, at=at)


def deactivate(
    user: User,
    *,
    advises_next: User | None,
    reviews_next: User | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> User:
    """End a person's sign-in at once and hand their open work to colleagues.

    Sessions end, the set-up link is useless, roles are revoked, coverage ends, requests that only they could answer
    for are withdrawn, and their books go to the colleagues named. Raises `Conflict` for the last administrator, for
    oneself, and while a household would be left without an advisor or a reviewer.
    """
    on = at.astimezone(EASTERN).date()
    with transaction.atomic(), audit.lines_last():
        role_grants.one_at_a_time()
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        person = role_grants.decider(by)
        if user.deactivated_at is not None:
            raise Conflict(f"{user} has left already.", "There is nothing to do.")
        if person is not None and person.pk == user.pk:
            raise Conflict("Nobody deactivates their own sign-in.", "Ask another administrator.")
        if Role.ADMINISTRATOR in role_grants.granted_to(user):
            role_grants.require_another_administrator(user)
        handed = {}
        for part, successor in (
            (BookEntry.Part.ADVISOR, advises_next),
            (BookEntry.Part.REVIEWER, reviews_next),
        ):
            if successor is None:
                books.leave(user, part, on=on, by=by, at=at)
            elif moved := books.hand_over(
                user, to=successor, part=part, from_on=on, on=on, reason=reason, by=by, at=at
            ):
                handed[str(part)] = {"to": str(successor.pk), "households": len(moved)}
        books.end_coverages_of(user, by=by, at=at)
        if user.invitations.filter(ended_at=None).exists():
            invitations.withdraw(user, reason=reason, by=by, at=at)
        withdrawn = [
            reviews.withdraw(
                one, f"{user} left the firm: {reason}", answers_for_it=True, by=by, at=at
            ).public_id
            for one in requests_of(user)
        ]
        for role in sorted(role_grants.granted_to(user)):
            role_grants.revoke(user, role, by=person, at=at, actor=by, reason=reason)
        user.is_active, user.deactivated_at, user.sessions_ended_at = False, at, at
        user.save(update_fields=["is_active", "deactivated_at", "sessions_ended_at"])
        user.forget_roles()
        tokens.end_all(user, reason="The sign-in was ended.", by=by, at=at)
        audit.record(
            audit.Action.USER_DEACTIVATED,
            about=user,
            by=by,
            at=at,
            reason=reason,
            handed_over=handed,
            withdrawn=withdrawn,
        )
    return user


def reactivate(
    user: User, roles: Iterable[Role], *, reason: str, alone: bool, by: Actor, at: datetime
) -> Sent:
    """Let somebody who left come back with these roles. They get a new set-up link and choose a new password."""
    wanted = frozenset(roles)
    role_grants.require_roles_of_one_kind(wanted)
    with transaction.atomic():
        role_grants.one_at_a_time()
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.deactivated_at is None:
            raise Conflict(f"{user} has not left.", "There is nothing to do.")
        user.deactivated_at = None
        user.set_password(None)
        user.save(update_fields=["deactivated_at", "password"])
        role_grants.change(user, wanted, reason=reason, alone=alone, by=by, at=at)
        audit.record(audit.Action.USER_REACTIVATED, about=user, by=by, at=at, reason=reason, alone=alone)
        return invitations.issue(user, by=by, at=at)


def factors_of(user: User) -> QuerySet[Authenticator]:
    """The second factors of a person, recovery codes included."""
    return Authenticator.objects.filter(user=user)


def requests_of(user: User) -> list[Review]:
    """Requests for changes of the firm's own that this person made and nobody has decided yet."""
    standing = Review.objects.active().filter(requested_by=user, subject_kind__in=changes.KINDS)
    return list(standing.order_by("pk"))


def _tell_both(name: str, before: str, after: str, on: date) -> None:
    for address in (before, after):
        mail.send(
            address,
            "Your sign-in has a new e-mail address",
            "address_changed",
            on=on,
            name=name,
            before=before,
            after=after,
        )
