"""The roles of the firm. Every floor refers to roles, so they are defined on this one.

A user answers `user.has_role(Role.X)` and `user.role_names`; who holds which role is stored with the people,
on the top floor.
"""

from __future__ import annotations

from typing import Protocol

from django.db.models import TextChoices


class Role(TextChoices):
    """A role. A person may hold several; none of them lets anybody approve their own work."""

    ADVISOR = "advisor", "Advisor"
    REVIEWER = "reviewer", "Reviewer"
    COMPLIANCE = "compliance", "Compliance officer"
    TRADER = "trader", "Trader"
    ADMINISTRATOR = "administrator", "Firm administrator"
    CLIENT = "client", "Client"
    EXAMINER = "examiner", "Examiner"
    """Never granted: held as long as an access of `compliance.examiners` stands."""


GRANTED_ROLES = tuple(role for role in Role if role != Role.EXAMINER)
"""The roles that are granted to people."""
STAFF_ROLES = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER, Role.ADMINISTRATOR})


class Person(Protocol):
    """What this floor needs to know about somebody; `settings.AUTH_USER_MODEL` provides it."""

    pk: int
    is_active: bool

    @property
    def role_names(self) -> frozenset[str]: ...

    def has_role(self, role: Role) -> bool: ...

    def get_full_name(self) -> str: ...

    def get_username(self) -> str: ...
