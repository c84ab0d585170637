"""What the monitors found, as lines of work on the homes of compliance and of the household's advisor."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from rebalancing.pages.lists import alarms


def work_of(user: Any) -> tuple[Work, ...]:
    """The alarms of this person's scope that nobody has acknowledged, the oldest first."""
    rows = [alarms.row_of(one) for one in alarms.standing_for(user)]
    return work.at_most(
        [
            Work(
                what=row.monitor,
                whom=row.household,
                link=row.action.label,
                url=row.action.url,
                why=row.sentence,
                since=row.first_on,
            )
            for row in rows
        ],
        "alarms of the monitors",
        reverse("rebalancing:monitors"),
    )
