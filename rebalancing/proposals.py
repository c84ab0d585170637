"""Proposals: drafting, revising, deciding, and knowing when what was shown is no longer what is there.

A revision keeps the engine's two documents byte for byte, the verifier's signature, the policy and the triggers
it was made on, and the fingerprint of everything the reviewer is shown. The review desk below decides on that
fingerprint; this module is the only writer of a proposal's state, in the desk's own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from clients import access as record
from clients.models import Account, Household, Security, TaxLot
from compliance import audit, consents, findings, fingerprint, people, reviews, states
from compliance.actors import Actor
from compliance.models import Approval, ChangeRequest, Consent, ConsentChannel, Decision, Override, Review
from compliance.models.reviews import State as ReviewState
from compliance.models.reviews import SubjectKind
from compliance.refusals import Blocked, Conflict, NotAllowed, Stale
from compliance.rules import book, case
from rebalancing import (
    access,
    cases,
    frontiers,
    market_days,
    measuring,
    portfolios,
    staleness,
    summaries,
    triggers,
)
from rebalancing.engine import household as document
from rebalancing.engine import proposing, reading, verifying, writing
from rebalancing.engine.frontier import Point
from rebalancing.engine.plan import Order as PlannedOrder
from rebalancing.engine.plan import Plan, State
from rebalancing.models import (
    Proposal,
    ProposedLot,
    ProposedOrder,
    Reading,
    Revision,
    ScanRun,
    SkippedTrade,
)

GOOD_FOR = timedelta(days=1)
"""How long a revision may wait after the close of the day it was made for (rule PTC-48 asks the same)."""


class NotVerified(Exception):
    """The verifier refused the engine's plan. It is never stored; the household's scan fails loudly."""


def draft(
    household: Household,
    *,
    portfolio: portfolios.Portfolio,
    plan: Plan,
    points: Sequence[Point] = (),
    run: ScanRun | None,
    reading: Reading | None,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Store a plan as a proposal, examine it and put it before the review desk: one transaction.

    Raises `NotVerified` when the second, independent check of the plan refuses it.
    """
    with transaction.atomic():
        proposal = Proposal.objects.create(
            household=household,
            run=run,
            reading=reading,
            drafted_at=at,
            drafted_by_id=int(by.person_ref) if by.is_person else None,
        )
        revision = _add_revision(
            proposal, portfolio, plan, points=points, did="drafted this proposal", by=by, at=at
        )
        audit.record(
            audit.Action.PROPOSAL_DRAFTED,
            about=proposal,
            by=by,
            at=at,
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
    objective: document.Objective | None = None,
    forced: Sequence[document.Forced] = (),
    did: str,
    by: Actor,
    at: datetime,
) -> Revision:
    """Make a new revision on fresh facts, with another objective or an advisor's edits; it needs its own review.

    Raises `NotAllowed` for anybody but an advisor, `Conflict` when the proposal is closed or approved, `Blocked` when
    the record is not fit or the engine finds nothing to trade.
    """
    if refusal := access.refusal_to_revise(people.behind(by)):
        raise NotAllowed(refusal)
    with transaction.atomic():
        proposal, _ = lock(proposal)
        if proposal.state not in {Proposal.State.IN_REVIEW, Proposal.State.RETURNED}:
            raise Conflict(
                f"This proposal is {proposal.get_state_display().lower()}.", "Withdraw the approval first."
            )
        portfolio = portfolios.load(
            proposal.household,
            as_of_on=market_days.last_close(at),
            trade_on=market_days.trade_day(at),
            objective=objective,
            forced=forced,
        )
        if isinstance(portfolio, portfolios.NotFit):
            raise Blocked(" ".join(portfolio.reasons), "Put the record right, then try again.")
        plan = proposing.propose(portfolio.household)
        if plan.state is not State.READY:
            raise Blocked(plan.summary, "Withdraw the proposal, or ask for something else.")
        points = frontiers.trace(portfolio.household)
        revision = _add_revision(proposal, portfolio, plan, points=points, did=did, by=by, at=at)
        proposal.state = Proposal.State.IN_REVIEW
        proposal.save(update_fields=["state"])
        audit.record(
            audit.Action.PROPOSAL_REVISED,
            about=proposal,
            by=by,
            at=at,
            revision=revision.number,
            did=did,
            fingerprint=revision.fingerprint,
        )
    return revision


