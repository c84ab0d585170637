"""Valuation of holdings, used by scans, pages, the client portal and the API.

A holding's value is the sum of its lots, each rounded to the cent once; without lots it is the custodian's
quantity at the price, and positions that cannot have lots (an option, a short position) have the custodian's
value. An account's value includes its cash, settled or not. A sum is unknown if any part is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from clients.models import CashBalance, Position, Price, Security, TaxLot
from rebalancing.engine.money import ONE, ZERO, cents


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """A sum that is unknown if any part is."""
    known = list(values)
    return None if any(value is None for value in known) else sum((v for v in known if v is not None), ZERO)


def price_of(security: Security, price: Price | None) -> Decimal | None:
    """Dollars a share: the price on record, or a dollar for a money market fund without one (17 CFR
    270.2a-7).
    """
    if price is not None:
        return price.price
    return ONE if security.kind == Security.Kind.MONEY_MARKET else None


def of_lot(quantity: Decimal, each: Decimal | None) -> Decimal | None:
    return None if each is None else cents(quantity * each)


def of_holding(
    security: Security, lots: Sequence[TaxLot], position: Position | None, price: Price | None
) -> Decimal | None:
    """One security in one account, in dollars; None when it is unknown."""
    each = price_of(security, price)
    if lots:
        return total(of_lot(lot.quantity, each) for lot in lots)
    if position is None:
        return ZERO
    # The price of a held-out position may not be per share (a face amount, another currency, a contract).
    if position.held_out and position.market_value is not None:
        return position.market_value
    if each is None or position.quantity is None or position.stands_outside_lots:
        return position.market_value
    return of_lot(position.quantity, each)


def of_cash(cash: CashBalance | None, positions: Iterable[Position]) -> Decimal | None:
    """An account's cash, settled or not. An account whose cash is a money market fund may have no cash
    balance.
    """
    if cash is not None:
        return cash.settled + cash.unsettled
    is_swept = any(one.security.kind == Security.Kind.MONEY_MARKET for one in positions)
    return ZERO if is_swept else None


def of_account(
    *,
    lots: Iterable[TaxLot],
    positions: Iterable[Position],
    securities: Mapping[int, Security],
    cash: CashBalance | None,
    prices: Mapping[int, Price],
) -> Decimal | None:
    """The value of one account, in dollars. `securities` are those of its lots; positions have their own."""
    lots_of: dict[int, list[TaxLot]] = defaultdict(list)
    for lot in lots:
        lots_of[lot.security_id].append(lot)
    stated = {one.security_id: one for one in positions}
    named = {key: one.security for key, one in stated.items()} | {key: securities[key] for key in lots_of}
    held = [
        of_holding(security, lots_of[key], stated.get(key), prices.get(key))
        for key, security in named.items()
    ]
    return total([*held, of_cash(cash, stated.values())])
