"""Adding people, and granting and revoking their roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from advisory.models import RoleGrant, User
from advisory.people import tokens
from clients.households import books
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.models import ExaminerAccess
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict


def join(
    email: str,
    *,
    name: str,
    password: str | None,
    roles: Iterable[Role],
    by: User | None,
    at: datetime,
) -> User:
    """Add a person with these roles; without a password they set one by e-mail first."""
    with transaction.atomic():
        user = User(email=email.strip().lower(), name=name.strip(), joined_at=at)
        user.set_password(password)
        user.save()
        for role in roles:
            grant(user, role, by=by, at=at)
        audit.record(audit.Action.USER_ADDED, about=user, by=_actor(by), at=at, name=user.name)
    return user


def grant(
    user: User, role: Role, *, by: User | None, at: datetime, actor: Actor | None = None, **why: object
) -> RoleGrant:
    """Grant a role; a person who already holds it keeps the earlier grant.

    `actor` is `by` with the session, where there is one; `why` goes on the trail. Raises `Conflict` for an examiner.
    """
    with transaction.atomic():
        _refuse_examiner(user)
        held, is_new = RoleGrant.objects.get_or_create(
            user=user, role=role, revoked_at=None, defaults={"granted_at": at, "granted_by": by}
        )
        user.forget_roles()
        if is_new:
            audit.record(
                audit.Action.ROLE_GRANTED,
                about=user,
                by=actor or _actor(by),
                at=at,
                sealing=[("role_grant", held.pk)],
                role=role,
                **why,
            )
    return held


def revoke(
    user: User, role: Role, *, by: User | None, at: datetime, actor: Actor | None = None, **why: object
) -> None:
    """Revoke a role from now on; the row of the grant stays. Raises `Conflict` for the last administrator."""
    with transaction.atomic():
        if role == Role.ADMINISTRATOR:
            require_another_administrator(user)
        held = RoleGrant.objects.select_for_update().filter(user=user, role=role, revoked_at=None)
        for grant_held in held:
            grant_held.revoked_at, grant_held.revoked_by = at, by
            grant_held.save(update_fields=["revoked_at", "revoked_by"])
            audit.record(
                audit.Action.ROLE_REVOKED,
                about=user,
                by=actor or _actor(by),
                at=at,
                sealing=[("role_revocation", grant_held.pk)],
                role=role,
                **why,
            )
        user.forget_roles()


def change(user: User, roles: Iterable[Role], *, reason: str, alone: bool, by: Actor, at: datetime) -> None:
    """Give a person exactly these roles.

    `alone` says on the trail that the firm had nobody else to decide. Raises `BadInput` when nothing changes or staff
    would be a client too, `Conflict` for the last administrator and for who has left.
    """
    wanted = frozenset(roles)
    require_roles_of_one_kind(wanted)
    with transaction.atomic():
        one_at_a_time()
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.deactivated_at is not None:
            raise Conflict(f"{user} has left the firm.", "Reactivate the sign-in first.")
        held = granted_to(user)
        if wanted == held:
            raise BadInput("These are the roles this person has.", "Tick or untick a role.")
        if sentence := refusal_to_lose(user, held - wanted, on=at.astimezone(EASTERN).date()):
            raise Conflict(sentence, "Hand the book over first.")
        person = decider(by)
        for role in sorted(wanted - held):
            grant(user, role, by=person, at=at, actor=by, reason=reason, alone=alone)
        for role in sorted(held - wanted):
            revoke(user, role, by=person, at=at, actor=by, reason=reason, alone=alone)
        tokens.end_all(user, reason="The roles changed.", by=by, at=at)
        # Other roles, other lifetimes and second factors: everybody signs in anew with them.
        user.sessions_ended_at = at
        user.save(update_fields=["sessions_ended_at"])


def refusal_to_lose(user: User, lost: Iterable[Role], *, on: date) -> str:
    """Why a person keeps a role: households in their book need it. Empty where nothing stands against it."""
    by_role = {role: part for part, role in books.ROLES.items()}
    for role in sorted(set(lost) & set(by_role)):
        if count := books.held_as(user, by_role[role], on=on):
            held = f"{count} household{'' if count == 1 else 's'}"
            return f"{user} has {held} in the book as {role.label.lower()}."
    return ""


def granted_to(user: User) -> frozenset[Role]:
    """The roles granted to a person now, whether or not they are active."""
    held = user.role_grants.filter(revoked_at=None).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def _refuse_examiner(user: User) -> None:
    """Raise `Conflict` for who examines the firm: an examiner's sign-in is nothing else as long as it reads."""
    # Whoever lets an examiner in locks the same row (examiners.py), so one of the two sees the other.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if access := ExaminerAccess.objects.of(user.pk).first():
        raise Conflict(
            f"{user} examines the firm until {access.ends_on:%B} {access.ends_on.day}, {access.ends_on.year}.",
            "Use another e-mail address, or have compliance end the examiner's access first.",
        )


def decider(by: Actor) -> User | None:
    """The user behind an actor; None for the operator's commands."""
    return User.objects.get(pk=people.behind(by).pk) if by.is_person else None


def require_roles_of_one_kind(roles: Iterable[Role]) -> None:
    """Raise `BadInput` for staff who would be a client with the same sign-in."""
    wanted = frozenset(roles)
    if Role.CLIENT in wanted and len(wanted) > 1:
        raise BadInput(
            "Staff see their own household as a client with a separate sign-in.",
            "Invite them with another e-mail address from the household's page.",
        )


def has_administrator() -> bool:
    """Whether somebody administers the firm, who can sign in."""
    return _administrators().exists()


def one_at_a_time() -> None:
    """Wait for whoever changes the firm's administrators at this moment, until their transaction is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('advisory.administrators'))")


def require_another_administrator(user: User) -> None:
    """Raise `Conflict` when this is the last administrator. Whoever asks at the same moment waits for the answer."""
    one_at_a_time()
    standing = set(_administrators().values_list("user_id", flat=True))
    if standing == {user.pk}:
        raise Conflict(
            f"{user} is the firm's last administrator.",
            "Grant the role to a colleague first, then try again.",
        )


def _administrators() -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(role=Role.ADMINISTRATOR, revoked_at=None, user__is_active=True)


def _actor(by: User | None) -> Actor:
    """Who granted or revoked the role; a command without a person is the operator."""
    return Actor.person(by) if by is not None else Actor.system("operator")
