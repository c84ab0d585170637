"""Purchases and loss sales of the wash-sale window, as the rule book reads them."""

from __future__ import annotations

from datetime import timedelta

from compliance.rules.facts import case
from rebalancing.cases.case_accounts import is_sheltered, owner_kind
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.portfolios.record_rows import WASH_DAYS

AWAY = "an account held away"


def purchases(portfolio: Portfolio) -> tuple[case.Purchase, ...]:
    """What was bought in the window; of shares matched to an earlier loss only the rest counts."""
    accounts = {account.public_id: account for account in portfolio.accounts}
    groups = {row.id: row.wash_group for row in portfolio.household.securities}
    return tuple(
        case.Purchase(
            account=one.account,
            label=account.name if account else AWAY,
            security=one.security,
            wash_group=groups.get(one.security),
            on=one.on,
            shares=one.shares - one.shares_used,
            lot=one.lot or "",
            tax_advantaged=None if account is None else is_sheltered(account),
            owner=owner_kind(account) if account else None,
            what="reinvestment" if one.kind is RecentTradeKind.REINVESTMENT else "purchase",
        )
        for one in portfolio.household.recent_trades
        if one.loss_per_share is None
        for account in [accounts.get(one.account)]
    )


def loss_sales(portfolio: Portfolio) -> tuple[case.LossSale, ...]:
    """What was sold at a loss in the window before the trade day."""
    window = portfolio.household.trade_on - timedelta(days=WASH_DAYS)
    groups = {row.id: row.wash_group for row in portfolio.household.securities}
    names = {account.public_id: account.name for account in portfolio.accounts}
    return tuple(
        case.LossSale(
            account=one.account,
            label=names.get(one.account, AWAY),
            security=one.security,
            wash_group=groups.get(one.security),
            on=one.on,
            shares=one.shares,
            loss=one.loss_per_share * one.shares,
        )
        for one in portfolio.household.recent_trades
        if one.loss_per_share is not None and one.on >= window
    )
