"""The list of the firm's own layouts of order files, and the page of one with what it writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clients.models import Account
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from rebalancing import access
from rebalancing.execution import column_maps, order_layouts
from rebalancing.models import OrderLayout

OF_A_LAYOUT = ("rebalancing:order_layout_change", "rebalancing:order_layout_retire")
CUSTODIANS = dict(Account.Custodian.choices)
KINDS = dict(OrderLayout.Kind.choices)


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """A layout in a line."""

    name: str
    url: str
    custodian: str
    kind: str
    source: str
    made_by: str
    made_at: datetime
    retired_at: datetime | None
    retire_reason: str


@dataclass(frozen=True, slots=True)
class StartRow:
    """What is published of a layout, to begin with."""

    name: str
    custodian: str
    kind: str
    known: str
    url: str


@dataclass(frozen=True, slots=True)
class LayoutsPage:
    rows: tuple[LayoutRow, ...]
    before: tuple[LayoutRow, ...]
    starts: tuple[StartRow, ...]
    make: tuple[DoorLink, ...]
    warning: str


@dataclass(frozen=True, slots=True)
class LayoutPage:
    """One layout: its columns, the first lines it writes with account numbers masked, and the one before it."""

    row: LayoutRow
    columns: str
    fields: tuple[tuple[str, str], ...]
    preview: str
    before_url: str
    doors: tuple[DoorLink, ...]
    list_url: str
    warning: str


def show(user: Any) -> LayoutsPage:
    """Every layout, those in force first, in a fixed number of queries."""
    found = list(access.order_layouts_for(user).select_related("made_by"))
    make = doors.links(("rebalancing:order_layout_make",), user)
    return LayoutsPage(
        rows=tuple(_row(one) for one in found if one.retired_at is None),
        before=tuple(_row(one) for one in found if one.retired_at is not None),
        starts=tuple(_start(one) for one in order_layouts.STARTS) if make else (),
        make=make,
        warning=order_layouts.NOT_CONFIRMED,
    )


def of_one(layout: OrderLayout, user: Any) -> LayoutPage:
    """A layout with the first lines it would write for the last orders that this person sees."""
    orders = order_layouts.orders_at(layout.custodian, among=access.orders_for(user), kind=layout.kind)
    preview = order_layouts.preview(
        layout.custodian, order_layouts.terms_of(layout), among=orders, kind=layout.kind
    )
    before = layout.replaces
    return LayoutPage(
        row=_row(layout),
        columns=layout.columns,
        fields=tuple((name, said[0]) for name, said in column_maps.FIELDS.items()),
        preview=preview if orders else "",
        before_url=reverse("rebalancing:order_layout", args=[before.public_id]) if before else "",
        doors=doors.links(OF_A_LAYOUT, user, layout),
        list_url=reverse("rebalancing:order_layouts"),
        warning=order_layouts.NOT_CONFIRMED,
    )


def _row(one: OrderLayout) -> LayoutRow:
    return LayoutRow(
        name=one.name,
        url=reverse("rebalancing:order_layout", args=[one.public_id]),
        custodian=one.get_custodian_display(),
        kind=one.get_kind_display(),
        source=one.source,
        made_by=str(one.made_by),
        made_at=one.made_at,
        retired_at=one.retired_at,
        retire_reason=one.retire_reason,
    )


def _start(one: order_layouts.Start) -> StartRow:
    values = {
        "at_custodian": one.custodian,
        "kind": one.kind,
        "name": one.terms.name,
        "columns": one.terms.columns,
        "delimiter": one.terms.delimiter,
        "source": one.terms.source,
        **({"has_captions": "on"} if one.terms.has_captions else {}),
    }
    return StartRow(
        name=one.terms.name,
        custodian=str(CUSTODIANS[one.custodian]),
        kind=str(KINDS[one.kind]),
        known=one.known,
        url=f"{reverse('rebalancing:order_layout_make')}?{urlencode(values)}",
    )
