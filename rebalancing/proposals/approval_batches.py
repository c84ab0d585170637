"""Approvals of many small proposals on one page: each bound to what was seen there, each in a transaction of its own.

What asks for a written reason, has anything in its way, realizes much or moves much is not among them, and some are drawn by lot
to be read by themselves. The rows are stored first, so a process that is killed loses nothing; each approval makes every
check that an approval on a proposal's own page makes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients import figures as words
from compliance.audit_trail import audit
from compliance.firm import batch_figures, firm_settings
from compliance.firm.firm_settings import InForce
from compliance.models import Approval, FindingRow, SeverityLevel
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, NotAllowed, Refusal
from compliance.review_desk import findings, objections
from rebalancing import market_days
from rebalancing.engine.documents.plan import Plan, Side
from rebalancing.models import ApprovalBatch, ApprovalBatchRow, Proposal, Revision
from rebalancing.proposals import dwell, expiry, proposals, revisions

ZERO = Decimal(0)
Outcome = ApprovalBatchRow.Outcome


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal that may be approved beside others: what it comes to, and its notes. Dollars; turnover a fraction."""

    proposal: Proposal
    revision: Revision
    fingerprint: str
    orders: int
    tax: Decimal
    gain: Decimal
    turnover: Decimal
    notes: tuple[str, ...]


def candidates(user: Any, among: Sequence[Proposal], *, at: datetime) -> list[Candidate]:
    """Those of these proposals that this person may approve in a batch now."""
    figures = firm_settings.in_force(on=market_days.new_york_date(at))
    found = (of(user, one, figures=figures, at=at) for one in among)
    return [one for one in found if isinstance(one, Candidate)]


def of(user: Any, proposal: Proposal, *, figures: InForce, at: datetime) -> Candidate | str:
    """The proposal as one of a batch, or the sentence why it is decided on its own page."""
    if proposal.state != Proposal.State.IN_REVIEW:
        return f"It is {proposal.get_state_display().lower()}."
    revision = proposals.current(proposal)
    if _was_drawn(revision):
        return "It was drawn for a reading of its own: read it on its own page and decide there."
    review = revisions.review_of(revision)
    if refusal := objections.refusal_to_approve(user, review, at=at):
        return refusal
    life = expiry.life_of(revision, figures=figures, at=at)
    if life.is_over or life.waits_for is not None:
        return "It waits for closing prices, with which it is brought up to date by itself."
    examination = findings.latest(review)
    rows = list(examination.findings.all()) if examination else []
    if examination is None or asks_for_a_reason(rows):
        return "A finding of it asks for a written reason, or stops it."
    if objections.blockers(review, at=at, approver=user, examination=examination):
        return "Something has to be settled first on its own page."
    return _by_size(proposal, revision, rows, figures)


def _was_drawn(revision: Revision) -> bool:
    """Whether it was held out of a batch before, as it is now: another batch would draw the lot anew until it falls otherwise."""
    return ApprovalBatchRow.objects.filter(
        proposal=revision.proposal_id, seen=revision.fingerprint, outcome=Outcome.HELD_OUT
    ).exists()


def asks_for_a_reason(rows: Sequence[FindingRow]) -> bool:
    """Whether a finding asks for a written reason or stops the proposal, answered or not."""
    return any(row.severity >= SeverityLevel.OVERRIDE for row in rows)


def _by_size(
    proposal: Proposal, revision: Revision, rows: Sequence[FindingRow], figures: InForce
) -> Candidate | str:
    plan = revisions.plan_of(revision)
    gain = sum((unit.short + unit.long for unit in plan.tax), ZERO)
    moved = turnover(plan)
    if gain > (most := figures.of(batch_figures.BATCH_GAIN)):
        return f"It realizes {words.money(gain)}; in batches at most {words.money(most)}."
    if moved > (limit := figures.of(batch_figures.BATCH_TURNOVER)):
        return f"It moves {words.weight(moved, places=1)} of the household; in batches at most {words.weight(limit, places=1)}."
    return Candidate(
        proposal=proposal,
        revision=revision,
        fingerprint=revision.fingerprint,
        orders=len(plan.orders),
        tax=plan.tax_change,
        gain=gain,
        turnover=moved,
        notes=tuple(row.sentence for row in rows if row.severity == SeverityLevel.WARN),
    )


def turnover(plan: Plan) -> Decimal:
    """The larger of what a plan sells and buys, as a fraction of the household."""
    sides = [
        sum((order.amount for order in plan.orders if order.side is side), ZERO)
        for side in (Side.SELL, Side.BUY)
    ]
    return max(sides) / plan.before.investable if plan.before.investable > 0 else Decimal(1)


