"""Orders: released under an approval, with an allocation statement written first, a lot sheet and the order
files.

No batch exists without an approval row, and the fingerprint on both is that of what is sent. Every file sent
out is stored byte for byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db import transaction

from clients import figures
from clients.custodians import writing
from compliance.audit_trail import audit
from compliance.models import Approval
from compliance.models.reviews import SubjectKind
from compliance.people import confirmations, people
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Cause, Conflict, NotAllowed, Stale
from compliance.review_desk import approvals
from compliance.rules.facts import case
from rebalancing import access, market_days
from rebalancing.execution import (
    blocks,
    closing,
    gathering,
    leaving,
    making,
    order_files,
    trading_stops,
)
from rebalancing.models import (
    BatchFile,
    Block,
    Order,
    OrderBatch,
    Proposal,
    ProposedOrder,
    Release,
    Revision,
)
from rebalancing.models.blocks import FILE_ROUTE
from rebalancing.portfolios import pending_actions
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import bindings, examinations, proposals, revisions, staleness

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How lot instructions reach one custodian, and what happens if only the orders arrive."""

    custodian: str
    by_file: bool
    how: str
    warning: str


def release(proposal: Proposal, *, by: Actor, at: datetime) -> OrderBatch:
    """Release one approved proposal by itself: one transaction and one batch, even if the button is clicked twice.

    Raises `NotAllowed` (role, or the approver), `Conflict` (not approved, or released by somebody else),
    `Stale` (an input moved since approval) or `Blocked` (a rule says no at release).
    """
    refuse_unless_trader(by)
    with transaction.atomic():
        locked, revision = proposals.lock(proposal)
        if standing := _standing(revision, by=by):
            return standing
        refuse_unless_approved(locked)
        confirmed = confirmations.required(by, about=revision.fingerprint, deed="release these orders", at=at)
        started = gathering.begin([(locked, revision.fingerprint)], by=by, at=at)
        batch = release_into(started, locked, confirmed=confirmed, by=by, at=at)
        gathering.settle(started.rows.get(), at=at)
        closing.close(started, by=by, at=at)
    proposal.state, proposal.closed_at = Proposal.State.RELEASED, at
    return batch


def release_into(
    started: Release,
    proposal: Proposal,
    *,
    confirmed: Mapping[str, Any] = MappingProxyType({}),
    by: Actor,
    at: datetime,
) -> OrderBatch:
    """The orders of one approved proposal, as part of a release that gathers, in the caller's transaction.

    `confirmed` says on the trail how the release was confirmed.

    Raises what `release` raises.
    """
    started = closing.lock(started)
    assert started.state == Release.State.GATHERING, "a closed release takes no more orders"
    proposal, revision = proposals.lock(proposal)
    refuse_unless_approved(proposal)
    bindings.refuse_if_changed(revision)
    digest = revisions.fingerprint_of(revision)
    approval = approvals.require_approval(
        subject_kind=SubjectKind.PROPOSAL, subject_id=proposal.public_id, fingerprint=digest, at=at
    )
    portfolio = _check_again(revision, approval, at=at)
    orders = list(
        revision.orders.select_related("account__household", "security").prefetch_related("lots__lot")
    )
    if stop := trading_stops.of_accounts([order.account for order in orders]):
        raise Blocked(
            f"Trading is stopped for {trading_stops.what(stop)}: {stop.reason}",
            "Have the stop lifted by two people, then release it.",
            kind="trading-stopped",
        )
    made = making.parts_of(started, orders, portfolio, at=at)
    batch = OrderBatch.objects.create(
        revision=revision,
        approval=approval,
        fingerprint=digest,
        allocation_statement=allocation_statement(orders),
        allocation_written_at=at,
        released_at=at,
        released_by_id=int(by.person_ref),
    )
    sent = making.make(started, batch, revision, orders, made, portfolio, at=at)
    approvals.use(approval, by=by, at=at)
    proposals.mark_released(proposal, at=at)
    audit.record(
        audit.Action.BATCH_RELEASED,
        about=batch,
        by=by,
        at=at,
        sealing=[
            (kind, batch.pk)
            for kind in ("order_batch", "orders", "order_lots", "order_blocks", "order_parts")
        ],
        proposal=proposal.public_id,
        revision=revision.number,
        fingerprint=digest,
        approval=approval.public_id,
        release=started.public_id,
        orders=[order.reference for order in sent],
        **confirmed,
    )
    return batch


def refuse_unless_trader(by: Actor) -> None:
    """Raise `NotAllowed` for anybody but the trading desk."""
    if refusal := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refusal, "Ask a trader to release it.")


def refuse_unless_approved(proposal: Proposal) -> None:
    """Raise `Conflict` for a proposal that is not approved."""
    if proposal.state != Proposal.State.APPROVED:
        cure = (
            "Have it reviewed first."
            if proposal.state in Proposal.OPEN_STATES
            else "Nothing of it is left to release."
        )
        raise Conflict(
            f"This proposal is {proposal.get_state_display().lower()}; only approved ones are released.", cure
        )


def _standing(revision: Revision, *, by: Actor) -> OrderBatch | None:
    """The batch of a second click; `Conflict` where somebody else released it."""
    standing = OrderBatch.objects.filter(revision=revision).select_related("released_by").first()
    if standing is not None and str(standing.released_by_id) != by.person_ref:
        raise Conflict(
            f"{standing.released_by} released these orders already.",
            "Open the batch to see the orders.",
        )
    return standing


