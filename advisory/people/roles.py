"""Adding people, and granting and revoking their roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from advisory.models import RoleGrant, User
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.people.roles import Role


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


def grant(user: User, role: Role, *, by: User | None, at: datetime) -> RoleGrant:
    """Grant a role; a person who already holds it keeps the earlier grant."""
    with transaction.atomic():
        held, is_new = RoleGrant.objects.get_or_create(
            user=user, role=role, revoked_at=None, defaults={"granted_at": at, "granted_by": by}
        )
        user.forget_roles()
        if is_new:
            audit.record(
                audit.Action.ROLE_GRANTED,
                about=user,
                by=_actor(by),
                at=at,
                sealing=[("role_grant", held.pk)],
                role=role,
            )
    return held


def revoke(user: User, role: Role, *, by: User | None, at: datetime) -> None:
    """Revoke a role from now on; the row of the grant stays."""
    with transaction.atomic():
        held = RoleGrant.objects.select_for_update().filter(user=user, role=role, revoked_at=None)
        for grant_held in held:
            grant_held.revoked_at, grant_held.revoked_by = at, by
            grant_held.save(update_fields=["revoked_at", "revoked_by"])
            audit.record(
                audit.Action.ROLE_REVOKED,
                about=user,
                by=_actor(by),
                at=at,
                sealing=[("role_revocation", grant_held.pk)],
                role=role,
            )
        user.forget_roles()


def _actor(by: User | None) -> Actor:
    """Who granted or revoked the role; a command without a person is the operator."""
    return Actor.person(by) if by is not None else Actor.system("operator")
