"""The blotter: what waits for release, and every order with the memorandum rule 204-2(a)(3) asks for."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.urls import reverse

from clients import figures
from clients.custodians.house.house_cells import escaped
from clients.models import Account
from compliance.clock import EASTERN
from compliance.models import Approval
from rebalancing import access
from rebalancing.models import Order, OrderLot, Proposal, ProposedLot, ProposedOrder

PAGE_SIZE = 50
CUSTODIANS = dict(Account.Custodian.choices)
STATES = dict(Order.State.choices)
TERMS = dict(ProposedLot.Term.choices)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show of the blotter, as it stands in the address: choices and a day, never a name."""

    state: str = ""
    custodian: str = ""
    day: date | None = None

    @classmethod
    def of(cls, query: Any) -> Asked:
        """The filters of an address; what is no choice is left out rather than refused."""
        state, custodian = query.get("state", ""), query.get("custodian", "")
        try:
            day = date.fromisoformat(query.get("day", ""))
        except ValueError:
            day = None
        return cls(
            state=state if state in STATES else "",
            custodian=custodian if custodian in CUSTODIANS else "",
            day=day,
        )

    def query(self, **changed: str) -> str:
        parts = {
            "state": self.state,
            "custodian": self.custodian,
            "day": self.day.isoformat() if self.day else "",
        }
        return urlencode({name: value for name, value in (parts | changed).items() if value})

    def narrowed(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """The orders asked for. Days are Eastern days."""
        if self.state:
            orders = orders.filter(state=self.state)
        if self.custodian:
            orders = orders.filter(account__custodian=self.custodian)
        if self.day:
            starts = datetime.combine(self.day, time(), EASTERN)
            ends = datetime.combine(self.day + timedelta(days=1), time(), EASTERN)
            orders = orders.filter(batch__released_at__gte=starts, batch__released_at__lt=ends)
        return orders


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    url: str
    is_on: bool
    count: int | None = None


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


@dataclass(frozen=True, slots=True)
class BlotterPage:
    heading: str
    lead: str
    waiting: tuple[WaitingRow, ...]
    rows: tuple[OrderRow, ...]
    pager: Page[Any]
    query: str
    states: tuple[Filter, ...]
    custodians: tuple[Filter, ...]
    asked: Asked
    day: str
    is_filtered: bool
    csv_url: str
    refusal_to_release: str | None


def show(user: Any, asked: Asked, *, number: str | None, at: datetime) -> BlotterPage:
    """The blotter of this person's scope; the number of queries does not grow with the rows."""
    orders = orders_for(user)
    counts = dict(
        Asked(custodian=asked.custodian, day=asked.day)
        .narrowed(orders)
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    pager = Paginator(asked.narrowed(orders), PAGE_SIZE).get_page(number)
    waiting = _waiting(user, at=at)
    return BlotterPage(
        heading=_heading(len(waiting)),
        lead=(
            "Orders go out only after a second person approved exactly these figures."
            if waiting
            else "Approved proposals appear here until their orders are released."
        ),
        waiting=waiting,
        rows=tuple(order_row(order) for order in pager),
        pager=pager,
        query=asked.query(),
        states=(
            Filter("All", f"?{asked.query(state='')}", not asked.state, sum(counts.values())),
            *(
                Filter(label, f"?{asked.query(state=value)}", asked.state == value, counts.get(value, 0))
                for value, label in STATES.items()
            ),
        ),
        custodians=(
            Filter("All custodians", f"?{asked.query(custodian='')}", not asked.custodian),
            *(
                Filter(label, f"?{asked.query(custodian=value)}", asked.custodian == value)
                for value, label in CUSTODIANS.items()
            ),
        ),
        asked=asked,
        day=asked.day.isoformat() if asked.day else "",
        is_filtered=asked != Asked(),
        csv_url=f"{reverse('rebalancing:blotter_csv')}?{asked.query()}",
        refusal_to_release=access.refusal_to_release(user),
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
        amount=order.proposed.amount,
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
    )


HEADER = (
    "order_id",
    "batch",
    "released_at",
    "household",
    "account",
    "custodian",
    "side",
    "symbol",
    "quantity",
    "order_type",
    "limit",
    "tif",
    "estimated_price",
    "estimated_amount",
    "recommended_by",
    "approved_by",
    "approved_at",
    "placed_by",
    "discretionary",
    "lots",
    "state",
    "fingerprint",
)


def as_csv(rows: Iterable[OrderRow]) -> str:
    """The rows as CSV: texts cannot start a formula in a spreadsheet, numbers stay numbers, times are ET."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(
            (
                escaped(row.reference),
                escaped(row.batch),
                _moment(row.released_at),
                escaped(row.household),
                escaped(f"{row.account} {figures.masked(row.last4)}"),
                escaped(row.custodian),
                row.side.upper(),
                escaped(row.symbol),
                _plain(row.quantity),
                row.order_type,
                "" if row.limit_price is None else _plain(row.limit_price),
                row.time_in_force,
                _plain(row.price),
                f"{row.amount:.2f}",
                escaped(row.recommended_by),
                escaped(row.approved_by),
                _moment(row.approved_at),
                escaped(row.placed_by),
                "yes" if row.is_discretionary else "no",
                escaped("; ".join(lot.words for lot in row.lots)),
                row.state,
                row.fingerprint,
            )
        )
    return out.getvalue()


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
        return "Nothing waits for release"
    return "1 proposal waits for release" if count == 1 else f"{count} proposals wait for release"


def _lot(use: OrderLot) -> LotUse:
    return LotUse(
        key=use.lot.key,
        acquired_on=use.acquired_on,
        quantity=use.quantity,
        unit_cost=use.unit_cost,
        term=use.term,
        term_label=TERMS.get(use.term, use.term),
    )


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(at: datetime) -> str:
    return at.astimezone(EASTERN).isoformat(timespec="seconds")
