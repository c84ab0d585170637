"""The household holds securities that its model has replaced: it no longer buys them, and sells them as taxes allow."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)

CODE = "replaced_securities"
NEEDS = ("worth", "minimum_trade")
"""Of a replaced security, over the accounts that may be traded."""


def fires(facts: Columns) -> Truth:
    """Something is held, and it is worth at least a trade."""
    return columns.more_than(facts["worth"], 0) & columns.at_least(facts["worth"], facts["minimum_trade"])


def facts(portfolio: Portfolio, _measured: Measured) -> dict[str, Columns]:
    """The exact facts of each replaced security that is held, by its symbol."""
    household = portfolio.household
    prices = {security.id: security.price for security in household.securities}
    traded = {account.id for account in household.accounts if account.tradable}
    worth = {legacy.security: ZERO for legacy in household.rules.wind_down}
    for lot in household.lots:
        if lot.security in worth and lot.account in traded and lot.lock_reason is None:
            worth[lot.security] += lot.quantity * prices[lot.security]
    least = household.rules.minimum_trade
    return {name: columns.one(worth=value, minimum_trade=least) for name, value in sorted(worth.items())}


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Holdings of replaced securities in accounts that may be traded, where one is worth at least a trade."""
    found: dict[str, Decimal] = {
        name: given["worth"][0] for name, given in facts(portfolio, measured).items() if fires(given).yes[0]
    }
    if not found:
        return []
    listed = ", ".join(f"{dollars(value)} of {name}" for name, value in found.items())
    return [
        Trigger(
            code=CODE,
            sentence=f"It holds {listed}, which its model no longer buys and sells as taxes allow.",
            figures={name: f"{value:.2f}" for name, value in found.items()},
        )
    ]
