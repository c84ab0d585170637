"""What custodians restated since somebody last looked, as work of a home."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from clients import access_facts
from clients.models import Restatement


def work_of(user: Any) -> tuple[Work, ...]:
    """The accounts of this person's scope with restatements of which nobody has said what they were; one query."""
    rows = (
        access_facts.restatements_for(user)
        .filter(seen_at=None, cause__in=Restatement.ASKS)
        .values("account__public_id", "account__name", "account__household__name")
        .annotate(count=Count("pk"), since=Min("found_at"))
        .order_by("since", "account__public_id")
    )
    listed = reverse("rebalancing:restatement_list")
    found = [
        Work(
            what=f"{work.counted(row['count'], 'figure was', 'figures were')} restated in {row['account__name']}",
            whom=row["account__household__name"],
            link="Say what it was",
            url=f"{listed}?account={row['account__public_id']}",
            why="The custodian’s file has lots or past sales otherwise than the record had them.",
            since=row["since"],
        )
        for row in rows
    ]
    return work.at_most(found, "accounts with restated figures", listed)
