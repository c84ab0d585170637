"""What this floor's screens show, each built in a known number of queries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from compliance import access
from compliance.actions import Action
from compliance.audit_trail import chain, seals
from compliance.clock import moment_text
from compliance.forms import Reason, Restriction
from compliance.lists import listing
from compliance.lists.asked import Asked
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.models import (
    AuditCheckpoint,
    AuditEvent,
    AuditEventQuerySet,
    ChangeRequest,
    Override,
    RestrictedIssuer,
    Review,
    SubjectKind,
)
from compliance.people.roles import Role

if TYPE_CHECKING:
    from compliance.people.roles import Person

ROWS_A_PAGE = 50
QUEUE_DAYS = 30

# Where the pages of the floors above are, by URL name; a name that is not there gives no link.
SUBJECT_PAGES = {
    SubjectKind.PROPOSAL: "rebalancing:proposal",
    SubjectKind.POLICY: "clients:policy",
    SubjectKind.MODEL: "clients:model",
}


@dataclass(frozen=True, slots=True)
class Place:
    """The page of a thing, and the thing in words."""

    url: str
    words: str


Places = Mapping[tuple[str, str], Place]
"""By kind and id, those that somebody may open."""
PlacesFor = Callable[[Any, Iterable[tuple[str, str]]], Places]
"""Names the places of things for a person; the floors above know their pages and who may open them."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """What the last check of the trail found. `tone` is order, attention or breach."""

    sentence: str
    tone: str
    first_bad_seq: int | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the trail."""

    seq: int
    url: str
    at: datetime
    action: str
    actor: str
    roles: str
    about: str
    about_url: str
    household: str
    household_url: str
    request_id: str


@dataclass(frozen=True, slots=True)
class AuditListPage:
    rows: list[EventRow]
    listing: Listing
    people: tuple[tuple[str, str], ...]
    chain: ChainState
    may_verify: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One named fact of an event, as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AuditEventPage:
    row: EventRow
    event: AuditEvent
    facts: list[Fact]
    holds: bool
    previous_url: str
    next_url: str
    same_request: list[EventRow]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    review: Review
    url: str
    makers: str
    is_late: bool


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
        count = len(self.changes) + len(self.refused)
        if not count:
            return "Nothing needs compliance today"
        return f"{count} {'item needs' if count == 1 else 'items need'} attention"


def audit_list(
    user: Person, events: AuditEventQuerySet, asked: Asked, places_for: PlacesFor
) -> AuditListPage:
    """The events that `user` may read, filtered, newest first."""
    found, pager = listing.page_of(asked, asked.narrowed(events))
    return AuditListPage(
        rows=event_rows(found, user, places_for),
        listing=listing.listing(asked, pager, held=events, columns={"seq": "No."}),
        people=tuple(_people(events)),
        chain=chain_state(),
        may_verify=user.has_role(Role.COMPLIANCE),
    )


