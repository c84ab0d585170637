"""The files of a release: one set for each custodian and day, kept byte for byte, and what was filled once it is known.

A block that goes by file is written once, with every account of it; the lot sheet names the lots of its sales. When a
block is canceled before its file was taken, the set is made anew and the older one no longer goes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from clients.custodians import writing
from clients.models import Account
from compliance.rules import limit_collar
from rebalancing.execution import order_layouts
from rebalancing.models import BatchFile, Block, Order, OrderLayout, ProposedLot, Release
from rebalancing.models.blocks import FILE_ROUTE

FILLED = BatchFile.Kind.CUSTODIAN_FILLED
OWN_LAYOUTS = {
    BatchFile.Kind.CUSTODIAN: OrderLayout.Kind.ORDERS,
    BatchFile.Kind.CUSTODIAN_ALLOCATIONS: OrderLayout.Kind.ALLOCATIONS,
}
TERMS = {ProposedLot.Term.SHORT: "ST", ProposedLot.Term.LONG: "LT"}


def write(release: Release, custodian: str, *, at: datetime) -> list[BatchFile]:
    """The files of what this release sends to a custodian by file and has not canceled; nothing where that is nothing."""
    blocks = list(
        Block.objects.filter(
            release=release,
            custodian=custodian,
            route=FILE_ROUTE,
            state__in=(Block.State.READY, Block.State.EXPORTED),
        )
        .select_related("security")
        .order_by("wave", "-side", "pk")
    )
    # Sells first: a custodian that works a file from the top then has their proceeds first.
    orders = [order for block in blocks for order in orders_of(block)]
    if not orders:
        return []
    before = BatchFile.objects.filter(release=release, custodian=custodian).exclude(kind=FILLED)
    version = 1 + max(before.values_list("version", flat=True), default=0)
    stem = f"{release.public_id}-{custodian}" + (f"-v{version}" if version > 1 else "")
    return [
        BatchFile.objects.create(
            release=release,
            kind=kind,
            custodian=custodian,
            version=version,
            name=f"{stem}-{kind.value.replace('_', '-')}.csv",
            content=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            made_at=at,
        )
        for kind, text in _texts(release, custodian, orders).items()
    ]


def is_newest(file: BatchFile) -> bool:
    """Whether no later set of the same release and custodian has taken its place."""
    if file.release_id is None:
        return True
    later = BatchFile.objects.filter(
        release_id=file.release_id, custodian=file.custodian, version__gt=file.version
    )
    if file.kind == FILLED:
        return not later.filter(kind=FILLED, name__startswith=file.name.rsplit("-v", 1)[0] + "-v").exists()
    return not later.exclude(kind=FILLED).exists()


def stem_of_filled(release: Release, custodian: str, on: date) -> str:
    """What the names of a day's files of what was filled begin with; its number follows."""
    return f"{release.public_id}-{custodian}-filled-{on:%Y%m%d}-v"


def orders_of(block: Block) -> list[Order]:
    """The orders of a block that go out, with what a file says of them."""
    return list(
        block.orders.exclude(state=Order.State.CANCELED)
        .select_related("account", "security", "block")
        .prefetch_related("lots__lot")
        .order_by("pk")
    )


def _texts(release: Release, custodian: str, orders: Sequence[Order]) -> dict[BatchFile.Kind, str]:
    decimals = writing.share_decimals(custodian)
    lines = [_line(order) for order in orders]
    texts = {
        BatchFile.Kind.ORDERS: writing.orders_csv(lines, decimals=decimals).text,
        BatchFile.Kind.ALLOCATIONS: writing.allocations_csv(_allocation(order) for order in orders).text,
    }
    if lots := [line for order in orders for line in _lot_lines(order)]:
        texts[BatchFile.Kind.LOTS] = writing.lots_csv(lots, decimals=decimals).text
    if custodian == Account.Custodian.IBKR:
        texts[BatchFile.Kind.BASKET] = writing.ibkr_basket(lines, tag=release.public_id).text
    # The firm's own column maps, beside our layouts: nobody else has confirmed them.
    for kind, layout_kind in OWN_LAYOUTS.items():
        if layout := order_layouts.in_force(custodian, layout_kind):
            texts[kind] = order_layouts.text_of(layout, orders)
    return texts


def _line(order: Order) -> writing.OrderLine:
    block = order.block
    assert block is not None, "an order that is sent has its block"
    return writing.OrderLine(
        order_id=order.reference,
        account=order.account.number or "",
        side=order.side.upper(),
        symbol=order.security.symbol,
        quantity=order.quantity,
        order_type="LMT" if block.order_type == limit_collar.LIMIT else "MKT",
        limit=block.limit_price,
    )


def _allocation(order: Order) -> writing.AllocationLine:
    assert order.block is not None, "an order that is sent has its block"
    return writing.AllocationLine(
        block_id=order.block.reference, account=order.account.number or "", quantity=order.quantity
    )


def _lot_lines(order: Order) -> list[writing.LotLine]:
    """The lots of one sale as the custodian identifies them; sales in untaxed accounts need none."""
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
            term=TERMS.get(ProposedLot.Term(use.term)),
        )
        for use in order.lots.all()
    ]