def lock(proposal: Proposal) -> tuple[Proposal, Revision]:
    """The proposal and its current revision, locked until the transaction ends.

    The review comes first and the proposal second, as the desk's own verbs lock them: two people who
    act at the same moment then wait for each other and never in a circle. Raises `Stale` when a newer revision
    came in between.
    """
    revision = current(proposal)
    states.lock(_review(revision))
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    newest = current(locked)
    if newest.pk != revision.pk:
        raise Stale("This proposal was revised just now.", "Open it again and look at the new revision.")
    return locked, newest


def current(proposal: Proposal) -> Revision:
    """The revision that counts: the last one."""
    return proposal.revisions.select_related("review", "policy").order_by("-number")[0]


def plan_of(revision: Revision) -> Plan:
    """The plan as it was stored."""
    return reading.read_plan(revision.plan_document)


def household_of(revision: Revision) -> document.Household:
    """The engine's input as it was stored."""
    return reading.read_household(revision.household_document)


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
    """Approve exactly what was seen. Facts are looked at again inside the deciding transaction.

    `then` is what the caller writes down in that same transaction, once all else is done.
    """
    revision = current(proposal)

    def with_it(approval: Approval) -> None:
        _move(proposal, Proposal.State.APPROVED, at=at)
        summaries.publish(revision, by=by, at=at)
        if then is not None:
            then(approval)

    return reviews.approve(
        _review(revision),
        fingerprint=seen,
        revalidate=lambda: revalidated(revision, approver=by, at=at),
        text=text,
        acknowledge_warnings=acknowledge_warnings,
        then=with_it,
        by=by,
        at=at,
    )


def reject(proposal: Proposal, *, seen: str, text: str, by: Actor, at: datetime) -> Decision:
    """Say no for good, with the reason."""
    with transaction.atomic():
        decision = reviews.reject(_review(current(proposal)), text, fingerprint=seen, by=by, at=at)
        _move(proposal, Proposal.State.REJECTED, at=at)
    return decision


def request_changes(proposal: Proposal, *, seen: str, text: str, by: Actor, at: datetime) -> None:
    """Send it back to who made it; it stays blocked until that reviewer lifts it or a revision comes."""
    with transaction.atomic():
        reviews.request_changes(_review(current(proposal)), text, fingerprint=seen, by=by, at=at)
        _move(proposal, Proposal.State.RETURNED, at=at)


def lift(proposal: Proposal, asked: ChangeRequest, *, by: Actor, at: datetime) -> None:
    """The reviewer takes back what they asked for; with nothing else asked, the proposal waits for a decision."""
    with transaction.atomic():
        reviews.lift(asked, by=by, at=at)
        if Review.objects.get(pk=asked.review_id).state == ReviewState.OPEN:
            _move(proposal, Proposal.State.IN_REVIEW, at=at)


