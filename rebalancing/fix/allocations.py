"""Allocations for brokers: each division of a filled block that went by FIX is sent once, with its number."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from rebalancing.fix import outbox
from rebalancing.fix.messages import Share
from rebalancing.models import Allocation, Block, FixOutbox
from rebalancing.models.blocks import FILE_ROUTE

IN_ONE_GO = 200


def unsent() -> QuerySet[Allocation]:
    """The allocations of blocks that went by FIX, of which their broker has not been told."""
    reference = Concat(
        OuterRef("block__reference"),
        Value(".A"),
        Cast(OuterRef("number"), CharField()),
        output_field=CharField(),
    )
    told = FixOutbox.objects.filter(kind=FixOutbox.Kind.ALLOCATION, reference=reference)
    return (
        Allocation.objects.exclude(block__route=FILE_ROUTE)
        .filter(~Exists(told), quantity__gt=0, average_price__isnull=False, block__sent_at__isnull=False)
        .order_by("block_id", "number")
    )


def send(*, at: datetime) -> int:
    """Leave what is unsent in the outbox; how many it was. Twice is as good as once."""
    done = 0
    for key, block in list(unsent().values_list("pk", "block_id")[:IN_ONE_GO]):
        with transaction.atomic():
            # The block is locked: an allocation itself never changes, and its table lets nobody lock its rows.
            Block.objects.select_for_update().get(pk=block)
            one = unsent().filter(pk=key).select_related("block__security").first()
            if one is None or one.average_price is None:
                continue
            parts = one.parts.select_related("order__account").filter(quantity__gt=0)
            shares = [
                Share(part.order.account.number or "", part.quantity, part.order.reference) for part in parts
            ]
            outbox.put(
                one.block,
                FixOutbox.Kind.ALLOCATION,
                at=at,
                shares=shares,
                average_price=one.average_price,
                number=one.number,
            )
            done += 1
    return done
