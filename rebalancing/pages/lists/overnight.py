"""What happened to proposals since the last close: drafted, repriced, worked out again, expired, taken back, decided, released,
how its orders ended, and what its client was told of that.

Read from the audit trail, in the scope of one person. It is what an advisor or a reviewer reads first in the morning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from clients import access as record
from compliance.audit_trail.audit import Action
from compliance.models import AuditEvent, Review
from compliance.models.reviews import SubjectKind
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york

ROWS_MAX = 20
KINDS = {
    "drafted": ("New", "action"),
    "repriced": ("Repriced", "quiet"),
    "refreshed": ("Worked out again", "attention"),
    "revised": ("Revised", "action"),
    "expired": ("Expired", "breach"),
    "withdrawn": ("Withdrawn", "quiet"),
    "returned": ("Changes requested", "attention"),
    "approved": ("Approved", "order"),
    "rejected": ("Rejected", "breach"),
    "released": ("Released", "order"),
    "reopened": ("Orders open again", "attention"),
    "filled": ("Filled", "order"),
    "part_filled": ("Part filled", "attention"),
    "not_traded": ("Nothing traded", "breach"),
    "told": ("Client told what was done", "quiet"),
    "corrected": ("Client told again", "attention"),
}
"""What can have happened: its word and its tone, in the order of a proposal's life."""
_BY_ACTION = {
    Action.PROPOSAL_DRAFTED: "drafted",
    Action.PROPOSAL_REPRICED: "repriced",
    Action.PROPOSAL_REFRESHED: "refreshed",
    Action.PROPOSAL_REVISED: "revised",
    Action.REVIEW_EXPIRED: "expired",
    Action.REVIEW_WITHDRAWN: "withdrawn",
    Action.REVIEW_RETURNED: "returned",
    Action.REVIEW_DECIDED: "",
    Action.BATCH_RELEASED: "released",
    Action.PROPOSAL_ENDED: "",
    Action.SUMMARY_FINAL: "told",
    Action.SUMMARY_CORRECTED: "corrected",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to one proposal. `why` is empty where nothing more is to be said."""

    kind: str
    label: str
    tone: str
    household: str
    url: str
    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Overnight:
    """What happened since the close of `since`: how many of each kind, and the newest of them."""

    since: date
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Happening, ...]
    more: int

    @property
    def sentence(self) -> str:
        return ", ".join(f"{count} {label.lower()}" for label, count in self.counts)


def show(user: Any, *, at: datetime) -> Overnight:
    """Three queries: the households, the trail, and what its reviews are about."""
    since = _since(at)
    households = dict(record.households_for(user).values_list("public_id", "name"))
    found = list(_happenings(_events(households, since=since), households))
    shown = sorted(found, key=lambda one: one.at, reverse=True)
    labels = [label for label, _ in KINDS.values()]
    counts = ((label, sum(1 for one in found if one.label == label)) for label in labels)
    return Overnight(
        since=market_days.new_york_date(since),
        counts=tuple((label, count) for label, count in counts if count),
        rows=tuple(shown[:ROWS_MAX]),
        more=max(0, len(shown) - ROWS_MAX),
    )


def _since(at: datetime) -> datetime:
    """The close of the market day before the trade day's: in the morning yesterday's, and in the evening still yesterday's."""
    today = market_days.new_york_date(at)
    return market_days.closed_at(new_york().session_before(today))


def _events(refs: Iterable[str], *, since: datetime) -> list[AuditEvent]:
    events = AuditEvent.objects.filter(action__in=list(_BY_ACTION), occurred_at__gte=since)
    return list(events.filter(household_ref__in=list(refs)).order_by("seq"))


def _subjects(reviews: Iterable[str]) -> dict[str, str]:
    """The proposals that these reviews are about; reviews of other subjects are left out."""
    found = Review.objects.filter(public_id__in=list(reviews), subject_kind=SubjectKind.PROPOSAL)
    return dict(found.values_list("public_id", "subject_id"))


def _happenings(events: Iterable[AuditEvent], names: dict[str, str]) -> Iterator[Happening]:
    """One line for each proposal and kind: the last."""
    found: dict[tuple[str, str], Happening] = {}
    told = [(event, json.loads(event.facts)) for event in events]
    subjects = _subjects(event.about_id for event, _ in told if event.about_kind == "review")
    for event, facts in told:
        of_review = subjects.get(event.about_id)
        if event.about_kind == "review" and of_review is None:
            continue
        proposal = of_review or facts.get("proposal") or event.about_id
        kind = _BY_ACTION[Action(event.action)] or str(facts.get("verdict") or facts["became"])
        label, tone = KINDS[kind]
        found[proposal, kind] = Happening(
            kind=kind,
            label=label,
            tone=tone,
            household=names[event.household_ref],
            url=reverse("rebalancing:proposal", args=[proposal]),
            why=str(facts.get("why") or facts.get("reason") or ""),
            by=event.actor_label,
            at=event.stated_at,
        )
    yield from found.values()
