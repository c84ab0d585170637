"""The audit trail and one of its events, linked to what they are about where their reader may open it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Q
from django.urls import reverse

from compliance.audit_trail import chain, seals, standing
from compliance.clock import moment_text
from compliance.lists import listing
from compliance.lists.asked import Asked
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.models import AuditCheckpoint, AuditEvent, AuditEventQuerySet
from compliance.people.roles import Role

if TYPE_CHECKING:
    from compliance.people.roles import Person

ROWS_A_PAGE = 50
CHANGED = "changed"
"""The fact of an event that says what it changed, with before and after."""


@dataclass(frozen=True, slots=True)
class Place:
    """The page of a thing, the thing in words, and where a decision about it is explained, if one was made."""

    url: str
    words: str
    explained_url: str = ""


Places = Mapping[tuple[str, str], Place]
"""By kind and id, those that somebody may open."""
PlacesFor = Callable[[Any, Iterable[tuple[str, str]]], Places]
"""Names the places of things for a person; the floors above know their pages and who may open them."""


Called = Callable[[Any, str], Iterable[tuple[str, str]]]
"""Names the things that are called so, by kind and id, of those that somebody may open."""


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
    explained_url: str = ""


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
class Changed:
    """One value that an event changed, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditEventPage:
    row: EventRow
    event: AuditEvent
    changes: list[Changed]
    facts: list[Fact]
    holds: bool
    previous_url: str
    next_url: str
    same_request: list[EventRow]


def audit_list(
    user: Person, events: AuditEventQuerySet, asked: Asked, places_for: PlacesFor, *, at: datetime
) -> AuditListPage:
    """The events that `user` may read, filtered, newest first."""
    found, pager = listing.page_of(asked, asked.narrowed(events))
    return AuditListPage(
        rows=event_rows(found, user, places_for),
        listing=listing.listing(asked, pager, held=events, columns={"seq": "No."}),
        people=tuple(_people(events)),
        chain=chain_state(at=at),
        may_verify=user.has_role(Role.COMPLIANCE),
    )


def named(things: Iterable[tuple[str, str]]) -> Q:
    """The events about these things: a household's are all of its record's, a person's also what they did."""
    found = Q(pk__in=[])
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, identity in things:
        by_kind[kind].append(identity)
    for kind, identities in by_kind.items():
        found |= Q(about_kind=kind, about_id__in=identities)
    return (
        found | Q(household_ref__in=by_kind.get("household", ())) | Q(person_ref__in=by_kind.get("user", ()))
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
    told = json.loads(event.facts)
    changes = _changes(told)
    row, *others = event_rows([event, *together[:ROWS_A_PAGE]], user, places_for)
    return AuditEventPage(
        row=row,
        event=event,
        changes=changes,
        facts=[
            # Of what was sealed the page names the things; their values are for the machine that compares them.
            Fact(name.replace("_", " "), _words(sorted(value) if name == seals.KEY else value))
            for name, value in told.items()
            if not (name == CHANGED and changes)
        ],
        holds=digest == event.hash,
        previous_url=_event_url(readable.filter(seq__lt=event.seq).order_by("-seq").first()),
        next_url=_event_url(readable.filter(seq__gt=event.seq).order_by("seq").first()),
        same_request=others,
    )


def chain_state(*, at: datetime) -> ChainState:
    """What the last recorded check of the trail found; two queries, however long the trail is."""
    last = standing.last(at=at)
    mark = AuditCheckpoint.objects.order_by("-seq").first()
    noted = (
        f" Last checkpoint: #{mark.seq:,}, {moment_text(mark.written_at)}." if mark else " No checkpoint yet."
    )
    when = moment_text(last.verified_at) if last.verified_at else ""
    if last.is_broken:
        return ChainState(
            f"The chain is broken at #{last.first_bad_seq:,}: {last.problem} (checked {when}).{noted}",
            "breach",
            last.first_bad_seq,
        )
    if last.is_overdue:
        return ChainState(
            f"Verified to #{last.last_seq:,} on {when}, and not since: nobody knows whether the chain is whole.{noted}",
            "breach",
        )
    if not when:
        return ChainState("The chain has not been verified yet." + noted, "attention")
    return ChainState(f"Verified to #{last.last_seq:,} on {when}.{noted}", "order")


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
        explained_url=about.explained_url if about else "",
    )


@cache
def _kind(name: str) -> str:
    """A kind of thing in words, such as "custodian file"."""
    named = {str(model._meta.model_name): str(model._meta.verbose_name) for model in apps.get_models()}
    named |= {"trail": "audit"}
    return named.get(name, name).capitalize()


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


def _changes(told: dict[str, Any]) -> list[Changed]:
    """What an event changed, value by value, where it says so with before and after."""
    changed = told.get(CHANGED)
    if not isinstance(changed, dict):
        return []
    return [
        Changed(_label(name), _words(values.get("before")), _words(values.get("after")))
        for name, values in changed.items()
        if isinstance(values, dict) and {"before", "after"} <= values.keys()
    ]


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _words(value: object) -> str:
    """A value without a brace in it: lists and groups are read out."""
    if value is None or value == "":
        return "none"
    if isinstance(value, list):
        return "; ".join(_words(one) for one in value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {_words(one)}" for name, one in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int):
        return str(value)
    return str(value)
