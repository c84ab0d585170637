"""The file of what was filled: each account's share of a release's blocks, in the layout that the firm made for it.

A custodian that takes allocations after the trade is told the shares that traded, not those that were ordered. The file is
written once nothing of a release's day is with the custodian any more, and anew when a correction divides a block again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.execution import closing, order_files, order_layouts
from rebalancing.models import Allocation, AllocationPart, BatchFile, Block, OrderLayout, Release
from rebalancing.models.blocks import FILE_ROUTE

LOOKED_BACK = timedelta(days=35)
"""So long after its day a correction still makes the file anew."""


def write_due(*, by: Actor, at: datetime) -> int:
    """Write what is due; how many files it was. A second run finds nothing to say."""
    layouts = OrderLayout.objects.filter(kind=OrderLayout.Kind.FILLED, retired_at=None)
    found = 0
    for layout in layouts.order_by("custodian"):
        for release, on in _days(layout, at=at):
            with transaction.atomic():
                found += _write(closing.lock(release), layout, on, by=by, at=at)
    return found


def _days(layout: OrderLayout, *, at: datetime) -> Iterator[tuple[Release, date]]:
    """The releases and sessions of which something was divided after its file was written, or that have none. What traded
    before the day on which the layout was made is left alone.
    """
    custodian = layout.custodian
    since = max(market_days.new_york_date(at - LOOKED_BACK), market_days.new_york_date(layout.made_at))
    divided = Block.objects.filter(
        custodian=custodian, route=FILE_ROUTE, allocations__isnull=False, trade_on__gte=since
    )
    for key, on in sorted(set(divided.values_list("release", "trade_on"))):
        release = Release.objects.get(pk=key)
        last = _last(release, custodian, on)
        newest = Allocation.objects.filter(
            block__release=key, block__custodian=custodian, block__trade_on=on
        ).latest("made_at")
        if last is None or newest.made_at > last.made_at:
            yield release, on


def _write(release: Release, layout: OrderLayout, on: date, *, by: Actor, at: datetime) -> int:
    blocks = release.blocks.filter(custodian=layout.custodian, route=FILE_ROUTE, trade_on=on)
    if blocks.filter(state__in=(Block.State.READY, *Block.WITH_THE_BROKER)).exists():
        return 0  # The rest of the day may still trade.
    parts = [part for block in blocks.order_by("pk") for part in _parts(block)]
    text = order_layouts.text_of_filled(layout, parts)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    last = _last(release, layout.custodian, on)
    if (last is None and not parts) or (last is not None and last.sha256 == sha256):
        return 0
    version = 1 if last is None else last.version + 1
    file = BatchFile.objects.create(
        release=release,
        kind=order_files.FILLED,
        custodian=layout.custodian,
        version=version,
        name=f"{order_files.stem_of_filled(release, layout.custodian, on)}{version}.csv",
        content=text,
        sha256=sha256,
        made_at=at,
    )
    closing.record_files([file], by=by, at=at)
    return 1


def _parts(block: Block) -> list[AllocationPart]:
    """What each account has of a block by its last division."""
    last = block.allocations.order_by("number").last()
    if last is None:
        return []
    return list(
        last.parts.filter(quantity__gt=0)
        .select_related("allocation", "order__account", "order__security", "order__block")
        .order_by("order")
    )


def _last(release: Release, custodian: str, on: date) -> BatchFile | None:
    stem = order_files.stem_of_filled(release, custodian, on)
    return (
        BatchFile.objects.filter(release=release, kind=order_files.FILLED, name__startswith=stem)
        .order_by("version")
        .last()
    )
