"""The two pages around an approval: what is about to be approved, and what was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from compliance.doors import refused
from compliance.doors.refused import Refused
from compliance.models import Approval, Review
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Cause, Conflict, NotAllowed, Refusal, Stale
from compliance.review_desk import findings, objections
from rebalancing.models import Revision
from rebalancing.pages import next_up
from rebalancing.pages.next_up import NextUp
from rebalancing.pages.proposal import company, header, next_steps, outcome
from rebalancing.pages.proposal.company import Companion
from rebalancing.pages.proposal.outcome import KeyFigure
from rebalancing.pages.proposal.trades import AccountTrades, by_account, unticked
from rebalancing.proposals import examinations, revisions

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CheckPage:
    """Everything that is about to be approved, restated, and everything that stands in the way."""

    household_name: str
    revision: int
    fingerprint: str
    prices_as_of_on: date
    trade_on: date
    expires_at: datetime
    proposal_url: str
    approve_url: str
    heading: str
    summary: str
    figures: tuple[KeyFigure, ...]
    accounts: tuple[AccountTrades, ...]
    blockers: tuple[Cause, ...]
    refused: Refused | None
    notes: tuple[str, ...]
    unticked: tuple[str, ...] = ()
    company: tuple[Companion, ...] = ()
    """The accounts whose trades nobody has ticked as looked at; it is told, and stops nothing."""


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """The confirmation: a reference, who, when, and what happens next. It can be opened again at any time."""

    approval: Approval
    revision: Revision
    household_name: str
    proposal_url: str
    batch_url: str
    summary: str
    state: str
    next_steps: tuple[str, ...]
    explained_url: str = ""
    next_up: NextUp | None = None


def check(user: Any, revision: Revision, *, by: Actor, at: datetime) -> CheckPage:
    """The last look before approving: facts and rules are checked again, as the approval itself will."""
    proposal, review = revision.proposal, revision.review
    assert review is not None, "a stored revision always has its review"
    plan = revisions.plan_of(revision)
    warned = objections.warnings_of(findings.latest(review))
    notes = tuple(row.sentence for row in _latest_rows(revision) if row.rule in warned and row.severity == 1)
    accounts = by_account(revision, plan)
    refusal = _refusal(user, review, at=at)
    blockers = () if refusal else _blockers(user, revision, by=by, at=at)
    if blockers:
        is_moved = any(cause.shown or cause.now for cause in blockers)
        kind = Stale if is_moved else Blocked
        refusal = kind("Settle each of these, then approve.", causes=blockers)
    return CheckPage(
        household_name=proposal.household.name,
        revision=revision.number,
        fingerprint=revision.fingerprint,
        prices_as_of_on=revision.prices_as_of_on,
        trade_on=revision.trade_on,
        expires_at=revision.expires_at,
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]),
        approve_url=reverse("rebalancing:approve", args=[proposal.public_id]),
        heading=f"Approve {len(plan.orders)} trades for {proposal.household.name}?",
        summary=header.heading(proposal.household.name, plan),
        figures=outcome.key_figures(plan, revisions.household_of(revision)),
        accounts=accounts,
        blockers=blockers,
        refused=refused.told(
            refusal, known=next_steps.of(refusal, proposal, verb="approve", user=user, at=at)
        )
        if refusal
        else None,
        notes=notes,
        unticked=unticked(accounts),
        company=company.of(user, revision.proposal.public_id, at=at),
    )


def confirmation(user: Any, approval: Approval, *, at: datetime) -> ApprovalPage:
    """The page of an approval."""
    review = approval.review
    revision = review.revision
    proposal = revision.proposal
    batch = getattr(revision, "batch", None)
    return ApprovalPage(
        approval=approval,
        revision=revision,
        household_name=proposal.household.name,
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]),
        batch_url=reverse("rebalancing:batch", args=[batch.public_id]) if batch else "",
        summary=header.heading(proposal.household.name, revisions.plan_of(revision)),
        state=review.state,
        next_steps=_next_steps(approval, released=batch is not None),
        explained_url=header.explained_url(user, revision),
        next_up=next_up.of(user, but=proposal, at=at),
    )


def _refusal(user: Any, review: Review, *, at: datetime) -> Refusal | None:
    sentence = objections.refusal_to_approve(user, review, at=at)
    if sentence is None:
        return None
    if sentence != objections.refusal_by_state(review, at=at):
        return NotAllowed(sentence)
    if review.is_active:
        return Stale(sentence, "Ask for a new revision.", kind="expired")
    return Conflict(sentence, kind="already-settled")


def _blockers(user: Any, revision: Revision, *, by: Actor, at: datetime) -> tuple[Cause, ...]:
    review = revision.review
    assert review is not None, "a stored revision always has its review"
    try:
        fresh = examinations.revalidated(revision, approver=by, at=at)
    except Refusal as refusal:
        return (Cause(input="record", sentence=str(refusal)),)
    standing = objections.blockers(review, at=at, approver=user)
    from_rules = {row.rule for row in _latest_rows(revision)}
    found = [cause for cause in standing if cause.input not in from_rules]
    if fresh.answer is not None:
        rows = findings.expected_blockers(review, fresh.answer, at=at)
        found += [
            Cause(input=row.rule, sentence=f"{row.rule}: {row.sentence} {row.how_to_fix}".strip())
            for row in rows
        ]
    return (*fresh.causes, *found)


def _latest_rows(revision: Revision) -> list[Any]:
    examination = findings.latest(revision.review) if revision.review else None
    return list(examination.findings.all()) if examination else []


def _next_steps(approval: Approval, *, released: bool) -> tuple[str, ...]:
    if approval.review.state == "withdrawn":
        return ("The approval was withdrawn. Nothing was sent.",)
    if released:
        return ("The orders were released.", "The client's summary is in the portal.")
    return (
        "The trading desk releases the orders; it has to be somebody other than you.",
        "Until then the approval can be withdrawn from the proposal's page.",
        "It holds for exactly what you saw. If a price, a lot or the policy changes, it is void.",
    )
