"""What the pipeline puts into compliance's queue: promises that are not kept, samples of approvals, open breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from compliance.pages.queue_items import Item, Sort, Weight, day_began
from rebalancing import access
from rebalancing.pages import promises, samples

BREAK_URGENT_AFTER = timedelta(days=3)
"""A difference that stands so long is not one of timing any more."""


def of(user: Any, at: datetime) -> Iterator[Item]:
    """What this floor puts into the queue."""
    yield from _promises(user, at)
    yield from _samples(user, at)
    yield from _breaks(user, at)


def _promises(user: Any, at: datetime) -> Iterator[Item]:
    """Promises that are not kept; reviews are in the queue themselves."""
    for one in promises.rows(user, at=at, with_reviews=False):
        broken = one.broken
        yield Item(
            Sort.PROMISE,
            f"{broken.promise}-{broken.about or 'firm'}",
            f"Promise not kept: {broken.promise.label.lower()}",
            broken.sentence,
            "",
            # The day that was promised was still in time.
            day_began(broken.due_on + timedelta(days=1)),
            Weight.URGENT,
            one.url,
            household_ref=broken.household,
        )


def _samples(user: Any, at: datetime) -> Iterator[Item]:
    found = samples.of(user, at)
    for sort, rows in ((Sort.HELD_OUT, found.held_out), (Sort.FAST, found.fast)):
        for one in rows:
            yield Item(
                sort,
                one.key,
                one.title,
                one.sentence,
                one.who,
                one.at,
                Weight.ATTENTION,
                one.url,
                person=one.person if sort is Sort.FAST else None,
                is_settled_by_hand=sort is Sort.FAST,
            )


def _breaks(user: Any, at: datetime) -> Iterator[Item]:
    """Open breaks. Who works one is said on its own page, for the trading desk too."""
    rows = access.breaks_for(user).filter(ended_at=None).select_related("account__household", "owner")
    for one in rows.defer("account__number").order_by("found_on", "pk"):
        since = day_began(one.found_on)
        whose = f"{one.account.name} of {one.account.household.name}" if one.account else "No account"
        yield Item(
            Sort.BREAK,
            one.public_id,
            f"{one.get_queue_display()}: {whose}",
            one.sentence,
            "",
            since,
            Weight.URGENT if at - since > BREAK_URGENT_AFTER else Weight.ATTENTION,
            reverse("rebalancing:break", args=[one.public_id]),
            household_ref=one.household_ref,
            owner=one.owner.get_full_name() if one.owner else "",
            owner_id=one.owner_id,
            owner_url=reverse("rebalancing:break_assign", args=[one.public_id]),
        )
