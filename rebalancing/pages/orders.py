"""The page before a release, and the page of the batch that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients.custodians import writing
from clients.models import Account
from compliance.doors import refused as told
from compliance.doors.refused import Refused
from compliance.models import Approval
from compliance.refusals import Conflict, NotAllowed, Refusal
from rebalancing import access
from rebalancing.execution import orders
from rebalancing.models import BatchFile, OrderBatch, Proposal, ProposedLot, ProposedOrder
from rebalancing.pages.lists.blotter import CUSTODIANS, TERMS, LotUse, OrderRow, order_row, orders_for
from rebalancing.pages.proposal import next_steps
from rebalancing.proposals import proposals

FILE_WORDS = {
    BatchFile.Kind.ORDERS: "The orders, in our own layout",
    BatchFile.Kind.ALLOCATIONS: "Each account's share of every block",
    BatchFile.Kind.LOTS: "Which lots the sales use, to key in",
    BatchFile.Kind.BASKET: "The orders as a basket to upload",
    BatchFile.Kind.CUSTODIAN: "The orders by your firm's own column map; not confirmed",
    BatchFile.Kind.CUSTODIAN_ALLOCATIONS: "The allocations by your firm's own column map; not confirmed",
    BatchFile.Kind.CUSTODIAN_FILLED: "What was filled, account by account, by your firm's own column map; not confirmed",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the lots of one custodian's sales reach it. The warning counts only where lots are chosen."""

    custodian: str
    orders: int
    how: str
    warning: str
    needs_lots: bool
    standing_methods: str


@dataclass(frozen=True, slots=True)
class ProposedRow:
    account: str
    last4: str
    custodian: str
    side: str
    symbol: str
    security: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    is_discretionary: bool
    lots: tuple[LotUse, ...]


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """Everything that is about to leave the house, restated before it does."""

    household: str
    fingerprint: str
    revision: int
    approved_by: str
    approved_at: datetime | None
    approval: str
    expires_at: datetime | None
    orders: tuple[ProposedRow, ...]
    sells: Decimal
    buys: Decimal
    deliveries: tuple[Delivery, ...]
    allocation_statement: str
    refused: Refused | None
    can_release: bool
    release_url: str
    proposal_url: str
    blotter_url: str


@dataclass(frozen=True, slots=True)
class FileRow:
    name: str
    kind: str
    what: str
    custodian: str
    digest: str
    url: str


@dataclass(frozen=True, slots=True)
class LotLine:
    """A line of the lot sheet: what to tell the custodian about one lot of one sale."""

    reference: str
    last4: str
    custodian: str
    symbol: str
    lot: LotUse
    instruction: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A released batch: what was sent, on whose approval, what must be keyed in, and the files."""

    heading: str
    reference: str
    household: str
    fingerprint: str
    released_at: datetime
    released_by: str
    approval: str
    approved_by: str
    approved_at: datetime
    allocation_written_at: datetime
    allocation_statement: str
    orders: tuple[OrderRow, ...]
    lots: tuple[LotLine, ...]
    deliveries: tuple[Delivery, ...]
    files: tuple[FileRow, ...]
    refusal_to_take_out: str | None
    proposal_url: str
    blotter_url: str
    summary_url: str
    letter_url: str


def release_check(
    user: Any, proposal: Proposal, *, refused: Refusal | None = None, at: datetime
) -> ReleasePage:
    """What a release would send. `refused` is why it was refused just now."""
    revision = proposals.current(proposal)
    found = list(revision.orders.select_related("account", "security").prefetch_related("lots__lot"))
    approval = Approval.objects.filter(review=revision.review).first()
    refusal = _refusal_to_release(user, proposal, refused)

    def total(side: str) -> Decimal:
        return sum((order.amount for order in found if order.side == side), Decimal(0))

    return ReleasePage(
        household=proposal.household.name,
        fingerprint=revision.fingerprint,
        revision=revision.number,
        approved_by=approval.approved_by_label if approval else "",
        approved_at=approval.approved_at if approval else None,
        approval=approval.public_id if approval else "",
        expires_at=approval.expires_at if approval else None,
        orders=tuple(_proposed(order) for order in found),
        sells=total(ProposedOrder.Side.SELL),
        buys=total(ProposedOrder.Side.BUY),
        deliveries=_deliveries(
            [(order.account, _chooses_lots(order.account, order.side)) for order in found]
        ),
        allocation_statement=orders.allocation_statement(found),
        refused=told.told(refusal, known=next_steps.of(refusal, proposal, verb="release", user=user, at=at))
        if refusal
        else None,
        can_release=refusal is None or refused is not None,
        release_url=reverse("rebalancing:release", args=[proposal.public_id]),
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]),
        blotter_url=reverse("rebalancing:blotter"),
    )


def _refusal_to_release(user: Any, proposal: Proposal, refused: Refusal | None) -> Refusal | None:
    if refused is not None:
        return refused
    if sentence := access.refusal_to_release(user):
        return NotAllowed(sentence)
    if proposal.state != Proposal.State.APPROVED:
        state = proposal.get_state_display().lower()
        return Conflict(f"This proposal is {state}; only approved ones are released.", kind="already-settled")
    return None


def batch(user: Any, stored: OrderBatch) -> BatchPage:
    """A batch within this person's scope."""
    found = list(orders_for(user).filter(batch=stored))
    rows = tuple(order_row(order) for order in found)
    household = stored.revision.proposal.household.name
    summary = access.summaries_for(user).filter(revision=stored.revision).first()
    return BatchPage(
        heading=f"{len(rows)} order{'' if len(rows) == 1 else 's'} released for {household}",
        reference=stored.public_id,
        household=household,
        fingerprint=stored.fingerprint,
        released_at=stored.released_at,
        released_by=str(stored.released_by),
        approval=stored.approval.public_id,
        approved_by=stored.approval.approved_by_label,
        approved_at=stored.approval.approved_at,
        allocation_written_at=stored.allocation_written_at,
        allocation_statement=stored.allocation_statement,
        orders=rows,
        lots=tuple(
            LotLine(
                reference=order.reference,
                last4=order.account.number_last4,
                custodian=order.account.get_custodian_display(),
                symbol=order.security.symbol,
                lot=use,
                instruction=_instruction(use),
            )
            for order, row in zip(found, rows, strict=True)
            if _chooses_lots(order.account, order.side)
            for use in row.lots
        ),
        deliveries=_deliveries(
            [(order.account, _chooses_lots(order.account, order.side)) for order in found]
        ),
        files=tuple(
            FileRow(
                name=file.name,
                kind=file.get_kind_display(),
                what=FILE_WORDS[BatchFile.Kind(file.kind)],
                custodian=CUSTODIANS.get(file.custodian, file.custodian),
                digest=file.sha256,
                url=reverse("rebalancing:batch_file", args=[stored.public_id, file.name]),
            )
            for file in stored.files.defer("content")
        ),
        refusal_to_take_out=access.refusal_to_take_out(user),
        proposal_url=reverse("rebalancing:proposal", args=[stored.revision.proposal.public_id]),
        blotter_url=reverse("rebalancing:blotter"),
        summary_url=reverse("rebalancing:summary", args=[summary.public_id]) if summary else "",
        letter_url=reverse("rebalancing:letter", args=[summary.public_id]) if summary else "",
    )


