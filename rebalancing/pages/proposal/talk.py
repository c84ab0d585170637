"""What was said and done about a proposal: conversations and the timeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from compliance.audit_trail import audit
from compliance.models import AnchorKind, AuditEvent, Comment
from compliance.review_desk import asking
from rebalancing.models import ClientSummary, OrderBatch, Proposal
from rebalancing.pages.proposal.stored import Stored, reviews_of, said_about
from rebalancing.proposals import anchors

EVENTS_MAX = 50
QUIET_ACTIONS = (
    *(audit.Action.PROPOSAL_VIEWED, audit.Action.SUMMARY_VIEWED, audit.Action.LETTER_RENDERED),
    *(audit.Action.REVIEW_REQUESTED, audit.Action.REVIEW_EXAMINED, audit.Action.PROPOSAL_COMPARED),
    *(audit.Action.PROPOSAL_FRONTIER, audit.Action.TRADES_TICKED, audit.Action.TRADES_UNTICKED),
)
TONES = {
    audit.Action.REVIEW_RETURNED: "attention",
    audit.Action.APPROVAL_REFUSED: "breach",
    audit.Action.CONSENT_RECORDED: "order",
    audit.Action.BATCH_RELEASED: "order",
    audit.Action.PROPOSAL_ENDED: "order",
    audit.Action.SUMMARY_PUBLISHED: "order",
    audit.Action.SUMMARY_FINAL: "order",
    audit.Action.SUMMARY_CORRECTED: "attention",
    audit.Action.PROPOSAL_REVISED: "action",
}
NOTES = ("text", "reason", "sentence", "did", "why")
"""Which fact of an event says in words what it is about."""
VERDICTS = {"approved": ("Approved", "order"), "rejected": ("Rejected", "breach")}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline."""

    at: datetime
    sentence: str
    by: str
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class Said:
    author: str
    at: datetime
    text: str


Place = tuple[AnchorKind, str]
"""What a thread is about, the same in every revision."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation; `resolve_url` and `reply_url` are empty once nobody can act on it.

    `place_url` leads to what it is about on this page; where this revision has no such thing, `gone` says so. `since` names the
    earlier revision in which it began.
    """

    id: str
    first: Said
    anchor: str
    place: Place
    place_url: str
    gone: str
    since: str
    replies: tuple[Said, ...]
    is_resolved: bool
    resolve_url: str
    reply_url: str


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversations, unresolved ones first, and the timeline, newest first."""

    threads: tuple[Thread, ...]
    events: tuple[Event, ...]


def of(stored: Stored, places: Mapping[Place, str]) -> Talk:
    """What was said; `places` are where on the page what a thread can be about stands."""
    return Talk(
        threads=_threads(stored, places),
        events=_events(stored.proposal),
    )


def _threads(stored: Stored, places: Mapping[Place, str]) -> tuple[Thread, ...]:
    """Every conversation about the proposal, of earlier revisions too; unresolved ones first."""
    proposal, review, is_open = stored.proposal, stored.review, stored.is_open
    said = said_about.rows(str(review.subject_kind), review.subject_id)
    replies: dict[int, list[Comment]] = {}
    for comment in said:
        if comment.thread_id is not None:
            replies.setdefault(comment.thread_id, []).append(comment)
    threads = []
    for first in (comment for comment in said if comment.thread_id is None):
        is_resolved = first.resolved_at is not None
        args = [proposal.public_id, first.pk]
        anchor = anchors.of_comment(first)
        place = anchor.place
        number = first.review.subject_revision
        earlier = "" if first.review_id == review.pk else f", revision {number}"
        gone = "" if place in places else anchors.GONE.get(anchor.kind, "")
        threads.append(
            Thread(
                id=str(first.pk),
                first=_said(first),
                anchor=f"{_about(first, stored.account_names)}{earlier}.",
                place=place,
                place_url=places.get(place, ""),
                gone=gone.format(stored.revision.number),
                since=f"On revision {number}." if earlier else "",
                replies=tuple(_said(reply) for reply in replies.get(first.pk, ())),
                is_resolved=is_resolved,
                resolve_url="" if is_resolved else reverse("rebalancing:resolve", args=args),
                reply_url=reverse("rebalancing:reply", args=args) if is_open and not is_resolved else "",
            )
        )
    return tuple(sorted(threads, key=lambda thread: thread.is_resolved))


def _about(first: Comment, accounts: Mapping[str, str]) -> str:
    """What a thread is about, in words."""
    if first.anchor_kind == AnchorKind.ASKED:
        return f"Asked of: {' or '.join(role.label.lower() for role in asking.roles_of(first))}"
    return f"On {anchors.of_comment(first).in_words(accounts) or 'the whole proposal'}"


def _events(proposal: Proposal) -> tuple[Event, ...]:
    """The trail of the proposal and its reviews, newest first, without who merely looked."""
    subjects = [
        proposal,
        *reviews_of.rows(proposal.public_id),
    ]
    if proposal.state in Proposal.SENT_STATES:
        subjects += [
            *OrderBatch.objects.filter(revision__proposal=proposal),
            *ClientSummary.objects.filter(revision__proposal=proposal, number__gt=1),
        ]
    trail = audit.trail(about=subjects).exclude(action__in=QUIET_ACTIONS).order_by("-seq")
    return tuple(_event(event) for event in trail[:EVENTS_MAX])


def _said(comment: Comment) -> Said:
    return Said(comment.author_label, comment.written_at, comment.text)


def _event(event: AuditEvent) -> Event:
    facts = json.loads(event.facts)
    verdict, tone = VERDICTS.get(str(facts.get("verdict", "")), (event.get_action_display(), ""))
    note = next((facts[key] for key in NOTES if facts.get(key)), "")
    return Event(
        at=event.occurred_at,
        sentence=verdict,
        by=event.actor_label,
        note=str(note),
        tone=tone or TONES.get(audit.Action(event.action), "plain"),
    )
