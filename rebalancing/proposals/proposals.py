"""Proposals: drafting, revising, deciding, and closing them when they expire.

A proposal's content is in its revisions; the review desk decides on the fingerprint of the current one. This
module is the only writer of a proposal's state, in the desk's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from clients import access as record
from clients.models import Household
from compliance.audit_trail import audit
from compliance.models import Approval, ChangeRequest, Consent, ConsentChannel, Decision, Review
from compliance.models.reviews import State as ReviewState
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed, Stale
from compliance.review_desk import consents, decisions, findings, reviews, states, threads
from compliance.rules.facts import case
from rebalancing import access, market_days
from rebalancing.client_reports import letters, summaries
from rebalancing.engine.documents.objective import Edit, Objective
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Proposal, Reading, Revision, ScanRun
from rebalancing.portfolios import portfolios
from rebalancing.proposals import (
    dwell,
    examinations,
    expiry,
    revisions,
    shaping,
    staleness,
    submitting,
    ticks,
)
from rebalancing.proposals.wishes import Wish
from rebalancing.triggers.trigger import Trigger

RENEWED = (Proposal.State.IN_REVIEW, Proposal.State.APPROVED)
"""Proposals that the machine renews. One whose reviewer asked for changes waits for its maker, who starts from fresh facts."""


def draft(
    household: Household,
    *,
    portfolio: portfolios.Portfolio,
    plan: Plan,
    called_by: Sequence[Trigger] = (),
    run: ScanRun | None,
    reading: Reading | None,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Store a plan as a proposal, run the rules and submit it for review, in one transaction.

    Raises `revisions.NotVerified` when the second, independent check of the plan refuses it.
    """
    # A failure in here also rolls back the caller's transaction, which settles the household's lease.
    with transaction.atomic(savepoint=False):
        proposal = Proposal.objects.create(
            household=household,
            run=run,
            reading=reading,
            drafted_at=at,
            drafted_by_id=int(by.person_ref) if by.is_person else None,
        )
        revision = submitting.submit(
            proposal,
            1,
            portfolio=portfolio,
            plan=plan,
            called_by=called_by,
            did="drafted this proposal",
            by=by,
            at=at,
        )
        audit.record(
            audit.Action.PROPOSAL_DRAFTED,
            about=proposal,
            by=by,
            at=at,
            sealing=[("proposal", proposal.pk), *revisions.things(revision)],
            revision=revision.number,
            fingerprint=revision.fingerprint,
            input_digest=revision.input_digest,
            plan_digest=revision.plan_digest,
            orders=len(plan.orders),
        )
    return proposal


def revise(
    proposal: Proposal,
    *,
    objective: Objective | None = None,
    edits: Sequence[Edit] = (),
    wishes: Sequence[Wish] = (),
    way: str = "",
    seen: str = "",
    did: str,
    by: Actor,
    at: datetime,
) -> Revision:
    """Make a new revision on fresh facts, with another objective, an advisor's edits or wishes, or along a way of the
    frontier; it needs its own review. `seen` is what a plan that was looked at first was told by (`shaping.Tried.digest`).

    Raises `NotAllowed` for anybody but an advisor, `Conflict` when the proposal is closed or approved,
    `shaping.Moved` when the plan is not the one that was seen, `wishes.Unasked` for a wish that cannot be asked,
    `Blocked` when the household cannot be measured or the engine finds nothing to trade.
    """
    if refusal := access.refusal_to_revise(people.behind(by)):
        raise NotAllowed(refusal)
    with transaction.atomic():
        proposal, last = lock(proposal)
        if proposal.state not in {Proposal.State.IN_REVIEW, Proposal.State.RETURNED}:
            raise Conflict(
                f"This proposal is {proposal.get_state_display().lower()}.", "Withdraw the approval first."
            )
        tried = shaping.try_out(
            proposal, last, objective=objective, edits=edits, wishes=wishes, way=way, at=at
        )
        shaping.keepable(tried, seen=seen)
        revision = submitting.submit(
            proposal,
            last.number + 1,
            portfolio=tried.portfolio,
            plan=tried.plan,
            called_by=tried.called_by,
            did=did,
            by=by,
            at=at,
        )
        proposal.state = Proposal.State.IN_REVIEW
        proposal.save(update_fields=["state"])
        audit.record(
            audit.Action.PROPOSAL_REVISED,
            about=proposal,
            by=by,
            at=at,
            sealing=revisions.things(revision),
            revision=revision.number,
            did=did,
            fingerprint=revision.fingerprint,
        )
    return revision


