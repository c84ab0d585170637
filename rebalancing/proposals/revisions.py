"""Revisions: what a proposal says at one moment, kept byte for byte and signed by the verifier.

A revision keeps the engine's two documents, the policy and the triggers it was made on, its orders as rows,
and the fingerprint of everything the reviewer is shown. The review desk decides on that fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from clients.models import Account, TaxLot
from compliance.digests import fingerprint
from compliance.models import Review
from compliance.statements import bulk
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.plan import Order as PlannedOrder
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.verifier import verification
from rebalancing.models import Proposal, ProposedLot, ProposedOrder, Revision, SkippedTrade
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.trigger import Trigger


class NotVerified(Exception):
    """The verifier refused the engine's plan. It is never stored, and the household's scan item fails."""


def store(
    proposal: Proposal,
    number: int,
    *,
    portfolio: Portfolio,
    plan: Plan,
    triggers: Sequence[Trigger],
    expires_at: datetime,
    at: datetime,
) -> Revision:
    """Store a plan as a revision with its orders, lots and skipped trades.

    Part of the transaction that submits it for review. Raises `NotVerified` when the second, independent
    check of the plan refuses it.
    """
    verdict = verification.verify(portfolio.household, plan)
    if verdict.signature is None:
        raise NotVerified(
            f"The plan for {proposal.household.public_id} was refused: {'; '.join(map(str, verdict.faults))}"
        )
    planned = serializing.canonical(plan)
    revision = Revision(
        proposal=proposal,
        number=number,
        policy=portfolio.policy,
        model_version=portfolio.model_version,
        triggers=[one.as_json() for one in triggers],
        household_document=serializing.canonical(portfolio.household).decode(),
        plan_document=planned.decode(),
        # The verifier has checked that this is the digest of the household's document.
        input_digest=plan.input_digest,
        plan_digest=hashlib.sha256(planned).hexdigest(),
        engine_version=plan.versions.engine,
        verifier_signature=verdict.signature,
        prices_as_of_on=portfolio.prices_as_of_on,
        trade_on=portfolio.household.trade_on,
        created_at=at,
        expires_at=expires_at,
    )
    revision.fingerprint = fingerprint_of(revision)
    revision.save()
    _store_orders(revision, plan, portfolio)
    return revision


def put_before_the_desk(revision: Revision, review: Review) -> None:
    """Tie a revision to the review that decides on it."""
    revision.review = review
    revision.save(update_fields=["review"])


def things(revision: Revision) -> list[tuple[str, object]]:
    """What an event about this revision puts on the trail: the revision and all its rows."""
    return [
        (kind, revision.pk) for kind in ("revision", "proposed_orders", "proposed_lots", "skipped_trades")
    ]


def review_of(revision: Revision) -> Review:
    """The review that decides on a stored revision."""
    assert revision.review is not None, "a stored revision always has its review"
    return revision.review


def plan_of(revision: Revision) -> Plan:
    """The plan as it was stored."""
    return parsing.read_plan(revision.plan_document)


def household_of(revision: Revision) -> document.Household:
    """The engine's input as it was stored."""
    return parsing.read_household(revision.household_document)


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


def _store_orders(revision: Revision, plan: Plan, portfolio: Portfolio) -> None:
    accounts = {account.public_id: account for account in portfolio.accounts}
    securities = {security.symbol: security for security in portfolio.rows.securities.values()}
    lots = {lot.public_id: lot for lot in portfolio.rows.lots}
    orders = [
        ProposedOrder(
            revision=revision,
            position=position,
            account=accounts[order.account],
            security=securities[order.security],
            side=order.side.value,
            quantity=order.shares,
            price=order.price,
            amount=order.amount,
            reason_code=order.reason.value,
            reason=order.explanation,
        )
        for position, order in enumerate(plan.orders, start=1)
    ]
    bulk.insert(ProposedOrder, orders)
    uses = [
        use
        for stored, order in zip(orders, plan.orders, strict=True)
        for use in _lots(stored, order, lots, accounts[order.account])
    ]
    bulk.insert(ProposedLot, uses)
    left_alone = [
        SkippedTrade(
            revision=revision,
            position=position,
            account=accounts.get(one.account),
            security=securities.get(one.security),
            reason_code=one.side.value,
            reason=one.explanation,
            cost=None,
        )
        for position, one in enumerate(plan.skipped, start=1)
    ]
    bulk.insert(SkippedTrade, left_alone)


def _lots(
    stored: ProposedOrder, order: PlannedOrder, lots: Mapping[str, TaxLot], account: Account
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
