"""The blotter: what waits for release, and every order with the memorandum rule 204-2(a)(3) asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.urls import reverse

from clients import figures
from clients.models import Account
from compliance.clock import EASTERN
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.listing import Listing
from compliance.models import Approval
from rebalancing import access
from rebalancing.models import Order, OrderLot, Proposal, ProposedLot, ProposedOrder
from rebalancing.pages import blocks
from rebalancing.pages.blocks import InHand

CENT, ONE = Decimal("0.01"), Decimal(1)
CUSTODIANS = dict(Account.Custodian.choices)
TERMS = dict(ProposedLot.Term.choices)


class OrderFilters(django_filters.FilterSet):
    """Choices and a day, never a name. Days are Eastern days."""

    state = django_filters.ChoiceFilter(choices=Order.State.choices)
    custodian = django_filters.ChoiceFilter(
        choices=Account.Custodian.choices, field_name="account__custodian"
    )
    day = django_filters.DateFilter(label="Released on", method="released_on")

    def released_on(self, rows: QuerySet[Order], name: str, day: date) -> QuerySet[Order]:
        starts = datetime.combine(day, time(), EASTERN)
        ends = datetime.combine(day + timedelta(days=1), time(), EASTERN)
        return rows.filter(batch__released_at__gte=starts, batch__released_at__lt=ends)


KIND = Kind(
    name="orders",
    about=("blotter", "blotter"),
    filters=OrderFilters,
    orderings={
        "released_at": ("batch__released_at", "batch_id", "-pk"),
        "household": ("batch__revision__proposal__household__name", "pk"),
    },
    usual="-released_at",
    first_down=frozenset({"released_at"}),
    searched=(
        *("batch__revision__proposal__household__name", "batch__revision__proposal__household__code"),
        *("security__symbol", "security__name"),
    ),
)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An approved proposal whose orders have not gone out."""

    url: str
    proposal_url: str
    reference: str
    household: str
    custodians: str
    orders: int
    sells: Decimal
    buys: Decimal
    approved_by: str
    approved_at: datetime
    expires_at: datetime
    has_lapsed: bool


@dataclass(frozen=True, slots=True)
class LotUse:
    """One lot of a sale as it was instructed."""

    key: str
    acquired_on: date | None
    quantity: Decimal
    unit_cost: Decimal | None
    term: str
    term_label: str

    @property
    def words(self) -> str:
        bought = self.acquired_on.isoformat() if self.acquired_on else "no date"
        return f"{self.key or 'no id'} ({bought}): {figures.quantity(self.quantity)}"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order and its memorandum: terms, account, who recommended, approved and placed it, discretion, lots."""

    reference: str
    batch: str
    batch_url: str
    household: str
    account: str
    last4: str
    custodian: str
    side: str
    symbol: str
    security: str
    quantity: Decimal
    terms: str
    order_type: str
    limit_price: Decimal | None
    time_in_force: str
    price: Decimal
    amount: Decimal
    recommended_by: str
    approved_by: str
    approved_at: datetime
    placed_by: str
    released_at: datetime
    is_discretionary: bool
    lots: tuple[LotUse, ...]
    state: str
    state_label: str
    fingerprint: str
    revision: int
    block: str
    filled: Decimal
    leaves: Decimal
    average_price: Decimal | None
    fees: Decimal
    end_reason: str
    notes: tuple[str, ...] = ()
    modified: str = ""


@dataclass(frozen=True, slots=True)
class BlotterPage:
    heading: str
    lead: str
    waiting: tuple[WaitingRow, ...]
    rows: tuple[OrderRow, ...]
    listing: Listing
    state: str
    custodian: str
    day: str
    refusal_to_release: str | None
    hand: InHand


def show(user: Any, asked: Asked, *, at: datetime) -> BlotterPage:
    """The blotter of this person's scope; the number of queries does not grow with the rows."""
    orders = orders_for(user)
    by_state = dict(
        asked.narrowed(orders, without=["state"]).order_by().values_list("state").annotate(Count("pk"))
    )
    found, pager = listing.page_of(asked, asked.narrowed(orders))
    waiting = _waiting(user, at=at)
    return BlotterPage(
        heading=_heading(len(waiting)),
        lead=(
            "Orders go out only after a second person approved exactly these figures."
            if waiting
            else "Approved proposals appear here until their orders are released."
        ),
        waiting=waiting,
        rows=tuple(order_row(order) for order in found),
        listing=listing.listing(
            asked,
            pager,
            held=orders,
            chips=(
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        ("", "All", sum(by_state.values())),
                        *(
                            (value, str(label), by_state.get(value, 0))
                            for value, label in Order.State.choices
                        ),
                    ],
                ),
                listing.chips(
                    asked,
                    "custodian",
                    "Filter by custodian",
                    [
                        ("", "All custodians", None),
                        *((value, str(label), None) for value, label in Account.Custodian.choices),
                    ],
                ),
            ),
            columns={"household": "Order", "released_at": "Placed by"},
        ),
        state=asked.texts.get("state", ""),
        custodian=asked.texts.get("custodian", ""),
        day=asked.texts.get("day", ""),
        refusal_to_release=access.refusal_to_release(user),
        hand=blocks.in_hand(user, at=at),
    )


