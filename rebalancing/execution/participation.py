"""How much of a security the firm sends in a day, over all households and custodians.

A single household's order is the rule book's (PTC-40). Here it is the sum: with everybody's orders of the day an order
that is small by itself can be a large part of the usual volume. Whoever comes first in the order drawn for a release is
served; the others are told how many days the rest takes and are released in the next session.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from compliance.refusals import Blocked
from compliance.rules.facts.thresholds import Thresholds
from compliance.rules.participation import WARN_ABOVE
from rebalancing.engine.market import order_slicing
from rebalancing.models import Block, ProposedOrder
from rebalancing.portfolios.order_terms import AT_THEIR_VALUE

ZERO = Decimal(0)


def refuse_above_cap(orders: Sequence[ProposedOrder], *, trade_on: date, thresholds: Thresholds) -> None:
    """Raise `Blocked` where these orders, on top of what others have out for the day, exceed the cap of a security."""
    share = thresholds.of(WARN_ABOVE)
    own: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    for order in orders:
        own[order.security_id, order.side] += order.quantity
    for order in {(one.security_id, one.side): one for one in orders}.values():
        security, volume = order.security, order.security.daily_volume
        if security.kind in AT_THEIR_VALUE or not volume:
            continue
        others = sent(order.security_id, order.side, on=trade_on)
        total = others + own[order.security_id, order.side]
        if not others or total <= volume * share:
            continue
        try:
            cut = order_slicing.slices(total, volume_shares=volume, participation_max=share)
        except order_slicing.SlicingError:
            days, cap = "several", ZERO
        else:
            days, cap = str(cut.days), cut.daily_cap
        raise Blocked(
            f"{others:,f} shares of {security.symbol} are out for the day, and with this household it would be "
            f"{total:,f}: more than the {cap:,f} that the firm sends in a day. All of it takes {days} days.",
            "Release it in the next session.",
            kind="participation",
        )


def sent(security_id: int, side: str, *, on: date) -> Decimal:
    """Shares that the firm has out or has traded for a session; what ended without a trade is left out."""
    found = Block.objects.filter(security=security_id, side=side, trade_on=on).exclude(
        state__in=(Block.State.REJECTED, Block.State.CANCELED, Block.State.EXPIRED)
    )
    total: Decimal | None = found.aggregate(total=Sum("quantity"))["total"]
    return total or ZERO
