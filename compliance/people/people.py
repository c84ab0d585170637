"""The person behind an actor, read from the database again, so that a revoked role takes effect at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model

from compliance.people.actors import Actor
from compliance.refusals import NotAllowed

if TYPE_CHECKING:
    from compliance.people.roles import Person, Role


def behind(by: Actor) -> Person:
    """The user who acts, fresh from the database.

    Raises NotAllowed for jobs, and for people who may no longer sign in.
    """
    if not by.is_person:
        raise NotAllowed("Only a signed-in person can do this.", "Sign in and do it in the browser.")
    user = get_user_model()._default_manager.filter(pk=by.person_ref).first()
    if user is None or not user.is_active:
        raise NotAllowed("This sign-in is no longer active.", "Ask the firm's administrator.")
    return cast("Person", user)


def holding(role: Role) -> list[Person]:
    """Everybody who may sign in and holds this role now, in the order they joined."""
    held = get_user_model()._default_manager.filter(
        is_active=True, role_grants__role=role, role_grants__revoked_at=None
    )
    return [cast("Person", user) for user in held.order_by("pk").distinct()]


def granted(role: Role) -> list[Person]:
    """Everybody to whom this role is granted now, by name, also before they have taken up their invitation."""
    held = get_user_model()._default_manager.filter(role_grants__role=role, role_grants__revoked_at=None)
    return [cast("Person", user) for user in held.order_by("name", "pk").distinct()]
