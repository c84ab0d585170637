"""What brokers and custodians' files reported of our orders, newest first, and what is parked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import django_filters
from django.db.models import QuerySet

from clients import figures
from clients.models import Account
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access
from rebalancing.models import Fill

CUSTODIANS = dict(Account.Custodian.choices)
"""What a custodian's file reports is told under its code."""


class FillFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    kind = django_filters.ChoiceFilter(label="Kind", choices=Fill.Kind.choices, empty_label="Every kind")
    parked = django_filters.BooleanFilter(field_name="block", lookup_expr="isnull", label="Parked only")
    reference = django_filters.CharFilter(field_name="reference", label="Our reference")


KIND = Kind(
    name="fills",
    about=("fill_list", "fills"),
    filters=FillFilters,
    orderings={"transacted_at": ("transacted_at", "pk"), "broker": ("broker", "transacted_at", "pk")},
    usual="-transacted_at",
    first_down=frozenset({"transacted_at"}),
    searched=("reference", "exec_id", "symbol"),
)
HEADER = (
    "report", "broker", "execution", "kind", "reference", "side", "symbol", "shares", "price", "corrects",
    "trade_on", "transacted_at", "received_at", "block", "parked_because", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FillRow:
    broker: str
    exec_id: str
    kind: str
    reference: str
    side: str
    symbol: str
    quantity: str
    price: str
    corrects: str
    trade_on: date
    transacted_at: datetime
    block: str
    parked_because: str
    text: str


@dataclass(frozen=True, slots=True)
class FillsPage:
    heading: str
    rows: tuple[FillRow, ...]
    listing: Listing


def show(user: Any, asked: Asked) -> FillsPage:
    """The reports that this person may see."""
    visible = access.fills_for(user)
    found, pager = listing.page_of(asked, asked.narrowed(visible.select_related("block")))
    parked = visible.filter(block=None).count()
    return FillsPage(
        heading=_heading(parked),
        rows=tuple(row_of(one) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            columns={"transacted_at": "When", "broker": "Broker"},
        ),
    )


def _heading(parked: int) -> str:
    if not parked:
        return "Every report is about an order of ours"
    return f"{figures.counted(parked, 'report')} {'is' if parked == 1 else 'are'} about no order that we know"


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every report of the view, under `HEADER`."""
    rows: QuerySet[Fill] = asked.narrowed(access.fills_for(user).select_related("block"))
    for one in rows:
        yield (
            one.public_id, one.broker, one.exec_id, one.kind, one.reference, one.side, one.symbol, one.quantity,
            one.price, one.corrects, one.trade_on, one.transacted_at, one.received_at,
            one.block.reference if one.block else "", one.parked_because, one.text,
        )  # fmt: skip


def row_of(one: Fill) -> FillRow:
    return FillRow(
        broker=CUSTODIANS.get(one.broker, one.broker),
        exec_id=one.exec_id,
        kind=one.get_kind_display(),
        reference=one.reference,
        side=one.side,
        symbol=one.symbol,
        quantity=figures.quantity(one.quantity) if one.quantity else "",
        price="" if one.price is None else figures.share_price(one.price).removeprefix("$"),
        corrects=one.corrects,
        trade_on=one.trade_on,
        transacted_at=one.transacted_at,
        block=one.block.reference if one.block else "",
        parked_because="" if one.block else one.parked_because,
        text=one.text,
    )