def orders_for(user: Any) -> QuerySet[Order]:
    """The orders of this person's scope, newest first, with everything a memorandum needs."""
    return (
        Order.objects.filter(batch__in=access.batches_for(user))
        .select_related(
            "account",
            "security",
            "placed_by",
            "proposed",
            "block",
            "batch__approval",
            "batch__revision__proposal__household",
        )
        .prefetch_related("lots__lot")
        .order_by("-batch__released_at", "-batch_id", "pk")
    )


def order_row(order: Order) -> OrderRow:
    """One order as the blotter and the batch page show it."""
    batch = order.batch
    limit = "" if order.limit_price is None else f" {figures.money(order.limit_price)}"
    return OrderRow(
        reference=order.reference,
        batch=batch.public_id,
        batch_url=reverse("rebalancing:batch", args=[batch.public_id]),
        household=batch.revision.proposal.household.name,
        account=order.account.name,
        last4=order.account.number_last4,
        custodian=order.account.get_custodian_display(),
        side=order.side,
        symbol=order.security.symbol,
        security=order.security.name,
        quantity=order.quantity,
        terms=f"{order.order_type.capitalize()}{limit}, {order.time_in_force}",
        order_type=order.order_type,
        limit_price=order.limit_price,
        time_in_force=order.time_in_force,
        price=order.proposed.price,
        amount=order.planned_amount,
        recommended_by=order.recommended_by,
        approved_by=batch.approval.approved_by_label,
        approved_at=batch.approval.approved_at,
        placed_by=str(order.placed_by),
        released_at=batch.released_at,
        is_discretionary=order.is_discretionary,
        lots=tuple(_lot(use) for use in order.lots.all()),
        state=order.state,
        state_label=order.get_state_display(),
        fingerprint=batch.fingerprint,
        revision=batch.revision.number,
        block=order.block.reference if order.block else "",
        filled=order.filled_quantity,
        leaves=order.leaves_quantity,
        average_price=order.average_price,
        fees=order.fees,
        end_reason=order.end_reason,
        notes=tuple(_notes(order)),
        modified=order.reduced_reason,
    )


def _notes(order: Order) -> Iterator[str]:
    """What else is to be said of an order: its slice, what it waits for, why it became smaller, when it may be sold."""
    if order.slices > 1:
        yield f"Slice {order.slice} of {order.slices}"
    if order.waits_for_sales and order.cleared_at is None and order.state == Order.State.HELD:
        yield "Waits for its account’s sales"
    if order.reduced_reason:
        yield order.reduced_reason
    if order.clean_from is not None and order.state not in Order.NOT_TRADED:
        yield f"Not to be sold before {figures.day(order.clean_from)}: the sales that pay for it settle then"


def _waiting(user: Any, *, at: datetime) -> tuple[WaitingRow, ...]:
    proposals = list(
        access.proposals_for(user)
        .filter(state=Proposal.State.APPROVED)
        .select_related("household")
        .order_by("household__name", "pk")
    )
    approvals = {
        one.subject_id: one
        for one in Approval.objects.filter(
            subject_kind="proposal", subject_id__in=[proposal.public_id for proposal in proposals]
        ).order_by("approved_at", "pk")
    }
    orders: dict[int, list[ProposedOrder]] = defaultdict(list)
    revisions = ProposedOrder.objects.filter(
        revision__proposal__in=proposals, revision__review__approval__isnull=False
    )
    for order in revisions.select_related("account", "revision"):
        orders[order.revision.proposal_id].append(order)
    return tuple(
        _waiting_row(proposal, approvals[proposal.public_id], orders[proposal.pk], at=at)
        for proposal in proposals
        if proposal.public_id in approvals
    )


def _waiting_row(
    proposal: Proposal, approval: Approval, orders: list[ProposedOrder], *, at: datetime
) -> WaitingRow:
    def total(side: str) -> Decimal:
        return sum((order.amount for order in orders if order.side == side), Decimal(0))

    return WaitingRow(
        url=reverse("rebalancing:release", args=[proposal.public_id]),
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]),
        reference=approval.public_id,
        household=proposal.household.name,
        custodians=", ".join(sorted({order.account.get_custodian_display() for order in orders})),
        orders=len(orders),
        sells=total(ProposedOrder.Side.SELL),
        buys=total(ProposedOrder.Side.BUY),
        approved_by=approval.approved_by_label,
        approved_at=approval.approved_at,
        expires_at=approval.expires_at,
        has_lapsed=approval.expires_at <= at,
    )


def _heading(count: int) -> str:
    if not count:
        return "No proposal is ready to release"
    return "1 proposal is ready to release" if count == 1 else f"{count} proposals are ready to release"


def _lot(use: OrderLot) -> LotUse:
    return LotUse(
        key=use.lot.key,
        acquired_on=use.acquired_on,
        quantity=use.quantity,
        unit_cost=use.unit_cost,
        term=use.term,
        term_label=TERMS.get(use.term, use.term),
    )
