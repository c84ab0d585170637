"""The file that the Millers' custodian sends in the evening after our orders: what it held, and what it did of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal as D

from rebalancing.models import Order, OrderLot
from tests.clock import MONDAY
from tests.factories.bundles import MILLERS, bundle

NUMBER, CENT = "11110001", D("0.01")


def evening_file(day: date, *, paid: Mapping[str, D], custodian: str = "house") -> bytes:
    """Every order of the taxable account is in it, whole, at these prices a share, with the lots that were named."""
    orders = list(Order.objects.select_related("security").order_by("pk"))
    shares: dict[str, D] = {"ZUS": D(5000), "ZBD": D(1000)}
    cash, movements, bought = D(10000), list(MILLERS["transactions"]), []
    for order in orders:
        symbol, sign = order.security.symbol, 1 if order.side == "buy" else -1
        count, amount = sign * order.quantity.normalize(), (order.quantity * paid[symbol]).quantize(CENT)
        shares[symbol] = shares.get(symbol, D(0)) + count
        cash -= sign * amount
        movements.append(
            f"{NUMBER},{order.side},{MONDAY},M{order.pk},{symbol},{count:f},{paid[symbol]},{-sign * amount}"
        )
        if sign > 0:
            bought.append(f"{NUMBER},{day},{symbol},N{order.pk},{MONDAY},{count:f},{amount},covered")
    return bundle(
        accounts=[MILLERS["accounts"][0].replace(",house,", f",{custodian},")],
        prices=[f"{symbol},{day},{paid.get(symbol, D(50))},generated" for symbol in ("ZUS", "ZUB", "ZBD")],
        positions=[f"{NUMBER},{day},{symbol},{count:f},no" for symbol, count in shares.items() if count],
        lots=[*_lots_left(day), *bought],
        cash=[f"{NUMBER},{day},settled,{cash}"],
        transactions=movements,
    )


def _lots_left(day: date) -> list[str]:
    """The lots of the first file without what was named for our sales."""
    taken: dict[str, D] = defaultdict(D)
    for use in OrderLot.objects.select_related("lot"):
        taken[use.lot.key] += use.quantity
    left = []
    for row in MILLERS["lots"][:3]:
        number, _, symbol, key, acquired, count, basis, status = row.split(",")
        rest = D(count) - taken[key]
        if rest:
            cost = (D(basis) * rest / D(count)).quantize(CENT)
            left.append(f"{number},{day},{symbol},{key},{acquired},{rest.normalize():f},{cost},{status}")
    return left