def mark_exported(file: BatchFile, *, by: Actor, at: datetime) -> None:
    """Record that somebody downloaded a file; its orders count as exported from then on.

    Raises `NotAllowed` for anybody but the trading desk, and for whoever may not see all its households; `Conflict` for
    a file that a newer one has replaced, or while a trading stop holds back a block of it that has not left.
    """
    user = people.behind(by)
    if refusal := access.refusal_to_take_out(user):
        raise NotAllowed(refusal, "Ask a trader to download it.")
    with transaction.atomic():
        if file.release is None:
            if file.kind != BatchFile.Kind.LOTS:
                file.batch.orders.filter(account__custodian=file.custodian, state=Order.State.READY).update(  # type: ignore[union-attr]
                    state=Order.State.EXPORTED
                )
        else:
            _hand_out(file, closing.lock(file.release), user, by=by, at=at)
        audit.record(
            audit.Action.DATA_EXPORTED,
            about=file.release or file.batch,
            by=by,
            at=at,
            file=file.name,
            sha256=file.sha256,
        )


def _hand_out(file: BatchFile, release: Release, user: Any, *, by: Actor, at: datetime) -> None:
    batches = OrderBatch.objects.filter(orders__block__release=release).distinct()
    if batches.exclude(pk__in=access.batches_for(user).values("pk")).exists():
        raise NotAllowed(
            "This file holds orders of households that you do not see.", "Ask a trader who sees them all."
        )
    sent = release.blocks.filter(custodian=file.custodian, route=FILE_ROUTE)
    if not sent.exclude(state=Block.State.CANCELED, sent_at=None).exists():
        raise Conflict("Every block of this file was canceled, so it no longer goes out.")
    if not order_files.is_newest(file):
        raise Conflict(
            "A block of this file was canceled, so it no longer goes out.", "Take the newer file instead."
        )
    if file.kind in (BatchFile.Kind.LOTS, order_files.FILLED):
        return
    # Locked: a report of a broker who has them already would move them on meanwhile.
    ready = (
        release.blocks.select_for_update(of=("self",))
        .filter(custodian=file.custodian, state=Block.State.READY, route=FILE_ROUTE)
        .select_related("security")
    )
    for block in ready:
        if block.trade_on < market_days.trade_day(at):
            raise Conflict(
                f"These orders were for {figures.day(block.trade_on)}, and that day is over.",
                "Cancel them; what is still called for is proposed again.",
            )
        if stop := trading_stops.of_block(block):
            raise Conflict(
                f"Trading is stopped for {trading_stops.what(stop)}: {stop.reason}",
                "Have the stop lifted by two people, or cancel its blocks and take the newer file.",
            )
        if pending := pending_actions.of_block(block, at=at):
            raise Conflict(pending, "Cancel the block, and take the newer file.")
        if against := leaving.why_not(block, at=at):
            raise Conflict(against, "Wait until that is over, or cancel the block and take the newer file.")
        blocks.mark_sent(block, at=at)
        audit.record(audit.Action.BLOCK_SENT, about=block, by=by, at=at, route=block.route, file=file.name)


def deliveries(batch: OrderBatch) -> list[Delivery]:
    """For each custodian of the batch: whether it takes lots by file, and what must be entered by hand."""
    custodians = sorted(set(batch.orders.values_list("account__custodian", flat=True)))
    found = [writing.lot_delivery(custodian) for custodian in custodians]
    return [
        Delivery(custodian=key, by_file=one.by_file, how=one.how, warning=one.warning)
        for key, one in zip(custodians, found, strict=True)
    ]


def allocation_statement(orders: list[ProposedOrder]) -> str:
    """The allocation of each security by account, written before any order is sent (SMC Capital, 1995)."""
    by_security: dict[tuple[str, str], list[ProposedOrder]] = defaultdict(list)
    for order in orders:
        by_security[order.side, order.security.symbol].append(order)
    lines = []
    for (side, symbol), parts in sorted(by_security.items(), reverse=True):
        total = sum((part.quantity for part in parts), ZERO)
        lines.append(f"{side.upper()} {total.normalize():f} {symbol}")
        lines += [
            f"  {part.account.public_id} {part.account.name}: {part.quantity.normalize():f}" for part in parts
        ]
    lines.append("A partial fill is shared in proportion to these quantities, at the average price.")
    return "\n".join(lines)


def _check_again(revision: Revision, approval: Approval, *, at: datetime) -> Portfolio:
    """Prices, lots, cash, holds and rules may all have changed between approval and release; the household as it is."""
    portfolio, causes = staleness.causes(revision, at=at)
    if causes:
        raise Stale(
            "Something this approval was based on has changed since.",
            "Make a new revision with current figures and have it reviewed.",
            causes=causes,
        )
    answer = examinations.of_stored(
        revision,
        portfolio,
        stage=case.Stage.RELEASE,
        review=revisions.review_of(revision),
        approver=Actor.person(approval.approved_by),
        at=at,
    )
    if not answer.releasable:
        wrong = (*answer.blocks, *answer.outstanding)
        raise Blocked(
            "A rule blocks the release.",
            "Correct what is named, or have the finding overridden.",
            causes=[Cause(input=one.rule, sentence=one.sentence) for one in wrong],
        )
    assert isinstance(portfolio, Portfolio), "what cannot be measured is stale"
    return portfolio
