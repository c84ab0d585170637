"""The lots of our sales that were sent: one row for each order that was made of a proposed lot."""

from __future__ import annotations

from datetime import date

from django.db.models import F, OuterRef, QuerySet, Subquery

from rebalancing import market_days
from rebalancing.models import Order, OrderLot, ProposedLot


def sent(uses: QuerySet[ProposedLot]) -> QuerySet[ProposedLot]:
    """Of these proposed lots, one row for each order that was made of it and can still trade or has traded.

    An order that is sent in slices has a row for each slice which sells of the lot, with the slice's part in `sent_part`.
    """
    of_the_slice = OrderLot.objects.filter(order=OuterRef("sent_order"), lot=OuterRef("lot"))
    return (
        uses.annotate(
            sent_order=F("order__order"),
            sent_state=F("order__order__state"),
            sent_block=F("order__order__block"),
            sent_trade_on=F("order__order__block__trade_on"),
            sent_released_at=F("order__order__batch__released_at"),
        )
        .annotate(sent_part=Subquery(of_the_slice.values("quantity")[:1]))
        .exclude(sent_state__in=Order.NOT_TRADED)
        .filter(sent_part__isnull=False)
        .order_by("pk", "sent_order")
    )


def sold_on(use: ProposedLot) -> date:
    """The session in which a sale that was sent is executed; of a use that was not read by `sent`, that of its first order."""
    if not hasattr(use, "sent_released_at"):
        order = use.order.order.select_related("block", "batch").order_by("pk")[0]
        return order.block.trade_on if order.block else market_days.trade_day(order.batch.released_at)
    on: date | None = use.sent_trade_on  # type: ignore[attr-defined]
    return on or market_days.trade_day(use.sent_released_at)
