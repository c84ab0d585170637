"""The firm's own layouts of order and allocation files, by custodian: made, changed, retired, previewed.

A layout is what the firm's custodian has told the firm. The product has confirmed none of them, and says so wherever one
is used; our own layouts are written beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.money import cents
from rebalancing.execution import column_maps
from rebalancing.execution.column_maps import BadMap, OrderRow
from rebalancing.models import AllocationPart, Block, Order, OrderLayout

NOT_CONFIRMED = "Nobody but your firm has confirmed that the custodian takes this layout."
PREVIEWED = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """What a layout says."""

    name: str
    columns: str
    has_captions: bool
    delimiter: str
    source: str


@dataclass(frozen=True, slots=True)
class Start:
    """A beginning for a layout from what is published. What is not is a question mark, and has to be filled in."""

    custodian: str
    kind: str
    terms: Terms
    known: str


STARTS = (
    Start(
        "fidelity",
        OrderLayout.Kind.ORDERS,
        Terms(
            "Wealthscape, import of orders",
            'Account Number = account\nAccount Type = ""\nOrder Action = side (B, S)\nQuantity = quantity\n'
            "Symbol = symbol\nPrice Type = type (?, ?)\nTime In Force = tif (?)\nStop/Limit Price = limit",
            has_captions=False,
            delimiter=",",
            source="Published help of the order import; the codes of price type and time in force are not.",
        ),
        "Columns A to H are published, the codes of F and G are not. A file with more columns is refused there.",
    ),
    Start(
        "fidelity",
        OrderLayout.Kind.ALLOCATIONS,
        Terms(
            "Wealthscape, block orders and allocations",
            'Account Number = account\nAccount Type = ""\nOrder Action = side (B, S)\nQuantity = quantity\n'
            'Symbol = symbol\nRecord = "?"',
            has_captions=False,
            delimiter=",",
            source="Published help of the block import: its first five columns.",
        ),
        "The first five columns are published; how a row says that it is an allocation is not.",
    ),
    Start(
        "ibkr",
        OrderLayout.Kind.FILLED,
        Terms(
            "Interactive Brokers, allocations after the trade",
            'Trading account = "?"\nAllocation account = account\nSymbol = symbol\nSide = side (B, S)\n'
            'Executing broker = "?"\nQuantity = quantity',
            has_captions=False,
            delimiter=",",
            source="An older page on the import of allocations: six columns by position.",
        ),
        "Six columns by position are published on an older page. Fill in your trading account and executing broker.",
    ),
)


def in_force(custodian: str, kind: str) -> OrderLayout | None:
    """The layout by which a custodian's files are written; None where there is none."""
    return OrderLayout.objects.filter(custodian=custodian, kind=kind, retired_at=None).first()


def make(custodian: str, kind: str, terms: Terms, *, user_id: int, by: Actor, at: datetime) -> OrderLayout:
    """Put a layout on record. Raises `BadInput` for a map that cannot be read, `Conflict` where one is in force."""
    _read(terms)
    with transaction.atomic():
        if in_force(custodian, kind) is not None:
            raise Conflict("There is a layout for these files already.", "Change that one, or retire it.")
        return _store(custodian, kind, terms, None, user_id=user_id, by=by, at=at)


def change(layout: OrderLayout, terms: Terms, *, user_id: int, by: Actor, at: datetime) -> OrderLayout:
    """Put another layout in the place of one. Raises `BadInput` for a map that cannot be read, `Conflict` for an old one."""
    _read(terms)
    with transaction.atomic():
        layout = _standing(layout)
        if terms == terms_of(layout):
            raise BadInput("Nothing is changed.", "Change something, or leave the page.")
        _retire(layout, "Changed.", user_id=user_id, at=at)
        return _store(layout.custodian, layout.kind, terms, layout, user_id=user_id, by=by, at=at)


def retire(layout: OrderLayout, *, reason: str, user_id: int, by: Actor, at: datetime) -> OrderLayout:
    """Write no more files by a layout. Raises `Conflict` for one that is retired already."""
    with transaction.atomic():
        layout = _standing(layout)
        _retire(layout, reason, user_id=user_id, at=at)
        audit.record(
            audit.Action.ORDER_LAYOUT_RETIRED,
            about=layout,
            by=by,
            at=at,
            custodian=layout.custodian,
            kind=str(layout.kind),
            reason=reason,
        )
    return layout


def terms_of(layout: OrderLayout) -> Terms:
    return Terms(layout.name, layout.columns, layout.has_captions, layout.delimiter, layout.source)