def renew(
    seen: Revision,
    *,
    portfolio: portfolios.Portfolio,
    plan: Plan,
    called_by: Sequence[Trigger],
    action: audit.Action,
    why: str,
    by: Actor,
    at: datetime,
) -> Revision | None:
    """The machine's own next revision of a proposal whose facts moved: the review goes on with it, its makers are kept, and
    its end stays. An approval of the revision before does not count for it. None where the proposal moved on meanwhile.
    """
    with transaction.atomic():
        if (found := _still(seen, at=at)) is None:
            return None
        proposal, last = found
        had_approval = proposal.state == Proposal.State.APPROVED
        # Back in review before anything else: an approved proposal takes no revision.
        proposal.state = Proposal.State.IN_REVIEW
        proposal.save(update_fields=["state"])
        revision = submitting.submit(
            proposal,
            last.number + 1,
            portfolio=portfolio,
            plan=plan,
            called_by=called_by,
            did="",
            expires_at=last.expires_at,
            by=by,
            at=at,
        )
        audit.record(
            action,
            about=proposal,
            by=by,
            at=at,
            sealing=revisions.things(revision),
            revision=revision.number,
            why=why,
            approval_fell=had_approval,
            fingerprint=revision.fingerprint,
        )
    return revision


def end(seen: Revision, *, why: str, by: Actor, at: datetime) -> bool:
    """The machine takes back a proposal that today's facts no longer call for. False where it moved on meanwhile."""
    with transaction.atomic():
        if (found := _still(seen, at=at)) is None:
            return False
        proposal, last = found
        reviews.withdraw(revisions.review_of(last), why, by=by, at=at)
        _move(proposal, Proposal.State.WITHDRAWN, at=at)
    return True


def _still(seen: Revision, *, at: datetime) -> tuple[Proposal, Revision] | None:
    """The proposal and its revision, locked, where they stand as they were seen and may be renewed."""
    try:
        proposal, last = lock(seen.proposal)
    except Stale:
        return None
    may = proposal.state in RENEWED and not expiry.has_ended(last, at=at)
    return (proposal, last) if last.pk == seen.pk and may else None


def lock(proposal: Proposal) -> tuple[Proposal, Revision]:
    """The proposal and its current revision, locked until the transaction ends.

    The review is locked first and the proposal second, in the same order as the desk's verbs, so that two
    people who act at the same moment cannot deadlock. Raises `Stale` when a newer revision came in between.
    """
    revision = current(proposal)
    states.lock(revisions.review_of(revision))
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    newest = current(locked)
    if newest.pk != revision.pk:
        raise Stale("This proposal was revised just now.", "Open it again and look at the new revision.")
    return locked, newest


def current(proposal: Proposal) -> Revision:
    """The revision that counts: the last one."""
    return proposal.revisions.select_related("review", "policy", "comparison").order_by("-number")[0]


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────


def approve(
    proposal: Proposal,
    *,
    seen: str,
    text: str,
    acknowledge_warnings: bool,
    then: Callable[[Approval], None] | None = None,
    by: Actor,
    at: datetime,
) -> Approval:
    """Approve exactly what was shown. Facts are checked again inside the deciding transaction.

    `then` runs last in that same transaction.
    """
    revision = current(proposal)

    def with_it(approval: Approval) -> None:
        _move(proposal, Proposal.State.APPROVED, at=at)
        letters.refuse_unprintable(summaries.publish(revision, by=by, at=at))
        if then is not None:
            then(approval)

    return decisions.approve(
        revisions.review_of(revision),
        fingerprint=seen,
        revalidate=lambda: examinations.revalidated(revision, approver=by, at=at),
        text=text,
        acknowledge_warnings=acknowledge_warnings,
        then=with_it,
        noted={
            **dwell.before(revision, by=by, at=at).as_facts(),
            "accounts_nobody_ticked": ticks.nobody_ticked(revision, revisions.plan_of(revision)),
        },
        by=by,
        at=at,
    )


