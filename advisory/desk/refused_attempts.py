"""What was refused at the review desk, for compliance's queue: by the names of things, which this floor knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from advisory.desk import about_links
from compliance import access
from compliance.actions import Action
from compliance.pages.queue_items import QUEUE_DAYS, Item, Sort, Weight
from compliance.pages.trail import event_rows

ROWS_MAX = 500


def of(user: Any, at: datetime) -> Iterator[Item]:
    """The attempts to approve that were refused, until somebody settles them."""
    since = at - timedelta(days=QUEUE_DAYS)
    found = access.events_for(user).filter(action=Action.APPROVAL_REFUSED, occurred_at__gte=since)
    events = list(found.newest_first()[:ROWS_MAX])
    for row, event in zip(event_rows(events, user, about_links.places_for), events, strict=True):
        yield Item(
            Sort.REFUSED,
            str(event.seq),
            f"Approval refused: {row.about}",
            str(json.loads(event.facts)["sentence"]),
            row.actor,
            event.occurred_at,
            Weight.ATTENTION,
            row.about_url or reverse("compliance:audit_event", args=[event.seq]),
            household_ref=event.household_ref,
            person=int(event.person_ref) if event.person_ref.isdecimal() else None,
            is_settled_by_hand=True,
        )