def _chooses_lots(account: Account, side: str) -> bool:
    """Whether it matters which lots a sale uses: only where somebody is taxed on it."""
    return side == ProposedOrder.Side.SELL and account.tax_treatment == Account.TaxTreatment.TAXABLE


def _deliveries(parts: list[tuple[Account, bool]]) -> tuple[Delivery, ...]:
    """One line a custodian, the warning only where a sale depends on its lots."""
    found = []
    for key in sorted({account.custodian for account, _ in parts}):
        own = [(account, chooses) for account, chooses in parts if account.custodian == key]
        told = writing.lot_delivery(key)
        needs_lots = any(chooses for _, chooses in own) and not told.by_file
        methods = {account.get_lot_method_display().lower() for account, chooses in own if chooses}
        found.append(
            Delivery(
                custodian=CUSTODIANS.get(key, key),
                orders=len(own),
                how=told.how,
                warning=told.warning if needs_lots else "",
                needs_lots=needs_lots,
                standing_methods=", ".join(sorted(methods)),
            )
        )
    return tuple(found)


def _proposed(order: ProposedOrder) -> ProposedRow:
    return ProposedRow(
        account=order.account.name,
        last4=order.account.number_last4,
        custodian=order.account.get_custodian_display(),
        side=order.side,
        symbol=order.security.symbol,
        security=order.security.name,
        quantity=order.quantity,
        price=order.price,
        amount=order.amount,
        is_discretionary=order.account.discretion == Account.Discretion.DISCRETIONARY,
        lots=tuple(_use(use) for use in order.lots.all()) if _chooses_lots(order.account, order.side) else (),
    )


def _use(use: ProposedLot) -> LotUse:
    return LotUse(
        key=use.lot.key,
        acquired_on=use.lot.acquired_on,
        quantity=use.quantity,
        unit_cost=None if use.basis is None else use.basis / use.quantity,
        term=use.term,
        term_label=TERMS.get(use.term, use.term),
    )


def _instruction(use: LotUse) -> str:
    """The sentence a person keys in or reads out, the same as in the lot sheet's file."""
    return writing.vsp_text(
        writing.LotLine(
            order_id="",
            account="",
            symbol="",
            lot_id=use.key or None,
            acquired_on=use.acquired_on,
            unit_cost=use.unit_cost,
            quantity_held=use.quantity,
            quantity_to_sell=use.quantity,
            term=None,
        ),
        shares=use.quantity,
    )
