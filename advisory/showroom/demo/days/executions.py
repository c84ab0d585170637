"""The orders that custodians carry out on a day of the demonstration: those released for it, in the file of that day.

It closes the line by files. Where fills are on record (a broker's reports), the file tells those and no others.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from advisory.showroom.demo.days.account_days import Execution
from advisory.showroom.demo.days.troubles import Trouble
from rebalancing import market_days
from rebalancing.models import Order

NOT_CARRIED_OUT = frozenset({"held", "cancelled", "canceled", "rejected", "expired"})
WITH_A_BROKER = frozenset({"sent", "working"})
"""Orders on their way to a broker: the file tells what was filled of them, which is nothing yet."""
ZERO = Decimal(0)


def of(day: date, *, seed: int, trouble: Trouble) -> dict[str, list[Execution]]:
    """By account number, what was carried out of the orders that were released for this market day."""
    found: dict[str, list[Execution]] = defaultdict(list)
    sent = (
        Order.objects.filter(
            batch__released_at__lt=market_days.closed_at(day),
            batch__released_at__gt=market_days.closed_at(day) - timedelta(days=7),
        )
        .exclude(state__in=NOT_CARRIED_OUT)
        .select_related("account", "security", "batch")
        .prefetch_related("lots__lot")
        .order_by("pk")
    )
    for order in sent:
        if market_days.trade_day(order.batch.released_at) != day:
            continue
        filled = getattr(order, "filled_quantity", ZERO) or ZERO
        if not filled and (order.state in WITH_A_BROKER or _is_refused(order, seed=seed, trouble=trouble)):
            continue
        shares = filled or order.quantity
        found[order.account.number].append(
            Execution(
                account=order.account.number,
                symbol=order.security.symbol,
                is_sale=order.side == "sell",
                shares=shares,
                reference=order.reference,
                price=getattr(order, "average_price", None) if filled else None,
                lots=tuple((use.lot.key, use.quantity) for use in order.lots.all()),
            )
        )
    return found


def _is_refused(order: Order, *, seed: int, trouble: Trouble) -> bool:
    """Whether the custodian refuses it: by account and security, so that every machine refuses the same."""
    if not trouble.fails:
        return False
    chance = random.Random(f"{seed}/refused/{order.account.number}/{order.security.symbol}/{order.side}")
    return Decimal(str(chance.random())) < trouble.fails