def text_of(layout: OrderLayout, orders: Sequence[Order]) -> str:
    """The file of these orders by a layout."""
    return _written(terms_of(layout), layout.custodian, [_row(one) for one in orders])


def text_of_filled(layout: OrderLayout, parts: Sequence[AllocationPart]) -> str:
    """The file of what each account has of filled blocks, by a layout."""
    rows = [
        replace(
            _row(one.order),
            quantity=one.quantity,
            price=one.allocation.average_price,
            amount=one.amount,
        )
        for one in parts
    ]
    return _written(terms_of(layout), layout.custodian, rows)


def preview(custodian: str, terms: Terms, *, among: Sequence[Order], kind: str = "") -> str:
    """The first lines that a layout would write for these orders, account numbers masked. Raises `BadInput`."""
    rows = [_row(one, masked=True) for one in among[:PREVIEWED]]
    if kind == OrderLayout.Kind.FILLED:
        rows = [
            replace(row, quantity=one.filled_quantity, price=one.average_price, amount=_traded(one))
            for row, one in zip(rows, among, strict=False)
        ]
    return _written(terms, custodian, rows)


def orders_at(custodian: str, *, among: QuerySet[Order], kind: str = "") -> list[Order]:
    """The last orders at a custodian, newest first, of those that somebody may see; those filled, for what was filled."""
    if kind == OrderLayout.Kind.FILLED:
        among = among.filter(filled_quantity__gt=0)
    return list(
        among.filter(account__custodian=custodian, block__isnull=False)
        .exclude(block__state=Block.State.GATHERING)
        .select_related("account", "security", "block")
        .order_by("-block__trade_on", "-pk")[:PREVIEWED]
    )


def fault(terms: Terms) -> str | None:
    """Why a layout cannot be used, as a sentence; None where it can."""
    try:
        column_maps.read(terms.columns)
    except BadMap as why:
        return str(why)
    return None


def _read(terms: Terms) -> tuple[column_maps.Column, ...]:
    try:
        return column_maps.read(terms.columns)
    except BadMap as why:
        raise BadInput(str(why), "Write one column a line, as `Caption = field`.") from why


def _written(terms: Terms, custodian: str, rows: Sequence[OrderRow]) -> str:
    return column_maps.written(
        _read(terms), rows, custodian=custodian, has_captions=terms.has_captions, delimiter=terms.delimiter
    )


def _row(order: Order, *, masked: bool = False) -> OrderRow:
    assert order.block is not None, "an order that is sent has its block"
    return OrderRow(
        order_id=order.reference,
        block_id=order.block.reference,
        account=f"•••{order.account.number_last4}" if masked else order.account.number or "",
        side=order.side,
        symbol=order.security.symbol,
        cusip=order.security.cusip,
        quantity=order.quantity,
        order_type=order.block.order_type,
        limit=order.block.limit_price,
        trade_on=order.block.trade_on,
        settles_on=order.block.settles_on,
    )


def _traded(order: Order) -> Decimal | None:
    return None if order.average_price is None else cents(order.filled_quantity * order.average_price)


def _standing(layout: OrderLayout) -> OrderLayout:
    found = OrderLayout.objects.select_for_update(of=("self",)).get(pk=layout.pk)
    if found.retired_at is not None:
        raise Conflict("This layout is no longer in force.", "Open the one in force.")
    return found


def _retire(layout: OrderLayout, reason: str, *, user_id: int, at: datetime) -> None:
    layout.retired_at, layout.retired_by_id, layout.retire_reason = at, user_id, reason[:300]
    layout.save(update_fields=["retired_at", "retired_by", "retire_reason"])


def _store(
    custodian: str,
    kind: str,
    terms: Terms,
    replaces: OrderLayout | None,
    *,
    user_id: int,
    by: Actor,
    at: datetime,
) -> OrderLayout:
    made = OrderLayout.objects.create(
        custodian=custodian,
        kind=kind,
        name=terms.name,
        columns=terms.columns,
        has_captions=terms.has_captions,
        delimiter=terms.delimiter,
        source=terms.source,
        made_at=at,
        made_by_id=user_id,
        replaces=replaces,
    )
    audit.record(
        audit.Action.ORDER_LAYOUT_MADE,
        about=made,
        by=by,
        at=at,
        sealing=[("order_layout", made.pk)],
        custodian=custodian,
        kind=str(kind),
        name=terms.name,
        source=terms.source,
        replaces=replaces.public_id if replaces else "",
    )
    return made