def withdraw(proposal: Proposal, *, reason: str, by: Actor, at: datetime) -> None:
    """Take the proposal, or its approval, back before anything was released.

    The household's advisor may do so too, also where the scan made it. Raises what `reviews.withdraw` raises.
    """
    with transaction.atomic():
        reviews.withdraw(
            _review(current(proposal)),
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
    """Record the client's yes to exactly this revision, and run the rules again: one of them waited for it."""
    revision = current(proposal)
    review = _review(revision)
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
            answer = examine(revision, portfolio, stage=case.Stage.BUILD, review=review, at=at)
            findings.keep(review, answer, fingerprint=review.fingerprint, at=at)
    return given


def expire_due(*, by: Actor, at: datetime) -> int:
    """Close proposals whose time is up; a second run finds none."""
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


def revalidated(revision: Revision, *, approver: Actor | None, at: datetime) -> reviews.Revalidated:
    """What has moved since the revision was made, and what the rule book says about it now."""
    review = _review(revision)
    portfolio, causes = staleness.causes(revision, at=at)
    if causes:
        # The rules read the shown document beside the rows of now: once those differ there is no case to make.
        return reviews.Revalidated(fingerprint=fingerprint_of(revision), causes=causes)
    answer = examine(
        revision,
        portfolio,
        stage=case.Stage.APPROVAL,
        review=review,
        approver=approver,
        changed=(),
        at=at,
    )
    return reviews.Revalidated(fingerprint=fingerprint_of(revision), causes=causes, answer=answer)


def examine(
    revision: Revision,
    portfolio: portfolios.Portfolio | portfolios.NotFit,
    *,
    stage: case.Stage,
    review: Review | None,
    approver: Actor | None = None,
    changed: tuple[str, ...] = (),
    at: datetime,
) -> book.Examination:
    """Run the rule book over a stored revision; the facts around it are those of now."""
    as_shown = household_of(revision)
    if isinstance(portfolio, portfolios.NotFit):
        raise Blocked(" ".join(portfolio.reasons), "Put the record right, then make a new revision.")
    on_shown = portfolios.Portfolio(
        household=as_shown,
        policy=revision.policy,
        accounts=portfolio.accounts,
        prices_as_of_on=revision.prices_as_of_on,
        edge_is_breach=portfolio.edge_is_breach,
    )
    asked = cases.build(
        on_shown,
        plan_of(revision),
        proposal=revision.proposal.public_id,
        version=revision.number,
        digest=revision.fingerprint,
        built_at=revision.created_at,
        preparers=_preparers(review),
        approver=approver.person_ref if approver else None,
        approver_roles=approver.roles if approver else None,
        consents=_consents(review, revision, portfolio.accounts) if review else (),
        overrides=_overrides(review) if review else (),
        changed_since_build=changed,
        at=at,
    )
    return book.examine(asked, stage)


def fingerprint_of(revision: Revision) -> str:
    """The digest of what a reviewer is shown: both documents and the version of the policy."""
    return fingerprint.of(
        {
            "household": revision.proposal.household.public_id,
            "number": revision.number,
            "input": revision.input_digest,
            "plan": revision.plan_digest,
            "policy": revision.policy.fingerprint,
        },
        kind="proposal",
    )


# ── Storing ──────────────────────────────────────────────────────────────────────────────────────


def _add_revision(
    proposal: Proposal,
    portfolio: portfolios.Portfolio,
    plan: Plan,
    *,
    points: Sequence[Point],
    did: str,
    by: Actor,
    at: datetime,
) -> Revision:
    verdict = verifying.verify(portfolio.household, plan)
    if verdict.signature is None:
        raise NotVerified(
            f"The plan for {proposal.household.public_id} was refused: {'; '.join(map(str, verdict.faults))}"
        )
    number = proposal.revisions.count() + 1
    revision = Revision(
        proposal=proposal,
        number=number,
        policy=portfolio.policy,
        triggers=[one.as_json() for one in triggers.find(portfolio, measuring.measure(portfolio))],
        household_document=writing.canonical(portfolio.household).decode(),
        plan_document=writing.canonical(plan).decode(),
        input_digest=writing.digest(portfolio.household),
        plan_digest=writing.digest(plan),
        engine_version=plan.versions.engine,
        verifier_signature=verdict.signature,
        prices_as_of_on=portfolio.prices_as_of_on,
        trade_on=portfolio.household.trade_on,
        created_at=at,
        expires_at=market_days.closed_at(portfolio.household.trade_on) + GOOD_FOR,
    )
    revision.fingerprint = fingerprint_of(revision)
    revision.save()
    _store_orders(revision, plan, portfolio)
    frontiers.store(revision, points)
    answer = examine(revision, portfolio, stage=case.Stage.BUILD, review=None, at=at)
    revision.review = reviews.request(
        subject_kind=SubjectKind.PROPOSAL,
        subject_id=proposal.public_id,
        subject_revision=number,
        title=f"Proposal for {proposal.household.code}",
        fingerprint=revision.fingerprint,
        expires_at=revision.expires_at,
        makers=_makers(proposal, by, did),
        household_ref=proposal.household.public_id,
        consent_required=_needs_consent(portfolio.accounts, plan),
        answer=answer,
        by=by,
        at=at,
    )
    revision.save(update_fields=["review"])
    return revision


def _makers(proposal: Proposal, by: Actor, did: str) -> list[reviews.Maker]:
    """Everyone who shaped this revision or an earlier one of the same proposal: nobody is laundered."""
    makers = {int(by.person_ref): did} if by.is_person else {}
    for earlier in proposal.revisions.exclude(review=None):
        for maker in _review(earlier).makers.all():
            makers.setdefault(maker.person_id, maker.did)
    return [reviews.Maker(person_pk=key, did=what) for key, what in makers.items()]


def _store_orders(revision: Revision, plan: Plan, portfolio: portfolios.Portfolio) -> None:
    accounts = {account.public_id: account for account in portfolio.accounts}
    symbols = {order.security for order in plan.orders} | {one.security for one in plan.skipped}
    by_symbol = Security.objects.in_bulk(symbols, field_name="symbol")
    lots = TaxLot.objects.in_bulk(
        {sale.lot for order in plan.orders for sale in order.lots}, field_name="public_id"
    )
    for position, order in enumerate(plan.orders, start=1):
        stored = ProposedOrder.objects.create(
            revision=revision,
            position=position,
            account=accounts[order.account],
            security=by_symbol[order.security],
            side=order.side.value,
            quantity=order.shares,
            price=order.price,
            amount=order.amount,
            reason_code=order.reason.value,
            reason=order.explanation,
        )
        ProposedLot.objects.bulk_create(_lots(stored, order, lots, accounts[order.account]))
    SkippedTrade.objects.bulk_create(
        SkippedTrade(
            revision=revision,
            position=position,
            account=accounts.get(one.account),
            security=by_symbol.get(one.security),
            reason_code=one.side.value,
            reason=one.why,
            cost=None,
        )
        for position, one in enumerate(plan.skipped, start=1)
    )


def _lots(
    stored: ProposedOrder, order: PlannedOrder, lots: dict[Any, TaxLot], account: Account
) -> list[ProposedLot]:
    is_taxed = account.tax_treatment == Account.TaxTreatment.TAXABLE
    return [
        ProposedLot(
            order=stored,
            lot=lots[sale.lot],
            quantity=sale.shares,
            basis=sale.basis,
            gain=sale.gain,
            disallowed=sale.disallowed,
            term=sale.term.value if is_taxed and sale.term else ProposedLot.Term.UNTAXED,
        )
        for sale in order.lots
    ]


def _needs_consent(accounts: Sequence[Account], plan: Plan) -> bool:
    """Whether any account that trades is one whose client keeps the last word (rule PTC-01)."""
    traded = {order.account for order in plan.orders}
    return any(
        account.public_id in traded and account.discretion == Account.Discretion.NON_DISCRETIONARY
        for account in accounts
    )


def _move(proposal: Proposal, state: str, *, at: datetime) -> None:
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    locked.state = state
    locked.closed_at = None if state in Proposal.OPEN_STATES else at
    locked.save(update_fields=["state", "closed_at"])
    proposal.state, proposal.closed_at = locked.state, locked.closed_at


def _review(revision: Revision) -> Review:
    assert revision.review is not None, "a stored revision always has its review"
    return revision.review


def _preparers(review: Review | None) -> list[str]:
    """Everyone who shaped it; a proposal that only a job of ours has touched was prepared by that job."""
    if review is None:
        return []
    people = [str(maker.person_id) for maker in review.makers.all()]
    return people or [f"job:{review.requested_by_label}"]


def _consents(review: Review, revision: Revision, accounts: Sequence[Account]) -> tuple[case.Consent, ...]:
    """The desk's consents as the rules read them: one yes covers every non-discretionary account."""
    return tuple(
        case.Consent(
            account=account.public_id,
            proposal_version=revision.number,
            proposal_hash=given.fingerprint,
            given_by=given.given_by,
            given_at=given.given_at,
            channel=given.channel,
        )
        for given in review.consents.all()
        for account in accounts
        if not given.account_ref or given.account_ref == account.public_id
    )


def _overrides(review: Review) -> tuple[case.Override, ...]:
    return tuple(
        case.Override(
            rule=given.finding.rule,
            proposal_hash=given.fingerprint,
            by=str(given.approver_id),
            roles=frozenset(given.roles.split(",")),
            reason=given.reason,
            words=given.text,
            at=given.given_at,
            expires_at=given.expires_at,
        )
        for given in Override.objects.filter(review=review).select_related("finding")
    )
