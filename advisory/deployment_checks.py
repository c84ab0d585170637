"""What a deployment must not leave off; reported by `manage check --deploy`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from compliance.people.roles import STAFF_ROLES, Role


@register(Tags.security, deploy=True)
def second_factor_of_staff(**_: Any) -> list[CheckMessage]:
    """Every role of the staff signs in with a second factor, and every role named exists."""
    found: list[CheckMessage] = []
    if unknown := sorted(settings.SECOND_FACTOR_ROLES - set(Role.values)):
        found.append(
            Warning(
                f"EVENKEEL_SECOND_FACTOR_ROLES names {', '.join(unknown)}, which are no roles.",
                id="advisory.W001",
            )
        )
    if without := sorted(str(role) for role in STAFF_ROLES if role not in settings.SECOND_FACTOR_ROLES):
        found.append(
            Warning(
                f"Staff signs in without a second factor: {', '.join(without)}.",
                hint="Leave EVENKEEL_SECOND_FACTOR_ROLES unset.",
                id="advisory.W002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def confirmation_of_decisions(**_: Any) -> list[CheckMessage]:
    """A decision is confirmed anew."""
    if settings.STEP_UP_MINUTES:
        return []
    return [
        Error(
            "Approvals, releases, consents, settings and exports are not confirmed anew.",
            hint="Leave EVENKEEL_STEP_UP_MINUTES unset, or give the minutes for which a confirmation counts.",
            id="advisory.E001",
        )
    ]
