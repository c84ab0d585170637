"""Who joins the firm's desk and which roles they hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from advisory.models import RoleGrant, User
from compliance.roles import Role


def join(
    email: str,
    *,
    name: str,
    password: str | None,
    roles: Iterable[Role],
    by: User | None,
    at: datetime,
) -> User:
    """Add a person with the roles given; without a password they set one by e-mail first."""
    with transaction.atomic():
        user = User(email=email.strip().lower(), name=name.strip(), joined_at=at)
        user.set_password(password)
        user.save()
        for role in roles:
            grant(user, role, by=by, at=at)
    return user


def grant(user: User, role: Role, *, by: User | None, at: datetime) -> RoleGrant:
    """Give a role; a person who already holds it keeps the earlier grant."""
    held, _ = RoleGrant.objects.get_or_create(
        user=user, role=role, revoked_at=None, defaults={"granted_at": at, "granted_by": by}
    )
    user.forget_roles()
    return held


def revoke(user: User, role: Role, *, by: User | None, at: datetime) -> None:
    """Take a role away from now on; the row that it was held stays."""
    RoleGrant.objects.filter(user=user, role=role, revoked_at=None).update(revoked_at=at, revoked_by=by)
    user.forget_roles()
