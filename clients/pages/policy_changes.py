"""Two versions of a household's policy side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from clients import access
from clients.models import Policy
from clients.policies import differences, policies
from compliance.review_desk.subjects import Difference


@dataclass(frozen=True, slots=True)
class OtherVersion:
    label: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class ChangesPage:
    policy: Policy
    before: Policy | None
    lines: tuple[Difference, ...]
    others: tuple[OtherVersion, ...]
    policy_url: str


def show(user: Any, policy: Policy, *, against: str = "") -> ChangesPage:
    """A version beside the one named, else the one in force, else the one before it."""
    visible = access.policies_for(user).filter(household=policy.household).exclude(pk=policy.pk)
    versions = list(visible.select_related("model__model", "household").order_by("-version"))
    before = (
        next((one for one in versions if one.public_id == against), None)
        or next((one for one in versions if one.state == Policy.State.ADOPTED), None)
        or next((one for one in versions if one.version < policy.version), None)
    )
    address = reverse("clients:policy_changes", args=[policy.public_id])
    return ChangesPage(
        policy=policy,
        before=before,
        lines=tuple(between(before, policy)),
        others=tuple(
            OtherVersion(f"Version {one.version}", f"{address}?with={one.public_id}", one == before)
            for one in versions
        ),
        policy_url=reverse("clients:policy", args=[policy.public_id]),
    )


def between(before: Policy | None, after: Policy) -> list[Difference]:
    """What differs; everything where there is no version to compare with."""
    return differences.between(policies.shown(before) if before else None, policies.shown(after))
