"""Which models buy a security, with the draft and the review that replace it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from clients.pages import review_links
from clients.pages.models import above
from clients.policies import model_portfolios, model_versions, substitutions
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink

DOORS = ("clients:model_substitute",)


@dataclass(frozen=True, slots=True)
class UseRow:
    """A model that buys the security: where, who would be reached, and what is under way."""

    name: str
    url: str
    version: int
    sleeves: str
    policies: int
    draft: str
    draft_url: str
    impact_url: str
    review_url: str
    hindrance: str


@dataclass(frozen=True, slots=True)
class UsesPage:
    heading: str
    symbol: str
    is_known: bool
    rows: tuple[UseRow, ...]
    doors: tuple[DoorLink, ...]


def show(user: Any, symbol: str, *, on: date) -> UsesPage:
    """The models whose version in force buys the security."""
    wanted = symbol.strip().upper()[:24]
    security = substitutions.security_of(wanted)
    rows = (
        tuple(_row(one, user=user, on=on) for one in substitutions.containing(security, on=on))
        if security
        else ()
    )
    count = len(rows)
    if security is None:
        heading = f"No security {wanted} is on record" if wanted else "Where a security is bought"
    else:
        heading = f"{count} model{'' if count == 1 else 's'} buy{'s' if count == 1 else ''} {wanted}"
    return UsesPage(heading, wanted, security is not None, rows, doors.links(DOORS, user))


def _row(one: substitutions.Found, *, user: Any, on: date) -> UseRow:
    draft = model_versions.draft_of(one.model)
    review = model_portfolios.in_review(one.model)
    address = [one.model.public_id]
    url = reverse("clients:model", args=address)
    return UseRow(
        name=one.model.name,
        url=url,
        version=one.version.version,
        sleeves=", ".join(one.sleeves),
        policies=model_versions.followers_of(one.version, on=on).count(),
        draft=f"Version {draft.version}" if draft else "",
        draft_url=f"{url}?version={draft.version}" if draft else "",
        impact_url=above("rebalancing:model_impact_list", [*address, draft.version]) if draft else "",
        review_url=review_links.review_url(user, review),
        hindrance="" if draft else one.hindrance,
    )
