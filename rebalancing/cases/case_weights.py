"""Shares of a household that the rule book reads: single issuers, and stocks seen through funds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from clients.models import Security
from clients.securities.securities import FUNDS
from compliance.rules.facts import case
from rebalancing.engine.documents.plan import Plan, Position, Side
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)


def issuers(
    portfolio: Portfolio, plan: Plan, by_symbol: Mapping[str, Security]
) -> tuple[case.IssuerWeight, ...]:
    """The share of every single, non-fund issuer before and after the trades, in dollars of the investable."""
    built = portfolio.household
    rows = {row.id: row for row in built.securities}
    before: dict[str, Decimal] = defaultdict(Decimal)
    change: dict[str, Decimal] = defaultdict(Decimal)
    for lot in built.lots:
        issuer = rows[lot.security].issuer
        if issuer and by_symbol[lot.security].kind not in FUNDS:
            before[issuer] += lot.quantity * rows[lot.security].price
    for order in plan.orders:
        issuer = rows[order.security].issuer
        if issuer and by_symbol[order.security].kind not in FUNDS:
            change[issuer] += order.shares * order.price * (1 if order.side is Side.BUY else -1)
    start, end = plan.before.investable, plan.after.investable
    return tuple(
        case.IssuerWeight(
            issuer=issuer,
            before=before[issuer] / start if start else ZERO,
            after=(before[issuer] + change[issuer]) / end if end else ZERO,
        )
        for issuer in sorted(before.keys() | change.keys())
    )


def equity(portfolio: Portfolio, position: Position) -> Decimal | None:
    """The share held in stocks, funds looked through, as a fraction of the household.

    None where something is held in a class of which nobody has said whether it counts as stocks.
    """
    stocks = portfolio.rows.market.counts_as_stocks
    if any(one.value and stocks.get(one.asset_class) is None for one in position.classes):
        return None
    value = sum((one.value for one in position.classes if stocks[one.asset_class]), ZERO)
    return value / position.investable if position.investable else ZERO
