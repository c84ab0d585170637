"""A decision explained: what was shown, from what, what was checked and said, who decided and how, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients.pages.review_links import refs_for
from compliance import access as review_desk
from compliance.audit_trail import audit
from compliance.models import Approval, AuditEventQuerySet, Review
from compliance.people.roles import Role
from rebalancing.models import Block, ClientSummary, Letter, Order, OrderBatch, Proposal, Revision
from rebalancing.pages.explained import afterwards, deciding, shown
from rebalancing.pages.explained.parts import Part
from rebalancing.pages.proposal import header
from rebalancing.pages.proposal.stored import Stored

EVENTS_MAX = 2_000
"""More events than any proposal has; what is beyond is on the trail alone, and the explanation says so."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A decided revision explained to one person. `events` are the rows behind the part about the trail."""

    household: str
    household_name: str
    proposal: str
    revision: int
    fingerprint: str
    state: str
    state_label: str
    heading: str
    verdict: str
    at: datetime
    parts: tuple[Part, ...]
    events: AuditEventQuerySet
    letters: tuple[Letter, ...]
    household_document: str
    plan_document: str
    household_url: str
    proposal_url: str
    revision_url: str
    pack_url: str
    replay_url: str

    @property
    def first(self) -> tuple[Part, ...]:
        """What answers who decided what: open on the page."""
        return tuple(one for one in self.parts if one.name in OPEN)

    @property
    def more(self) -> tuple[Part, ...]:
        """What proves it: folded."""
        return tuple(one for one in self.parts if one.name not in OPEN)

    @property
    def as_document(self) -> dict[str, object]:
        """The explanation with exact values, for a machine."""
        return {
            "format": "evenkeel-explanation-1",
            "household": self.household,
            "household_name": self.household_name,
            "proposal": self.proposal,
            "revision": self.revision,
            "fingerprint": self.fingerprint,
            "state": self.state,
            "heading": self.heading,
            "verdict": self.verdict,
            "explained_at": self.at,
            "parts": {one.name: one.as_document for one in self.parts},
        }


OPEN = frozenset({"decisions", "figures", "trades", "moved", "orders"})


def of(user: Any, revision: Revision, *, at: datetime) -> Explained:
    """The explanation for one person: of the trail they are shown what they may read."""
    proposal = revision.proposal
    stored = Stored.of(proposal, revision)
    batch = OrderBatch.objects.filter(revision__proposal=proposal).order_by("-pk").first()
    events = _events(user, proposal, batch)
    listed = list(events[:EVENTS_MAX])
    examines = user.has_role(Role.EXAMINER)
    told, letters = afterwards.letters(stored)
    parts = (
        deciding.decisions(stored, listed),
        shown.documents(stored),
        shown.key_figures(stored),
        shown.bands(stored),
        shown.orders(stored),
        shown.lots(stored),
        shown.left_alone(stored),
        shown.accounts(stored),
        shown.prices(stored),
        shown.since_previous(stored),
        deciding.checks(stored),
        deciding.ticked(stored),
        deciding.thread(stored),
        deciding.consents(stored),
        deciding.shaped_by(stored),
        deciding.versions(stored),
        afterwards.not_shown() if examines else afterwards.moved(stored, at=at),
        afterwards.sent(batch),
        afterwards.fills(batch),
        afterwards.relieved(batch),
        told,
        afterwards.trail(listed),
    )
    args = [proposal.public_id, revision.number]
    return Explained(
        household=proposal.household.public_id,
        household_name=proposal.household.name,
        proposal=proposal.public_id,
        revision=revision.number,
        fingerprint=revision.fingerprint,
        state=str(proposal.state),
        state_label=proposal.get_state_display(),
        heading=header.heading(proposal.household.name, stored.plan),
        verdict=_verdict(stored),
        at=at,
        parts=parts,
        events=events,
        letters=tuple(letters),
        household_document=revision.household_document,
        plan_document=revision.plan_document,
        household_url=reverse("clients:household", args=[proposal.household.public_id]),
        proposal_url="" if examines else reverse("rebalancing:proposal", args=[proposal.public_id]),
        revision_url=reverse("rebalancing:examinations")
        if examines
        else reverse("rebalancing:revision", args=args),
        pack_url=reverse("rebalancing:explained_pack", args=args),
        replay_url="" if examines else reverse("rebalancing:replay", args=args),
    )


def _verdict(stored: Stored) -> str:
    decided = stored.review.decisions.exclude(verdict="returned").order_by("-pk").first()
    if decided is None:
        return f"{stored.review.get_state_display()} by {stored.review.settled_by_label}"
    became = f", later {stored.review.get_state_display().lower()}"
    moved_on = stored.review.state not in {"approved", "rejected"}
    return f"{decided.get_verdict_display()} by {decided.decided_by_label}{became if moved_on else ''}"


def _events(user: Any, proposal: Proposal, batch: OrderBatch | None) -> AuditEventQuerySet:
    """The events about the proposal, its reviews, approvals, summaries, orders and blocks, those this person may read."""
    reviews = Review.objects.filter(revision__proposal=proposal)
    about: list[object] = [
        proposal,
        *reviews,
        *Approval.objects.filter(review__in=reviews),
        *ClientSummary.objects.filter(revision__proposal=proposal).select_related("household"),
    ]
    if batch is not None:
        orders = Order.objects.filter(batch=batch)
        about += [batch, *(audit.Ref("order", one) for one in orders.values_list("public_id", flat=True))]
        blocks = Block.objects.filter(orders__in=orders).distinct()
        about += [audit.Ref("block", one) for one in blocks.values_list("public_id", flat=True)]
    readable = review_desk.events_for(user, household_refs=refs_for(user))
    found: AuditEventQuerySet = readable.filter(seq__in=audit.trail(about=about).values("seq")).order_by(
        "seq"
    )
    return found
