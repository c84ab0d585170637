"""What the firm promises, and which promises are broken now, each with a link to what cures it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from compliance.firm import firm_settings
from compliance.firm.catalog import in_group
from compliance.firm.setting import Group
from compliance.models import Review
from compliance.pages.subjects import subject_url
from rebalancing import market_days
from rebalancing.promises import facts, monitor
from rebalancing.promises.promises import Broken, Promise


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """One broken promise with its link."""

    broken: Broken
    url: str


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise in words: its name and what is in force."""

    name: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class PromisesPage:
    rows: tuple[BrokenRow, ...]
    promised: tuple[Promised, ...]
    version: int
    checked_at: datetime | None
    trouble: str

    @property
    def heading(self) -> str:
        count = len(self.rows)
        return (
            f"{count} promise{' is' if count == 1 else 's are'} broken" if count else "Every promise is kept"
        )


def rows(user: Any, *, at: datetime, with_reviews: bool = True) -> tuple[BrokenRow, ...]:
    """What is broken now, of what this person may see; without the reviews for whoever shows those itself."""
    found = facts.broken(user, at=at, with_reviews=with_reviews)
    about = [one.about for one in found if one.promise is Promise.REVIEW]
    reviews = {one.public_id: one for one in Review.objects.filter(public_id__in=about)}
    return tuple(BrokenRow(one, _url(one, reviews.get(one.about))) for one in found)


def show(user: Any, *, at: datetime) -> PromisesPage:
    """The page."""
    present = firm_settings.in_force(on=market_days.new_york_date(at))
    checked = monitor.last(at=at)
    listed = (*in_group(Group.PROMISES), *in_group(Group.TIMETABLE))
    return PromisesPage(
        rows=rows(user, at=at),
        promised=tuple(Promised(one.name, present.shown(one), one.help) for one in listed),
        version=present.version,
        checked_at=checked.since,
        trouble=checked.trouble if checked.is_overdue else "",
    )


def _url(broken: Broken, review: Review | None) -> str:
    if broken.promise is Promise.SCAN:
        return (
            reverse("rebalancing:scan", args=[broken.about])
            if broken.about
            else reverse("rebalancing:scan_list")
        )
    if broken.promise is Promise.REVIEW:
        return subject_url(review) if review else ""
    return reverse("clients:household", args=[broken.household])
