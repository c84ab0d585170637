"""A replay that somebody asked for: whether it is answered, and its outcome line by line, as the trail has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from compliance.audit_trail import audit
from compliance.models import AuditEvent
from rebalancing.models import ReplayRun, Revision

SHOWN_MAX = 20
"""The most earlier replays that a page lists; the trail has all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, as it was stored and as it came out again."""

    what: str
    stored: str
    again: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay came to. `tone` is order, attention or breach."""

    at: datetime
    by: str
    heading: str
    sentence: str
    answered_by: str
    tone: str
    event_url: str
    lines: tuple[Line, ...]
    lines_more: int
    differences: tuple[str, ...]
    differences_more: int

    @property
    def count_same(self) -> int:
        return sum(1 for line in self.lines if line.is_same)


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """One replay. `outcome` None: it waits for a worker, or is being worked out."""

    public_id: str
    household_name: str
    revision: int
    asked_by: str
    asked_at: datetime
    is_begun: bool
    outcome: Outcome | None
    explained_url: str
    proposal_url: str
    url: str
    replay_url: str

    @property
    def is_running(self) -> bool:
        return self.outcome is None


def show(run: ReplayRun) -> ReplayPage:
    """One replay, with its outcome once that is on the trail."""
    revision = run.revision
    proposal = revision.proposal
    args = [proposal.public_id, revision.number]
    event = AuditEvent.objects.filter(seq=run.event_seq).first() if run.event_seq else None
    return ReplayPage(
        public_id=run.public_id,
        household_name=proposal.household.name,
        revision=revision.number,
        asked_by=run.asked_by.get_full_name() or run.asked_by.get_username(),
        asked_at=run.asked_at,
        is_begun=run.claimed_at is not None,
        outcome=outcome(event) if event else None,
        explained_url=reverse("rebalancing:explained", args=args),
        proposal_url=reverse("rebalancing:revision", args=args),
        url=reverse("rebalancing:replay_run", args=[run.public_id]),
        replay_url=reverse("rebalancing:replay", args=args),
    )


def of_revision(revision: Revision) -> tuple[Outcome, ...]:
    """The replays of a revision, the newest first, those of the command too."""
    found = audit.trail(about=revision.proposal).filter(
        action=audit.Action.PROPOSAL_REPLAYED, facts__contains=f'"revision":{revision.number},'
    )
    return tuple(outcome(event) for event in found.order_by("-seq")[:SHOWN_MAX])


def outcome(event: AuditEvent) -> Outcome:
    """The outcome that an event of the trail carries; older events have no lines."""
    facts: dict[str, Any] = json.loads(event.facts)
    lines = tuple(
        Line(what, stored, again, stored == again) for what, stored, again in facts.get("lines", ())
    )
    differences = tuple(facts["differences"])
    heading, tone = _heading(facts)
    return Outcome(
        at=event.occurred_at,
        by=event.actor_label,
        heading=heading,
        sentence=facts.get("sentence", ""),
        answered_by=facts.get("answered_by", "")
        or f"Made with engine {facts['engine']}, answered by engine {facts['now']}.",
        tone=tone,
        event_url=reverse("compliance:audit_event", args=[event.seq]),
        lines=tuple(sorted(lines, key=lambda line: line.is_same)),
        lines_more=max(0, facts.get("lines_count", 0) - len(lines)),
        differences=differences,
        differences_more=max(0, facts["count"] - len(differences)),
    )


def _heading(facts: dict[str, Any]) -> tuple[str, str]:
    if facts["why_not"]:
        return "It could not be worked out again", "attention"
    if facts["same"]:
        return "It comes out the same, to the cent", "order"
    count = facts["count"]
    return f"{count} value{' differs' if count == 1 else 's differ'}", "breach"
