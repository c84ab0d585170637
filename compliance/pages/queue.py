"""What compliance looks at: what waits, what blocks, what was refused, who answered for what."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from compliance import access
from compliance.actions import Action
from compliance.forms import Reason, Restriction
from compliance.models import AuditEvent, ChangeRequest, Override, RestrictedIssuer, Review
from compliance.models.reviews import CHANGE_KINDS
from compliance.pages.subjects import subject_url
from compliance.pages.trail import (
    ROWS_A_PAGE,
    Called,
    ChainState,
    EventRow,
    PlacesFor,
    chain_state,
    event_rows,
)
from compliance.review_desk import objections

if TYPE_CHECKING:
    from compliance.people.roles import Person

QUEUE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise of the firm that is not kept, for a floor that knows no promises."""

    label: str
    sentence: str
    url: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Sample:
    """A proposal that was held out of a batch by lot, or an approval that was given fast, for a floor that knows neither."""

    title: str
    sentence: str
    who: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Samples:
    """`held_out` wait for a reading of their own; `fast` were approved sooner after the page was opened than the firm asks."""

    held_out: tuple[Sample, ...]
    fast: tuple[Sample, ...]
    least_seconds: int


@dataclass(frozen=True, slots=True)
class Above:
    """What the queue shows of the floors above: who issues the securities on record and how many each, the pages of
    things, the promises that are not kept, what is called by a name, and the samples of approvals.
    """

    issuers: Callable[[], Mapping[str, int]]
    places_for: PlacesFor
    broken_for: Callable[[Any, datetime], tuple[Broken, ...]]
    called: Called
    samples_for: Callable[[Any, datetime], Samples]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A pending review; `refusal` says why this person may not decide it."""

    review: Review
    url: str
    makers: str
    is_late: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A request for changes that still stands, and where it can be dismissed."""

    asked: ChangeRequest
    url: str
    dismiss_url: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    event: EventRow
    sentence: str


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    """A standing entry; `restricts` says how many securities on record it is about."""

    entry: RestrictedIssuer
    restricts: str
    lift_url: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """`broken` are promises, `proposed` changes that wait for a second person, `waiting` the other reviews."""

    broken: tuple[Broken, ...]
    samples: Samples
    proposed: list[WaitingRow]
    waiting: list[WaitingRow]
    changes: list[ChangeRow]
    refused: list[RefusedRow]
    overrides: list[Override]
    restrictions: list[RestrictionRow]
    reason_form: Reason
    restriction_form: Restriction
    issuers: tuple[str, ...]
    chain: ChainState
    days: int

    @property
    def heading(self) -> str:
        """The page's one question, answered."""
        decidable = sum(1 for row in self.proposed if not row.refusal)
        count = len(self.broken) + decidable + len(self.changes) + len(self.refused)
        count += len(self.samples.held_out)
        count += self.chain.tone == "breach"
        if not count:
            return "Nothing needs compliance today"
        return f"{count} {'item needs' if count == 1 else 'items need'} attention"


def show(
    user: Person,
    above: Above,
    *,
    at: datetime,
    reason_form: Reason | None = None,
    restriction_form: Restriction | None = None,
) -> QueuePage:
    """What compliance looks at: what waits, what blocks, what was refused, who answered for what."""
    since = at - timedelta(days=QUEUE_DAYS)
    issuers = above.issuers()
    waiting = access.reviews_for(user).active().prefetch_related("makers__person")
    changes = ChangeRequest.objects.filter(lifted_at=None).select_related("review")
    refused = AuditEvent.objects.filter(action=Action.APPROVAL_REFUSED, occurred_at__gte=since).newest_first()
    overrides = (
        Override.objects.filter(given_at__gte=since).select_related("finding", "review").order_by("-given_at")
    )
    standing = RestrictedIssuer.objects.filter(lifted_at=None)
    rows = [_waiting_row(user, review, at=at) for review in waiting.order_by("expires_at", "pk")]
    proposed = [row for row in rows if row.review.subject_kind in CHANGE_KINDS]
    return QueuePage(
        broken=above.broken_for(user, at),
        samples=above.samples_for(user, at),
        proposed=sorted(proposed, key=lambda row: bool(row.refusal)),
        waiting=[row for row in rows if row.review.subject_kind not in CHANGE_KINDS][:ROWS_A_PAGE],
        changes=[
            ChangeRow(asked, subject_url(asked.review), reverse("compliance:dismiss", args=[asked.pk]))
            for asked in changes
        ],
        refused=_refused(refused[:ROWS_A_PAGE], user, above.places_for),
        overrides=list(overrides[:ROWS_A_PAGE]),
        restrictions=[
            RestrictionRow(
                entry,
                restricts_text(issuers.get(entry.issuer, 0)),
                reverse("compliance:restriction_lift", args=[entry.public_id]),
                entry.placed_by_id == user.pk,
            )
            for entry in standing
        ],
        reason_form=reason_form or Reason(),
        restriction_form=restriction_form or Restriction(),
        issuers=tuple(sorted(issuers)),
        chain=chain_state(at=at),
        days=QUEUE_DAYS,
    )


def restricts_text(count: int) -> str:
    """How many securities on record an entry of the list is about."""
    if not count:
        return "it matches nothing on record"
    return f"it matches {count} {'security' if count == 1 else 'securities'} on record"


def _waiting_row(user: Person, review: Review, *, at: datetime) -> WaitingRow:
    makers = ", ".join(
        dict.fromkeys(maker.person.get_full_name() for maker in review.makers.all() if maker.done_at is None)
    )
    return WaitingRow(
        review,
        subject_url(review),
        makers or review.requested_by_label,
        at >= review.expires_at,
        objections.refusal_to_decide(user, review, at=at) or "",
    )


def _refused(events: Iterable[AuditEvent], user: Person, places_for: PlacesFor) -> list[RefusedRow]:
    listed = list(events)
    rows = event_rows(listed, user, places_for)
    return [
        RefusedRow(row, str(json.loads(event.facts)["sentence"]))
        for row, event in zip(rows, listed, strict=True)
    ]
