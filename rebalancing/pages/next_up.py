"""What a reviewer decides next: by deadline, then by the money at stake, then by age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.urls import reverse

from clients import figures
from compliance.models import ReviewMaker, State
from compliance.people.roles import Role
from rebalancing import access, market_days
from rebalancing.models import Proposal, Revision

LEFT_MAX = 99


@dataclass(frozen=True, slots=True)
class NextUp:
    """The next proposal of a queue. `sentence` says why it is next, `left` how many there are with it."""

    household: str
    url: str
    sentence: str
    left: int


def of(user: Any, *, but: Proposal | None = None, at: datetime) -> NextUp | None:
    """The next proposal that this person may decide; None where there is none. One query."""
    if not user.has_role(Role.REVIEWER):
        return None
    found = Revision.objects.filter(
        proposal__in=access.proposals_for(user),
        proposal__state=Proposal.State.IN_REVIEW,
        review__state=State.OPEN,
        review__expires_at__gt=at,
    ).exclude(review__in=ReviewMaker.objects.filter(person_id=user.pk).values("review"))
    if but is not None:
        found = found.exclude(proposal=but.pk)
    value = F("proposal__reading__outside_value").desc(nulls_last=True)
    rows = list(
        found.select_related("proposal__household", "proposal__reading")
        .defer("household_document", "plan_document")
        .order_by("review__expires_at", value, "proposal__drafted_at", "pk")[: LEFT_MAX + 1]
    )
    if not rows:
        return None
    first = rows[0]
    told = [f"can be decided until {figures.moment(first.expires_at)}"]
    if (reading := first.proposal.reading) is not None and reading.outside_value is not None:
        told.append(f"{figures.money(reading.outside_value, cents=False)} outside its bands")
    days = (market_days.new_york_date(at) - market_days.new_york_date(first.proposal.drafted_at)).days
    told.append(f"drafted {figures.counted(days, 'day')} ago" if days > 0 else "drafted today")
    return NextUp(
        household=first.proposal.household.name,
        url=reverse("rebalancing:proposal", args=[first.proposal.public_id]),
        sentence=", ".join(told),
        left=len(rows),
    )