def start(
    chosen: Sequence[tuple[Proposal, str]],
    *,
    text: str,
    acknowledges_notes: bool,
    opened_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> ApprovalBatch:
    """Store what is to be approved, each with the fingerprint that was seen, and draw who is held out; nothing is approved yet.

    `opened_at` is when the page that showed them was opened, None where nobody knows; how long that was, and how long each
    proposal's own page stood open, is on the trail.

    Raises `NotAllowed` for anybody but a reviewer, `BadInput` where nothing or too much is chosen.
    """
    figures = firm_settings.in_force(on=market_days.new_york_date(at))
    if not people.behind(by).has_role(Role.REVIEWER):
        raise NotAllowed("Only a reviewer approves proposals.", "Ask a reviewer to decide.")
    most = figures.of(batch_figures.BATCH_MOST)
    if not chosen or len(chosen) > most:
        raise BadInput(f"Choose at least one proposal, and at most {most}.")
    with transaction.atomic():
        batch = ApprovalBatch.objects.create(
            started_at=at, started_by_id=int(by.person_ref), text=text, acknowledges_notes=acknowledges_notes
        )
        drawn = held_out(batch.public_id, len(chosen), one_in=figures.of(batch_figures.BATCH_HELD_OUT))
        ApprovalBatchRow.objects.bulk_create(
            ApprovalBatchRow(
                batch=batch,
                proposal=proposal,
                position=position,
                seen=seen,
                outcome=Outcome.HELD_OUT if position in drawn else Outcome.PENDING,
                settled_at=at if position in drawn else None,
            )
            for position, (proposal, seen) in enumerate(chosen, start=1)
        )
        audit.record(
            audit.Action.APPROVALS_STARTED,
            about=batch,
            by=by,
            at=at,
            sealing=[("approval_batch", batch.pk), ("approval_batch_rows", batch.pk)],
            proposals={proposal.public_id: seen for proposal, seen in chosen},
            held_out=[chosen[position - 1][0].public_id for position in sorted(drawn)],
            one_in=figures.of(batch_figures.BATCH_HELD_OUT),
            page_seconds=None if opened_at is None else max(0, int((at - opened_at).total_seconds())),
            dwell_seconds={
                proposal.public_id: dwell.before(proposals.current(proposal), by=by, at=at).seconds
                for proposal, _ in chosen
            },
        )
    return batch


def held_out(batch: str, count: int, *, one_in: int) -> frozenset[int]:
    """The positions, from 1, that are drawn by lot to be read by themselves; from the batch's own id, so that it can be shown."""
    if not one_in:
        return frozenset()
    draw = random.Random(batch)  # noqa: S311 # A lot that can be drawn again, no secret.
    return frozenset(position for position in range(1, count + 1) if draw.randrange(one_in) == 0)


def carry_on(batch: ApprovalBatch, *, now: Callable[[], datetime], until: datetime | None = None) -> None:
    """Approve what is still pending, on behalf of whoever started it; a second run changes nothing."""
    for row in batch.rows.filter(outcome=Outcome.PENDING).order_by("position"):
        if until is not None and now() >= until:
            return
        _one(batch, row, at=now())


def carry_on_all(*, now: Callable[[], datetime], until: datetime) -> None:
    """Finish what was started and left."""
    for batch in ApprovalBatch.objects.filter(rows__outcome=Outcome.PENDING).distinct():
        carry_on(batch, now=now, until=until)


def _one(batch: ApprovalBatch, row: ApprovalBatchRow, *, at: datetime) -> None:
    by = Actor.person(batch.started_by)
    proposal = Proposal.objects.select_related("household").get(pk=row.proposal_id)

    def keep(approval: Approval) -> None:
        # In the approval's own transaction, so that no crash can part the two.
        _settle(row, Outcome.APPROVED, approval=approval, at=at)

    try:
        figures = firm_settings.in_force(on=market_days.new_york_date(at))
        if isinstance(why := of(batch.started_by, proposal, figures=figures, at=at), str):
            _settle(row, Outcome.REFUSED, code="not-in-a-batch", sentence=why, at=at)
            return
        proposals.approve(
            proposal,
            seen=row.seen,
            text=batch.text,
            acknowledge_warnings=batch.acknowledges_notes,
            then=keep,
            by=by,
            at=at,
        )
    except Refusal as refusal:
        sentence = " ".join([str(refusal), *(str(cause) for cause in refusal.causes[:5])])
        _settle(row, Outcome.REFUSED, code=refusal.kind[:40] or "refused", sentence=sentence, at=at)


def _settle(
    row: ApprovalBatchRow,
    outcome: ApprovalBatchRow.Outcome,
    *,
    approval: Approval | None = None,
    code: str = "",
    sentence: str = "",
    at: datetime,
) -> None:
    """Note what became of a row that is still pending."""
    ApprovalBatchRow.objects.filter(pk=row.pk, outcome=Outcome.PENDING).update(
        outcome=outcome, approval=approval, code=code, sentence=sentence, settled_at=at
    )
