"""Orders that are at their custodian, and what it reports of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from compliance.people.actors import Actor
from rebalancing.execution import orders
from rebalancing.execution.reports import Kind, Report
from rebalancing.models import BatchFile, Block, OrderBatch
from tests import cast
from tests.clock import SUNDAY_NOON

MONDAY = date(2026, 11, 23)
IN_SESSION = datetime.fromisoformat("2026-11-23T11:00:00-05:00")


def hand_out(batch: OrderBatch) -> OrderBatch:
    """A trader downloads the order files, so that the blocks are with their custodian."""
    release = batch.orders.select_related("block__release").first().block.release  # type: ignore[union-attr]
    for file in BatchFile.objects.filter(release=release, kind=BatchFile.Kind.ORDERS):
        orders.mark_exported(file, by=Actor.person(cast.tom()), at=SUNDAY_NOON)
    return batch


def blocks() -> dict[str, Block]:
    """The blocks on record, by side."""
    return {one.side: one for one in Block.objects.select_related("security").order_by("pk")}


def told(block: Block, kind: Kind, exec_id: str, shares: str = "0", price: str = "", **more: Any) -> Report:
    """What the broker says about a block; `minute` of the session, and any other field by its name."""
    minute = more.pop("minute", 0)
    made = Report(
        broker="PAPER",
        reference=block.reference,
        exec_id=exec_id,
        kind=kind,
        symbol=block.security.symbol,
        side=block.side,
        trade_on=block.trade_on,
        transacted_at=IN_SESSION + timedelta(minutes=minute),
        quantity=Decimal(shares),
        price=Decimal(price) if price else None,
    )
    return replace(made, **more)
