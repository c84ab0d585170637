"""Who may see the firm's people: administrators and compliance. The lookup is the permission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisory.models import RoleGrant, User
from compliance.people.roles import Role

if TYPE_CHECKING:
    from django.db.models import QuerySet


def refusal_to_see_people(user: Any) -> str | None:
    """Why this person may not open the list of people; None when they may."""
    if user.has_role(Role.ADMINISTRATOR) or user.has_role(Role.COMPLIANCE):
        return None
    return "Only a firm administrator or compliance can see the firm's people."


def people_for(user: Any) -> QuerySet[User]:
    """Everybody with a sign-in, for those who may see them."""
    return User.objects.all() if refusal_to_see_people(user) is None else User.objects.none()


def grants() -> QuerySet[RoleGrant]:
    """Every grant in the order it was made, for people the caller may see."""
    return RoleGrant.objects.order_by("granted_at", "pk")
