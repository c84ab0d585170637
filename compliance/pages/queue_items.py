"""What stands in compliance's queue: one kind of item for whatever of any floor asks for compliance's eyes.

Each floor names what it knows of (`settings.QUEUE_SOURCES`): this one reviews, requests for changes, overrides and the
firm's lists; those above promises, samples, breaks and refused attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Q, TextChoices
from django.urls import reverse
from django.utils.module_loading import import_string

from compliance import access
from compliance.clock import EASTERN
from compliance.firm import firm_settings
from compliance.firm.desk_figures import REVIEW_WITHIN
from compliance.models import ChangeRequest, Override, QueueOwner, RestrictedIssuer, Review
from compliance.models.reviews import CHANGE_KINDS
from compliance.pages.subjects import subject_url
from compliance.review_desk.queue_owners import Named
from compliance.rules.book import RULES_BY_ID

QUEUE_DAYS = 30
"""How long what happened once, and nobody settled, stands in the queue."""
STANDS_MAX = timedelta(days=365)
"""After so long, an entry of the firm's lists without a last day is looked at again."""


class Weight(IntEnum):
    """How much an item weighs."""

    URGENT = 3
    ATTENTION = 2
    NOTICE = 1

    @property
    def label(self) -> str:
        return {3: "Urgent", 2: "Needs attention", 1: "To look at"}[self]


