"""Positions without tax lots: counted at their value and not traded.

What is never traded needs no lots (a Treasury note, a plan's pooled fund), and what a custodian reports
without lots is owned all the same. Each counts as one locked lot of unknown basis, created in memory only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from clients.holdings import valuation
from clients.models import Account, Position, Price, Security, TaxLot
from clients.securities import prices as prices_of_files
from rebalancing.engine.money import as_written

ZERO, ONE = Decimal(0), Decimal(1)

BY_VALUE = "custodian's value"
"""The source name of a price derived from a stated value; it is never stored."""

NO_LOTS_LOCK = "no_lots"
NO_LOTS = "The custodian reports no tax lots for it."


def without_lots(accounts: Iterable[Account], lots: Iterable[TaxLot]) -> list[Position]:
    """The long positions without lots, except those that count as cash."""
    in_lots = {(lot.account_id, lot.security_id) for lot in lots}
    return [
        position
        for account in accounts
        for position in account.positions.all()
        if (account.pk, position.security_id) not in in_lots
        and not position.stands_outside_lots
        and not (position.security.kind == Security.Kind.MONEY_MARKET and not position.held_out)
        and (position.quantity is None or position.quantity > ZERO)
    ]


def held_out(accounts: Iterable[Account]) -> frozenset[int]:
    """The securities that are never traded because of how an account holds them."""
    return frozenset(
        position.security_id
        for account in accounts
        for position in account.positions.all()
        if position.held_out
    )


def prices_by_value(
    accounts: Iterable[Account], prices: Mapping[int, Price], *, on: date
) -> dict[int, Price]:
    """Prices from the custodian's value for held-out securities that have no other price: per share, or one
    dollar per unit.
    """
    found: dict[int, Price] = {}
    for account in accounts:
        for position in account.positions.all():
            key, value = position.security_id, position.market_value
            if (
                not position.held_out
                or position.stands_outside_lots
                or not value
                or key in prices.keys() | found
            ):
                continue
            each = as_written(value / position.quantity) if position.quantity else ONE
            if each > ZERO:
                found[key] = prices_of_files.unsaved_price(key, on=on, price=each, source=BY_VALUE)
    return found


def synthetic_lots(
    positions: Sequence[Position], prices: Mapping[int, Price], *, securities: Mapping[int, Security]
) -> list[TaxLot]:
    """A locked lot for each position, with as many units as give its value at the price."""
    found = []
    for position in positions:
        price = prices.get(position.security_id)
        if price is None:
            continue
        quantity = position.quantity
        value = valuation.of_holding(position.security, (), position, price)
        if quantity is None or value != valuation.of_lot(quantity, price.price):
            quantity = None if value is None else as_written(value / price.price)
        if quantity is not None and quantity > ZERO:
            found.append(_synthetic_lot(position, quantity, securities[position.security_id]))
    return found


def _synthetic_lot(position: Position, quantity: Decimal, security: Security) -> TaxLot:
    return TaxLot(
        public_id=f"{position.account.public_id}-{security.symbol}",
        account=position.account,
        security=security,
        quantity=quantity,
        basis=None,
        basis_status=TaxLot.BasisStatus.UNKNOWN,
        lock=NO_LOTS_LOCK,
        lock_reason=NO_LOTS,
    )
