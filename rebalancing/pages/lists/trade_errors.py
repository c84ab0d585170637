"""Errors made in trading: what happened, how it was corrected, who approved that; and the page of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from clients import figures
from compliance.doors import pages as doors
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.models import TradeError

OPEN, SETTLED, WITHDRAWN, ALL = "open", "settled", "withdrawn", "all"
STATES = ((OPEN, "Open"), (SETTLED, "Settled"), (WITHDRAWN, "Withdrawn"), (ALL, "All"))


class TradeErrorFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(choices=STATES, method="of_state")
    cause = django_filters.ChoiceFilter(
        label="Cause", choices=TradeError.Cause.choices, empty_label="Every cause"
    )

    def of_state(self, rows: QuerySet[TradeError], name: str, value: str) -> QuerySet[TradeError]:
        return in_state(rows, value)


def in_state(rows: QuerySet[TradeError], state: str) -> QuerySet[TradeError]:
    """The errors in one state."""
    if state == OPEN:
        return rows.filter(approved_at=None, withdrawn_at=None)
    if state == SETTLED:
        return rows.filter(approved_at__isnull=False)
    return rows.filter(withdrawn_at__isnull=False) if state == WITHDRAWN else rows


KIND = Kind(
    name="trade errors",
    about=("trade_error_list", "trade_errors"),
    filters=TradeErrorFilters,
    orderings={"happened_on": ("happened_on", "pk"), "household": ("account__household__name", "pk")},
    usual="-happened_on",
    first_down=frozenset({"happened_on"}),
    searched=("account__household__name", "account__household__code"),
)
HEADER = (
    "error", "household", "account", "order", "cause", "happened_on", "description", "recorded_by", "correction",
    "corrected_on", "effect", "paid", "paid_on", "corrected_by", "approved_by", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ErrorRow:
    public_id: str
    url: str
    household: str
    household_url: str
    account: str
    order: str
    cause: str
    happened_on: date
    description: str
    made_by: str
    made_at: datetime
    correction: str
    corrected_on: date | None
    effect: str
    paid: str
    paid_on: date | None
    corrected_by: str
    approved_by: str
    state: str
    state_tone: str
    withdraw_reason: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Shares that went to the error account, below zero that came back; `amount` in dollars to the client's account."""

    moved_on: date
    error_account: str
    symbol: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    made_by: str


@dataclass(frozen=True, slots=True)
class ErrorsPage:
    heading: str
    rows: tuple[ErrorRow, ...]
    listing: Listing


@dataclass(frozen=True, slots=True)
class ErrorPage:
    row: ErrorRow
    links: tuple[Any, ...]
    entries: tuple[EntryRow, ...]


def show(user: Any, asked: Asked) -> ErrorsPage:
    """The errors in the accounts that this person may see."""
    visible = access.trade_errors_for(user)
    found, pager = listing.page_of(asked, asked.narrowed(_told(visible)))
    count = in_state(visible, OPEN).count()
    others = asked.narrowed(visible, without=["state"]).order_by()
    return ErrorsPage(
        heading=("1 trade error is open" if count == 1 else f"{count} trade errors are open")
        if count
        else "No trade error is open",
        rows=tuple(row_of(one) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [
                        ("", "All", others.count()),
                        *((key, label, in_state(others, key).count()) for key, label in STATES[:-1]),
                    ],
                ),
            ),
            columns={"happened_on": "Day", "household": "Household"},
        ),
    )


def of_one(row: TradeError, user: Any) -> ErrorPage:
    """One error and the doors that this person may use."""
    names = ("trade_error_move", "trade_error_correct", "trade_error_approve", "trade_error_withdraw")
    return ErrorPage(
        row_of(row),
        tuple(doors.links(tuple(f"rebalancing:{name}" for name in names), user, row)),
        tuple(
            EntryRow(
                one.moved_on,
                one.error_account,
                one.security.symbol,
                one.quantity,
                one.price,
                one.amount,
                str(one.made_by),
            )
            for one in row.entries.select_related("security", "made_by")
        ),
    )


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every error of the view, under `HEADER`."""
    for one in asked.narrowed(_told(access.trade_errors_for(user))):
        row = row_of(one)
        yield (
            row.public_id, row.household, row.account, row.order, row.cause, one.happened_on, one.description,
            row.made_by, one.correction, one.corrected_on, one.effect, one.paid, one.paid_on, row.corrected_by,
            row.approved_by, one.withdraw_reason,
        )  # fmt: skip


def _told(rows: QuerySet[TradeError]) -> QuerySet[TradeError]:
    return rows.select_related("account__household", "order", "made_by", "corrected_by", "approved_by").defer(
        "account__number"
    )


def row_of(one: TradeError) -> ErrorRow:
    household = one.account.household
    state, tone = "Open", "held"
    if one.withdrawn_at is not None:
        state, tone = "Withdrawn", "closed"
    elif one.approved_at is not None:
        state, tone = "Settled", "closed"
    elif one.corrected_at is not None:
        state, tone = "Waits for approval", "waiting"
    return ErrorRow(
        public_id=one.public_id,
        url=reverse("rebalancing:trade_error", args=[one.public_id]),
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        account=one.account.name,
        order=one.order.reference if one.order else "",
        cause=one.get_cause_display(),
        happened_on=one.happened_on,
        description=one.description,
        made_by=str(one.made_by),
        made_at=one.made_at,
        correction=one.correction,
        corrected_on=one.corrected_on,
        effect="" if one.effect is None else figures.money(one.effect, signed=True),
        paid="" if one.paid is None else figures.money(one.paid),
        paid_on=one.paid_on,
        corrected_by=str(one.corrected_by) if one.corrected_by else "",
        approved_by=str(one.approved_by) if one.approved_by else "",
        state=state,
        state_tone=tone,
        withdraw_reason=one.withdraw_reason,
    )