class Sort(TextChoices):
    """The kinds of items, as the filter offers them."""

    PROMISE = "promise", "Promises not kept"
    REVIEW = "review", "Reviews"
    CHANGE_REQUEST = "change-request", "Requests for changes"
    REFUSED = "refused", "Refused attempts"
    OVERRIDE = "override", "Overrides"
    HELD_OUT = "held-out", "Held-out samples"
    FAST = "fast", "Approved within seconds"
    BREAK = "break", "Breaks"
    LISTED = "listed", "Restricted and watch lists"


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `item` is its id among those of its kind; `who` caused it; `person` is who that is, if one of the firm.

    `is_settled_by_hand`: nothing ends it but a person's word. `owner_url` is where its own page says who works it, for
    those that keep that themselves; else the queue does.
    """

    sort: Sort
    item: str
    title: str
    sentence: str
    who: str
    since: datetime
    weight: Weight
    url: str
    due: datetime | None = None
    household_ref: str = ""
    person: int | None = None
    is_settled_by_hand: bool = False
    owner: str = ""
    owner_id: int | None = None
    owned_since: datetime | None = None
    owner_url: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return str(self.sort), self.item

    @property
    def named(self) -> Named:
        """The item for the verbs of its owners."""
        return Named(*self.key, self.household_ref, self.person, self.is_settled_by_hand)


Source = Callable[[Any, datetime], Iterable[Item]]


@cache
def sources() -> tuple[Source, ...]:
    """What every floor puts into the queue."""
    return tuple(import_string(path) for path in settings.QUEUE_SOURCES)


def standing(user: Any, *, at: datetime) -> list[Item]:
    """Every item that this person may see, with its owner, the weightiest and then the oldest first."""
    found = [one for source in sources() for one in source(user, at)]
    # What was settled before that does not stand any more by itself.
    lately = Q(ending=QueueOwner.Ending.SETTLED, ended_at__gte=at - timedelta(days=QUEUE_DAYS + 1))
    rows = list(QueueOwner.objects.filter(Q(ended_at=None) | lately).select_related("owner"))
    owners = {(row.kind, row.item): row for row in rows if row.ended_at is None}
    settled = {(row.kind, row.item) for row in rows if row.ended_at is not None}
    kept = [_owned(one, owners.get(one.key)) for one in found if one.key not in settled]
    return sorted(kept, key=lambda one: (-one.weight, one.since, one.key))


def day_began(on: date) -> datetime:
    """The first moment of a day, for what is known by its day."""
    return datetime.combine(on, time(), EASTERN)


def of(user: Any, at: datetime) -> Iterator[Item]:
    """What this floor puts into the queue."""
    yield from _reviews(user, at)
    yield from _change_requests(user)
    yield from _overrides(user, at)
    yield from _listed(at)


def _owned(one: Item, row: QueueOwner | None) -> Item:
    if row is None:
        return one
    return replace(one, owner=row.owner.get_full_name(), owner_id=row.owner_id, owned_since=row.since)


def _reviews(user: Any, at: datetime) -> Iterator[Item]:
    """What waits for a decision: overdue, to be decided by compliance, or by others."""
    within = timedelta(days=int(firm_settings.in_force(on=at.astimezone(EASTERN).date()).of(REVIEW_WITHIN)))
    waiting = (
        access.reviews_for(user).active().prefetch_related("makers__person").order_by("expires_at", "pk")
    )
    for one in waiting:
        due = min(one.requested_at + within, one.expires_at)
        is_ours = one.subject_kind in CHANGE_KINDS
        told = "It has expired." if at >= one.expires_at else "It is overdue." if at > due else ""
        makers = dict.fromkeys(row.person.get_full_name() for row in one.makers.all() if row.done_at is None)
        yield Item(
            Sort.REVIEW,
            one.public_id,
            one.title,
            f"{told or ('A second person decides.' if is_ours else 'In review.')} {one.get_subject_kind_display()}.",
            ", ".join(makers) or one.requested_by_label,
            one.requested_at,
            Weight.URGENT if told else Weight.ATTENTION if is_ours else Weight.NOTICE,
            subject_url(one),
            due=due,
            household_ref=one.household_ref,
        )


def _change_requests(user: Any) -> Iterator[Item]:
    asked = ChangeRequest.objects.filter(lifted_at=None, review__in=access.reviews_for(user))
    for one in asked.select_related("review").order_by("asked_at", "pk"):
        yield Item(
            Sort.CHANGE_REQUEST,
            str(one.pk),
            one.review.title,
            f"Changes are requested: {one.text}",
            one.asked_by_label,
            one.asked_at,
            Weight.ATTENTION,
            f"{reverse('compliance:queue')}#change-{one.pk}",
            household_ref=one.review.household_ref,
        )


def _overrides(user: Any, at: datetime) -> Iterator[Item]:
    given = Override.objects.filter(
        given_at__gte=at - timedelta(days=QUEUE_DAYS), review__in=access.reviews_for(user)
    )
    for one in given.select_related("finding", "review").order_by("given_at", "pk"):
        review: Review = one.review
        yield Item(
            Sort.OVERRIDE,
            str(one.pk),
            f"{_rule(one.finding.rule)} overridden: {review.title}",
            f"{one.finding.sentence} {one.get_reason_display()}: {one.text}",
            one.approver_label,
            one.given_at,
            Weight.NOTICE,
            subject_url(review),
            due=one.expires_at,
            household_ref=review.household_ref,
            person=one.approver_id,
            is_settled_by_hand=True,
        )


def _listed(at: datetime) -> Iterator[Item]:
    """Entries of the firm's lists that ask something: over and not lifted, or long without a last day; and new ones."""
    on = at.astimezone(EASTERN).date()
    for one in RestrictedIssuer.objects.filter(lifted_at=None).order_by("placed_at", "pk"):
        since, weight, is_new = one.placed_at, Weight.ATTENTION, False
        if one.ends_on is not None and one.ends_on < on:
            since, told = day_began(one.ends_on + timedelta(days=1)), "Its last day is over: take it off."
        elif one.ends_on is None and at - one.placed_at > STANDS_MAX:
            since, told = (
                one.placed_at + STANDS_MAX,
                "It has no last day and stands for a year: is it still so?",
            )
        elif at - one.placed_at <= timedelta(days=QUEUE_DAYS):
            told, weight, is_new = "New on the list.", Weight.NOTICE, True
        else:
            continue
        yield Item(
            Sort.LISTED,
            one.public_id if is_new else f"{one.public_id}-{since:%Y%m%d}",
            f"{one.issuer} ({one.get_kind_display().lower()})",
            f"{told} {one.reason}",
            one.placed_by_label,
            since,
            weight,
            f"{reverse('compliance:queue')}#issuer-{one.public_id}",
            person=one.placed_by_id,
            is_settled_by_hand=is_new,
        )


def _rule(code: str) -> str:
    """What a rule is called; its code where this version no longer knows it."""
    known = RULES_BY_ID.get(code)
    return known.RULE.title if known else code