def export_events(events: AuditEventQuerySet, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every event of the view, under `events.HEADER`."""
    for event in asked.narrowed(events):
        yield (
            event.seq,
            event.occurred_at,
            event.action,
            event.actor_label,
            event.roles,
            event.about_kind,
            event.about_id,
            event.household_ref,
            event.request_id,
            event.hash,
        )


def audit_event(
    user: Person, readable: AuditEventQuerySet, event: AuditEvent, places_for: PlacesFor
) -> AuditEventPage:
    """One event among those its reader may see: all it holds, and whether its content still matches its hash."""
    texts = [getattr(event, name) for name in chain.HASHED_TEXTS]
    digest = chain.digest(event.seq, event.occurred_at, event.stated_at, texts, event.prev_hash)
    together = (
        readable.filter(request_id=event.request_id).exclude(seq=event.seq)
        if event.request_id
        else readable.none()
    )
    row, *others = event_rows([event, *together[:ROWS_A_PAGE]], user, places_for)
    return AuditEventPage(
        row=row,
        event=event,
        facts=[
            # Of what was sealed the page names the things; their values are for the machine that compares them.
            Fact(name.replace("_", " "), _words(sorted(value) if name == seals.KEY else value))
            for name, value in json.loads(event.facts).items()
        ],
        holds=digest == event.hash,
        previous_url=_event_url(readable.filter(seq__lt=event.seq).order_by("-seq").first()),
        next_url=_event_url(readable.filter(seq__gt=event.seq).order_by("seq").first()),
        same_request=others,
    )


def queue(
    user: Person,
    *,
    issuers: Mapping[str, int],
    places_for: PlacesFor,
    at: datetime,
    reason_form: Reason | None = None,
    restriction_form: Restriction | None = None,
) -> QueuePage:
    """What compliance looks at: what waits, what blocks, what was refused, who answered for what."""
    since = at - timedelta(days=QUEUE_DAYS)
    waiting = access.reviews_for(user).active().prefetch_related("makers__person")
    changes = ChangeRequest.objects.filter(lifted_at=None).select_related("review")
    refused = AuditEvent.objects.filter(action=Action.APPROVAL_REFUSED, occurred_at__gte=since).newest_first()
    overrides = (
        Override.objects.filter(given_at__gte=since).select_related("finding", "review").order_by("-given_at")
    )
    standing = RestrictedIssuer.objects.filter(lifted_at=None)
    return QueuePage(
        waiting=[_waiting_row(review, at=at) for review in waiting[:ROWS_A_PAGE]],
        changes=[
            ChangeRow(asked, subject_url(asked.review), reverse("compliance:dismiss", args=[asked.pk]))
            for asked in changes
        ],
        refused=_refused(refused[:ROWS_A_PAGE], user, places_for),
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
        chain=chain_state(),
        days=QUEUE_DAYS,
    )


def restricts_text(count: int) -> str:
    """How many securities on record an entry of the list is about."""
    if not count:
        return "it matches nothing on record"
    return f"it matches {count} {'security' if count == 1 else 'securities'} on record"


def chain_state() -> ChainState:
    """What the last recorded check of the trail found; two queries, however long the trail is."""
    last = AuditEvent.objects.filter(action=Action.TRAIL_VERIFIED).order_by("-seq").first()
    mark = AuditCheckpoint.objects.order_by("-seq").first()
    noted = (
        f" Last checkpoint: #{mark.seq:,}, {moment_text(mark.written_at)}." if mark else " No checkpoint yet."
    )
    if last is None:
        return ChainState("The chain has not been verified yet." + noted, "attention")
    found = json.loads(last.facts)
    when = moment_text(last.occurred_at)
    if found["intact"]:
        return ChainState(f"Verified to #{found['last_seq']:,} on {when}.{noted}", "order")
    return ChainState(
        f"The chain is broken at #{found['first_bad_seq']:,}: {found['problem']} (checked {when}).{noted}",
        "breach",
        found["first_bad_seq"],
    )


def event_rows(events: Iterable[AuditEvent], user: Person, places_for: PlacesFor) -> list[EventRow]:
    """Events as rows, linked to what they are about where this person may open it."""
    listed = list(events)
    about = {(event.about_kind, event.about_id) for event in listed}
    households = {("household", event.household_ref) for event in listed if event.household_ref}
    places = places_for(user, sorted(about | households))
    return [_event_row(event, places) for event in listed]


def _event_row(event: AuditEvent, places: Places) -> EventRow:
    about = places.get((event.about_kind, event.about_id))
    household = places.get(("household", event.household_ref))
    return EventRow(
        seq=event.seq,
        url=_event_url(event),
        at=event.occurred_at,
        action=event.get_action_display(),
        actor=event.actor_label,
        roles=event.roles.replace(",", ", "),
        about=about.words if about else f"{_kind(event.about_kind)} {event.about_id}".strip(),
        about_url=about.url if about else "",
        household=household.words if household else event.household_ref,
        household_url=household.url if household else "",
        request_id=event.request_id,
    )


@cache
def _kind(name: str) -> str:
    """A kind of thing in words, such as "custodian file"."""
    named = {model._meta.model_name: str(model._meta.verbose_name) for model in apps.get_models()}
    return named.get(name, name).capitalize()


def subject_url(review: Review) -> str:
    """The page of what a review asks about, or nothing while that page is not mounted."""
    page = SUBJECT_PAGES.get(SubjectKind(review.subject_kind))
    if page is None:
        return reverse("compliance:review", args=[review.public_id])
    return _url(page, review.subject_id)


def _waiting_row(review: Review, *, at: datetime) -> WaitingRow:
    makers = ", ".join(
        dict.fromkeys(maker.person.get_full_name() for maker in review.makers.all() if maker.done_at is None)
    )
    return WaitingRow(
        review, subject_url(review), makers or review.requested_by_label, at >= review.expires_at
    )


def _refused(events: Iterable[AuditEvent], user: Person, places_for: PlacesFor) -> list[RefusedRow]:
    listed = list(events)
    rows = event_rows(listed, user, places_for)
    return [
        RefusedRow(row, str(json.loads(event.facts)["sentence"]))
        for row, event in zip(rows, listed, strict=True)
    ]


def _people(events: Any) -> list[tuple[str, str]]:
    named = (
        events.exclude(person_ref="")
        .order_by("actor_label")
        .values_list("person_ref", "actor_label")
        .distinct()
    )
    return list(dict(named).items())


def _event_url(event: AuditEvent | None) -> str:
    return reverse("compliance:audit_event", args=[event.seq]) if event else ""


def _url(name: str, identity: str) -> str:
    if not name or not identity:
        return ""
    try:
        return reverse(name, args=[identity])
    except NoReverseMatch:
        return ""


def _words(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