def reject(proposal: Proposal, *, seen: str, text: str, by: Actor, at: datetime) -> Decision:
    """Reject it for good, with a reason."""
    with transaction.atomic():
        decision = decisions.reject(
            revisions.review_of(current(proposal)), text, fingerprint=seen, by=by, at=at
        )
        _move(proposal, Proposal.State.REJECTED, at=at)
    return decision


def request_changes(proposal: Proposal, *, seen: str, text: str, by: Actor, at: datetime) -> None:
    """Return it to its author; it stays blocked until that reviewer lifts the request or a new revision is
    made.
    """
    with transaction.atomic():
        threads.request_changes(revisions.review_of(current(proposal)), text, fingerprint=seen, by=by, at=at)
        _move(proposal, Proposal.State.RETURNED, at=at)


def lift(proposal: Proposal, asked: ChangeRequest, *, by: Actor, at: datetime) -> None:
    """The reviewer withdraws a request for changes; with no other request open, the proposal is in review
    again.
    """
    with transaction.atomic():
        threads.lift(asked, by=by, at=at)
        if Review.objects.get(pk=asked.review_id).state == ReviewState.OPEN:
            _move(proposal, Proposal.State.IN_REVIEW, at=at)


def withdraw(proposal: Proposal, *, reason: str, by: Actor, at: datetime) -> None:
    """Withdraw the proposal or its approval before anything was released.

    The household's advisor may do so too, also where the scan made it. Raises what `reviews.withdraw` raises.
    """
    with transaction.atomic():
        reviews.withdraw(
            revisions.review_of(current(proposal)),
            reason,
            answers_for_it=by.is_person
            and record.advises(people.behind(by), proposal.household, on=market_days.new_york_date(at)),
            by=by,
            at=at,
        )
        _move(proposal, Proposal.State.WITHDRAWN, at=at)


def consent(
    proposal: Proposal,
    *,
    seen: str,
    given_by: str,
    channel: ConsentChannel,
    evidence: str,
    by: Actor,
    at: datetime,
) -> Consent:
    """Record the client's consent to exactly this revision, and run the rules again, since one of them
    requires it.
    """
    revision = current(proposal)
    review = revisions.review_of(revision)
    with transaction.atomic():
        given = consents.consent(
            review,
            fingerprint=seen,
            given_by=given_by,
            given_at=at,
            expires_at=revision.expires_at,
            channel=channel,
            evidence=evidence,
            by=by,
            at=at,
        )
        portfolio, causes = staleness.causes(revision, at=at)
        if not causes:
            answer = examinations.of_stored(revision, portfolio, stage=case.Stage.BUILD, review=review, at=at)
            kept = findings.keep(review, answer, fingerprint=review.fingerprint, at=at)
            audit.record(
                audit.Action.REVIEW_EXAMINED,
                about=review,
                by=by,
                at=at,
                sealing=findings.things(kept),
                examination=kept.public_id,
            )
    return given


def expire_due(*, by: Actor, at: datetime) -> int:
    """Close expired proposals; a second run finds none."""
    with transaction.atomic():
        due = reviews.expire_due(by=by, at=at)
        expired = Proposal.objects.select_for_update().filter(
            revisions__review__in=due, state__in=Proposal.OPEN_STATES
        )
        for proposal in expired:
            _move(proposal, Proposal.State.EXPIRED, at=at)
    return len(due)


def mark_released(proposal: Proposal, *, at: datetime) -> None:
    """Part of the release of its orders; see `orders.release`."""
    _move(proposal, Proposal.State.RELEASED, at=at)


def _move(proposal: Proposal, state: str, *, at: datetime) -> None:
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    locked.state = state
    locked.closed_at = None if state in Proposal.OPEN_STATES else at
    locked.save(update_fields=["state", "closed_at"])
    proposal.state, proposal.closed_at = locked.state, locked.closed_at
