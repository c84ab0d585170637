"""The reviewer's part of the home page: everything that waits for a decision, with its drift and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from advisory.desk import work
from clients import access as record
from compliance import access as review_desk
from compliance.models import Review
from compliance.models.reviews import SubjectKind
from compliance.pages.subjects import subject_url
from compliance.review_desk import objections
from rebalancing import market_days
from rebalancing.pages.lists.standing_query import Book, Narrowed
from rebalancing.pages.lists.standings import Standing, Standings

ROWS_MAX = 20
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A pending review: its subject, its deadline, and why this person may not decide, if so."""

    title: str
    kind: str
    url: str
    makers: str
    age: str
    requested_at: datetime
    expires_at: datetime
    is_late: bool
    refusal: str
    standing: Standing | None

    @property
    def can_be_settled(self) -> bool:
        """Whether this person could approve it now, or after giving a reason for a finding."""
        return not self.refusal and (self.standing is None or self.standing.kind.key in {"decide", "answer"})

    @property
    def needs_a_reason(self) -> bool:
        return self.standing is not None and self.standing.kind.key == "answer"

    @property
    def is_plain(self) -> bool:
        """Whether it is a proposal that could be approved as it stands."""
        return self.standing is not None and self.can_be_settled and not self.needs_a_reason

    @property
    def link(self) -> str:
        """The one action."""
        if self.refusal:
            return "Read"
        return "Decide" if self.can_be_settled else "See why not"


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """What waits: proposals, policies, model versions and changes. `rows` are the first, `total` is how many.

    `batch_url` leads to where small and plain proposals are approved beside each other, empty where none could be.
    """

    rows: tuple[ReviewRow, ...]
    total: int
    settled: int
    free: int
    list_url: str
    batch_url: str


def show(user: Any, *, at: datetime) -> ReviewSection:
    """The section: those this person can decide first, then by deadline, by the money outside its bands, and by age."""
    found = sorted(_rows(user, at=at), key=_urgency)
    return ReviewSection(
        rows=tuple(found[:ROWS_MAX]),
        total=len(found),
        settled=sum(1 for row in found if row.can_be_settled),
        free=sum(1 for row in found if not row.refusal),
        list_url=reverse("compliance:review_list"),
        batch_url=reverse("rebalancing:approve_many") if any(row.is_plain for row in found) else "",
    )


def _urgency(row: ReviewRow) -> tuple[bool, bool, datetime, Decimal, datetime]:
    outside = (row.standing.outside_value if row.standing is not None else None) or ZERO
    return (not row.can_be_settled, row.needs_a_reason, row.expires_at, -outside, row.requested_at)


def _rows(user: Any, *, at: datetime) -> Iterator[ReviewRow]:
    today = market_days.new_york_date(at)
    mine = record.households_for(user).filter(Q(closed_on=None) | Q(closed_on__gt=today)).order_by()
    keys = dict(mine.values_list("public_id", "pk"))
    waiting = review_desk.reviews_for(user, household_refs=list(keys)).active()
    found = list(waiting.prefetch_related("makers__person").order_by("expires_at", "pk"))
    only = sorted({keys[one.household_ref] for one in found if one.household_ref in keys})
    by_ref = {row.public_id: row for row in Standings(Book(user, at, only=only), Narrowed())}
    for review in found:
        yield _row(user, review, by_ref.get(review.household_ref), at=at)


def _row(user: Any, review: Review, standing: Standing | None, *, at: datetime) -> ReviewRow:
    makers = [maker.person.get_full_name() for maker in review.makers.all() if maker.done_at is None]
    is_proposal = review.subject_kind == SubjectKind.PROPOSAL
    return ReviewRow(
        title=f"Proposal for {standing.name}" if standing and is_proposal else review.title,
        kind=review.get_subject_kind_display(),
        url=subject_url(review),
        makers=", ".join(dict.fromkeys(makers)) or f"the {review.requested_by_label}",
        age=work.age(review.requested_at, at=at),
        requested_at=review.requested_at,
        expires_at=review.expires_at,
        is_late=at >= review.expires_at,
        refusal=objections.refusal_to_decide(user, review, at=at) or "",
        standing=standing if is_proposal else None,
    )
