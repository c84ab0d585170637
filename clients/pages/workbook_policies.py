"""The policies that a workbook brought, as their reviewer reads and adopts them together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from clients import figures
from clients.models import Policy, Workbook
from clients.pages.import_list import counted
from clients.policies.drafts import UNDER_WAY
from clients.workbooks import bulk_adoption
from compliance.review_desk import objections


@dataclass(frozen=True, slots=True)
class Row:
    """One policy with what a reviewer needs at a glance; its own page has the rest."""

    household: str
    household_url: str
    policy: str
    url: str
    model: str
    targets: str
    restrictions: int
    signed_on: date | None
    refusal: str


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    """Every policy that waits, the digest of all of them, and how many of the workbook's are adopted or unsigned."""

    heading: str
    workbook: str
    rows: tuple[Row, ...]
    decidable: int
    digest: str
    adopted: int
    unsigned: int
    refusal: str


def show(user: Any, workbook: Workbook, drafted: QuerySet[Policy], *, at: datetime) -> PoliciesPage:
    """The page, for this person's part of the workbook's households."""
    found = bulk_adoption.waiting(drafted)
    rows = tuple(_row(user, one, at=at) for one in found)
    decidable = sum(1 for row in rows if not row.refusal)
    states = list(drafted.values_list("state", flat=True))
    return PoliciesPage(
        heading=f"{counted(len(rows), 'policy').replace('policys', 'policies')} to decide",
        workbook=workbook.name,
        rows=rows,
        decidable=decidable,
        digest=bulk_adoption.digest_of(found),
        adopted=states.count(Policy.State.ADOPTED),
        unsigned=sum(states.count(one) for one in UNDER_WAY) - len(rows),
        refusal=rows[0].refusal if rows and not decidable else "",
    )


def _row(user: Any, one: bulk_adoption.Waiting, *, at: datetime) -> Row:
    policy = one.policy
    signed = [day for day in (policy.signed_by_client_on, policy.signed_by_advisor_on) if day]
    return Row(
        household=str(policy.household),
        household_url=reverse("clients:household", args=[policy.household.public_id]),
        policy=f"IPS {policy.version}",
        url=reverse("clients:policy", args=[policy.public_id]),
        model=str(policy.model.model),
        targets=", ".join(
            f"{target.asset_class} {figures.weight_trimmed(target.weight_target)}% "
            f"({figures.weight_trimmed(target.weight_lower)}%–{figures.weight_trimmed(target.weight_upper)}%)"
            for target in policy.targets.all()
        ),
        restrictions=len(policy.restrictions.all()),
        signed_on=max(signed, default=None),
        refusal=objections.refusal_to_decide(user, one.review, at=at) or "",
    )
