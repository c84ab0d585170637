"""The next morning's file of the Millers' custodian, after the orders of the record "orders at the custodian"."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal as D

from clients.imports import custodian_files
from rebalancing.models import Order, OrderLot
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP

NUMBER = "11110001"
PRICES = {"ZUS": D(100), "ZUB": D(50), "ZBD": D(80)}


def next_file(
    day: str,
    *,
    shown: D = D(1),
    lots: dict[str, D] | None = None,
    more_shares: D = D(0),
    more_cash: D = D(0),
    extra: tuple[str, ...] = (),
    basis: dict[str, str] | None = None,
    called: tuple[str, str] = ("", ""),
    tells_trades: bool = True,
) -> None:
    """The custodian's bundle of a day with our orders in it, or with so much of them; `lots` are the shares it took of each.
    `called` is a symbol and what the file has in its place. Without `tells_trades` it has the holdings after them and no
    table of movements, as some custodians' files do.
    """

    def named(rows: list[str]) -> list[str]:
        old, new = called
        return [re.sub(rf"\b{old}\b", new, row) for row in rows] if old else rows

    held = {"ZUS": D(5000), "ZBD": D(1000)}
    cash = D(10000)
    movements = list(MILLERS["transactions"]) + list(extra)
    for order in Order.objects.select_related("security").order_by("pk"):
        symbol, sign = order.security.symbol, 1 if order.side == "buy" else -1
        shares = (order.quantity * shown).quantize(D(1))
        if not shares:
            continue
        held[symbol] = held.get(symbol, D(0)) + sign * shares
        amount = -sign * shares * PRICES[symbol]
        cash += amount
        movements.append(
            f"{NUMBER},{order.side},2026-11-23,M{order.pk},{symbol},{sign * shares},{PRICES[symbol]},{amount}"
        )
    held["ZUS"] += more_shares
    taken = lots if lots is not None else instructed(shown)
    rows = []
    for row in MILLERS["lots"][:3]:
        _, _, symbol, key, acquired, shares, cost, status = row.split(",")
        left = D(shares) - taken.get(key, D(0)) + (more_shares if key == "A1" else 0)
        whole = D((basis or {}).get(key, cost))
        if left:
            rows.append(
                f"{NUMBER},{day},{symbol},{key},{acquired},{left},{(whole * left / D(shares)).quantize(D('0.01'))},{status}"
            )
    for symbol, shares in held.items():
        known = sum(D(row.split(",")[5]) for row in rows if row.split(",")[2] == symbol)
        if shares > known:
            rows.append(
                f"{NUMBER},{day},{symbol},N{symbol},2026-11-23,{shares - known},"
                f"{((shares - known) * PRICES[symbol]).quantize(D('0.01'))},covered"
            )
    at = datetime.fromisoformat(f"{day}T22:00:00-05:00")
    receipt = custodian_files.receive(
        bundle(
            accounts=MILLERS["accounts"][:1],
            securities=named(MILLERS["securities"]),
            prices=named(MILLERS["prices"]),
            positions=named([f"{NUMBER},{day},{symbol},{shares},no" for symbol, shares in held.items()]),
            lots=named(rows),
            cash=[f"{NUMBER},{day},settled,{cash + more_cash}"],
            transactions=named(movements),
            without="" if tells_trades else "transactions",
        ),
        name=f"{day}.zip",
        channel="browser",
        user_id=None,
        by=SET_UP,
        at=at,
    )
    file = custodian_files.load(receipt.file, user_id=None, by=SET_UP, at=at)
    assert file.state == "loaded", file.faults


def instructed(part: D = D(1)) -> dict[str, D]:
    """The shares of each lot that the custodian was told to take."""
    found: dict[str, D] = {}
    left = {one.pk: (one.quantity * part).quantize(D(1)) for one in Order.objects.filter(side="sell")}
    for use in OrderLot.objects.select_related("lot").order_by("order", "pk"):
        taken = min(left[use.order_id], use.quantity)
        left[use.order_id] -= taken
        found[use.lot.key] = found.get(use.lot.key, D(0)) + taken
    return found
