"""Orders: released under an approval, with an allocation statement written first, a lot sheet and the order
files.

No batch exists without an approval row, and the fingerprint on both is that of what is sent. Every file sent
out is stored byte for byte.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from clients.custodians import writing
from clients.models import Account, Policy
from compliance.audit_trail import audit
from compliance.models import Approval
from compliance.models.reviews import SubjectKind
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Cause, Conflict, NotAllowed, Stale
from compliance.review_desk import approvals
from compliance.rules import limit_collar
from compliance.rules.facts import case
from rebalancing import access
from rebalancing.cases import case_trades
from rebalancing.models import (
    BatchFile,
    Order,
    OrderBatch,
    OrderLot,
    Proposal,
    ProposedLot,
    ProposedOrder,
    Revision,
)
from rebalancing.portfolios import order_terms
from rebalancing.portfolios.order_terms import Terms
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
    """Turn an approved proposal into an order batch: one transaction and one batch, even if the button is
    clicked twice.

    Raises `NotAllowed` (role, or the approver), `Conflict` (not approved, or released by somebody else),
    `Stale` (an input moved since approval) or `Blocked` (a rule says no at release).
    """
    if refusal := access.refusal_to_release(people.behind(by)):
        raise NotAllowed(refusal, "Ask a trader to release it.")
    with transaction.atomic():
        proposal, revision = proposals.lock(proposal)
        standing = OrderBatch.objects.filter(revision=revision).select_related("released_by").first()
        if standing is not None:
            if str(standing.released_by_id) == by.person_ref:
                return standing
            raise Conflict(
                f"{standing.released_by} released these orders already.",
                "Open the batch to see the orders.",
            )
        if proposal.state != Proposal.State.APPROVED:
            raise Conflict(
                f"This proposal is {proposal.get_state_display().lower()}; only approved ones are released.",
                "Have it reviewed first.",
            )
        bindings.refuse_if_changed(revision)
        digest = revisions.fingerprint_of(revision)
        approval = approvals.require_approval(
            subject_kind=SubjectKind.PROPOSAL, subject_id=proposal.public_id, fingerprint=digest, at=at
        )
        portfolio = _check_again(revision, approval, at=at)
        orders = list(
            revision.orders.select_related("account__household", "security").prefetch_related("lots__lot")
        )
        batch = OrderBatch.objects.create(
            revision=revision,
            approval=approval,
            fingerprint=digest,
            allocation_statement=allocation_statement(orders),
            allocation_written_at=at,
            released_at=at,
            released_by_id=int(by.person_ref),
        )
        terms = _terms(orders, portfolio, at=at)
        sent = [_order(batch, proposed, revision, terms[proposed.pk]) for proposed in orders]
        _write_files(batch, sent, at=at)
        approvals.use(approval, by=by, at=at)
        proposals.mark_released(proposal, at=at)
        audit.record(
            audit.Action.BATCH_RELEASED,
            about=batch,
            by=by,
            at=at,
            sealing=[(kind, batch.pk) for kind in ("order_batch", "orders", "order_lots", "batch_files")],
            proposal=proposal.public_id,
            revision=revision.number,
            fingerprint=digest,
            approval=approval.public_id,
            orders=[order.reference for order in sent],
            files={file.name: file.sha256 for file in batch.files.all()},
        )
    return batch


def mark_exported(file: BatchFile, *, by: Actor, at: datetime) -> None:
    """Record that somebody downloaded a file; its orders count as exported from then on.

    Raises `NotAllowed` for anybody but the trading desk.
    """
    if refusal := access.refusal_to_take_out(people.behind(by)):
        raise NotAllowed(refusal, "Ask a trader to download it.")
    with transaction.atomic():
        if file.kind != BatchFile.Kind.LOTS:
            file.batch.orders.filter(account__custodian=file.custodian, state=Order.State.READY).update(
                state=Order.State.EXPORTED
            )
        audit.record(
            audit.Action.DATA_EXPORTED, about=file.batch, by=by, at=at, file=file.name, sha256=file.sha256
        )


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
    blocks: dict[tuple[str, str], list[ProposedOrder]] = defaultdict(list)
    for order in orders:
        blocks[order.side, order.security.symbol].append(order)
    lines = []
    for (side, symbol), parts in sorted(blocks.items(), reverse=True):
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


def _terms(orders: list[ProposedOrder], portfolio: Portfolio, *, at: datetime) -> dict[int, Terms]:
    """The kind and limit of each order, as they were checked."""
    quotes = case_trades.quotes_of_the_day([order.security for order in orders], at=at)
    thresholds = portfolio.rows.figures.thresholds()
    prices = {row.id: row.price for row in portfolio.household.securities}
    return {
        order.pk: order_terms.of(
            order.security,
            order.side,
            order.quantity,
            quote=quotes.get(order.security_id),
            price=prices.get(order.security.symbol),
            thresholds=thresholds,
        )
        for order in orders
    }


def _order(batch: OrderBatch, proposed: ProposedOrder, revision: Revision, terms: Terms) -> Order:
    assert revision.review is not None, "a stored revision always has its review"
    makers = [
        str(maker.person) for maker in revision.review.makers.filter(done_at=None).select_related("person")
    ]
    order = Order.objects.create(
        batch=batch,
        proposed=proposed,
        reference=f"{batch.public_id.removeprefix('ba_').upper()}-{proposed.position}",
        account=proposed.account,
        security=proposed.security,
        side=proposed.side,
        quantity=proposed.quantity,
        order_type=terms.order_type or limit_collar.MARKET,
        limit_price=terms.limit,
        recommended_by=", ".join([revision.review.requested_by_label, *makers])[:200],
        placed_by_id=batch.released_by_id,
        is_discretionary=proposed.account.discretion == Account.Discretion.DISCRETIONARY
        and revision.policy.discretion == Policy.Discretion.FULL,
    )
    OrderLot.objects.bulk_create(
        OrderLot(
            order=order,
            lot=use.lot,
            quantity=use.quantity,
            acquired_on=use.lot.acquired_on,
            unit_cost=None if use.basis is None else (use.basis / use.quantity).quantize(Decimal("0.000001")),
            term=use.term,
        )
        for use in proposed.lots.all()
    )
    return order


def _write_files(batch: OrderBatch, orders: list[Order], *, at: datetime) -> None:
    by_custodian: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_custodian[order.account.custodian].append(order)
    for custodian, own in sorted(by_custodian.items()):
        decimals = writing.share_decimals(custodian)
        lines = [_line(order) for order in own]
        texts = {
            BatchFile.Kind.ORDERS: writing.orders_csv(lines, decimals=decimals).text,
            BatchFile.Kind.ALLOCATIONS: writing.allocations_csv(_allocations(batch, own)).text,
        }
        if lots := [line for order in own for line in _lot_lines(order)]:
            texts[BatchFile.Kind.LOTS] = writing.lots_csv(lots, decimals=decimals).text
        if custodian == Account.Custodian.IBKR:
            texts[BatchFile.Kind.BASKET] = writing.ibkr_basket(lines, tag=batch.public_id).text
        for kind, text in texts.items():
            BatchFile.objects.create(
                batch=batch,
                kind=kind,
                custodian=custodian,
                name=f"{batch.public_id}-{custodian}-{kind}.csv",
                content=text,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                made_at=at,
            )


def _line(order: Order) -> writing.OrderLine:
    return writing.OrderLine(
        order_id=order.reference,
        account=order.account.number or "",
        side=order.side.upper(),
        symbol=order.security.symbol,
        quantity=order.quantity,
        order_type="LMT" if order.order_type == limit_collar.LIMIT else "MKT",
        limit=order.limit_price,
    )


def _allocations(batch: OrderBatch, orders: list[Order]) -> list[writing.AllocationLine]:
    return [
        writing.AllocationLine(
            block_id=f"{batch.public_id}-{order.side}-{order.security.symbol}",
            account=order.account.number or "",
            quantity=order.quantity,
        )
        for order in orders
    ]


def _lot_lines(order: Order) -> list[writing.LotLine]:
    """The lots of one sale as the custodian identifies them; sales in untaxed accounts need none."""
    uses = order.lots.select_related("lot")
    if order.account.tax_treatment != Account.TaxTreatment.TAXABLE:
        return []
    return [
        writing.LotLine(
            order_id=order.reference,
            account=order.account.number or "",
            symbol=order.security.symbol,
            lot_id=use.lot.key,
            acquired_on=use.acquired_on,
            unit_cost=use.unit_cost,
            quantity_held=use.lot.quantity,
            quantity_to_sell=use.quantity,
            term={ProposedLot.Term.SHORT: "ST", ProposedLot.Term.LONG: "LT"}.get(ProposedLot.Term(use.term)),
        )
        for use in uses
    ]
