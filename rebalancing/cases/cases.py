"""A proposal as the rule book's case: every fact the pre-trade rules may look at, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from clients.models import Price, Security
from clients.securities import securities
from compliance.firm.firm_settings import InForce
from compliance.rules.facts import case
from compliance.rules.facts.recorded import Subject
from compliance.rules.facts.thresholds import Thresholds
from compliance.rules.price_freshness import LIVE_PRICE_STAGES
from rebalancing import market_days
from rebalancing.cases import (
    case_accounts,
    case_policies,
    case_surroundings,
    case_taxes,
    case_trades,
    case_washes,
    case_weights,
)
from rebalancing.cases.case_facts import recorded
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan, Side
from rebalancing.engine.market.calendars import new_york
from rebalancing.portfolios import wishes
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)


def build(
    portfolio: Portfolio,
    plan: Plan,
    *,
    proposal: str,
    version: int,
    digest: str,
    built_at: datetime,
    preparers: Iterable[str],
    approver: str | None = None,
    approver_roles: Iterable[str] | None = None,
    consents: tuple[case.Consent, ...] = (),
    overrides: tuple[case.Override, ...] = (),
    changed_since_build: tuple[str, ...] | None = None,
    at: datetime,
) -> case.Case:
    """The case of one plan for one household at one moment.

    The portfolio's document is the one that was shown, its rows are those of now, loaded for the trade day of `at`.
    """
    built = portfolio.household
    trade_on = market_days.trade_day(at)
    by_symbol = portfolio.rows.market.by_symbol(row.id for row in built.securities)
    prices_now = _prices_now(portfolio, by_symbol, at=at)
    figures = _thresholds(portfolio.rows.market.settings_on(trade_on))
    quotes = case_trades.quotes_of_the_day(by_symbol.values(), market=portfolio.rows.market, at=at)
    built_on = market_days.new_york_date(built_at)
    return case.Case(
        now=at,
        trade_on=trade_on,
        household=built.id,
        proposal=proposal,
        proposal_version=version,
        proposal_hash=digest,
        built_at=built_at,
        built_on=built_on,
        changed_since_build=changed_since_build,
        trading_days=new_york().sessions_between(built_on - timedelta(days=7), trade_on + timedelta(days=1)),
        preparers=frozenset(preparers),
        approver=approver,
        approver_roles=None if approver_roles is None else frozenset(approver_roles),
        accounts=case_accounts.accounts(portfolio, plan, at=at),
        securities=tuple(_security(row, by_symbol[row.id]) for row in built.securities),
        trades=case_trades.trades(portfolio, plan, prices_now, quotes, thresholds=figures),
        positions=case_trades.positions(portfolio),
        open_orders=case_trades.on_their_way(portfolio, proposal=proposal),
        pending_lots=case_trades.pending_lots(portfolio, proposal=proposal),
        policy=case_policies.policy(
            portfolio.policy,
            weighed=plan.before.classes,
            forbidden=wishes.of(portfolio.policy, portfolio.rows.restrictions, on=built.trade_on),
        ),
        weights=case_policies.weights(plan),
        firm_list=case_policies.firm_list(portfolio.rows.market),
        purchases=case_washes.purchases(portfolio),
        loss_sales=case_washes.loss_sales(portfolio),
        consents=consents,
        overrides=overrides,
        market=_market(built, prices_now, at=at),
        tax_units=case_taxes.units(portfolio, plan),
        tax_estimate=plan.tax_change,
        issuers=case_weights.issuers(portfolio, plan, by_symbol),
        blocks=(),
        equity_before=case_weights.equity(portfolio, plan.before),
        equity_after=case_weights.equity(portfolio, plan.after),
        thresholds=figures,
        surroundings=case_surroundings.of(portfolio, quotes),
        raises_cash_only=bool(plan.orders) and all(order.side is Side.SELL for order in plan.orders),
        recorded=recorded(Subject.HOUSEHOLD, portfolio.rows.household),
    )


def _thresholds(figures: InForce) -> Thresholds:
    """The firm's figures of the trade day. Where only closing prices reach the record, no stage asks for prices
    minutes old.
    """
    thresholds = figures.thresholds()
    return thresholds if settings.LIVE_PRICES else thresholds.with_(LIVE_PRICE_STAGES, frozenset())


def _prices_now(portfolio: Portfolio, by_symbol: Mapping[str, Security], *, at: datetime) -> dict[str, Price]:
    """The last closing prices at a moment: those of the portfolio, unless a newer close has come since."""
    last, market = market_days.last_close(at), portfolio.rows.market
    keys = [row.pk for row in by_symbol.values()]
    found = market.prices(keys) if market.on == last else securities.prices_on(last, securities=keys)
    return {symbol: found[row.pk] for symbol, row in by_symbol.items() if row.pk in found}


def _security(row: document.Security, on_record: Security) -> case.Security:
    main = max(row.weights, key=lambda part: (part.weight, part.asset_class), default=None)
    return case.Security(
        key=row.id,
        name=on_record.name,
        kind="money_fund" if on_record.kind == Security.Kind.MONEY_MARKET else on_record.kind,
        issuer=securities.issuer_of(on_record),
        sector=on_record.sector or None,
        tags=frozenset(),
        asset_class=main.asset_class if main else None,
        wash_group=row.wash_group,
        wash_applies=row.wash_applies,
        fractional=row.fractional_increment is not None,
        recorded=recorded(Subject.SECURITY, on_record),
    )


def _market(built: document.Household, prices_now: Mapping[str, Price], *, at: datetime) -> case.Market:
    day = market_days.trade_day(at)
    return case.Market(
        opens_at=market_days.opened_at(day),
        closes_at=market_days.closed_at(day),
        previous_close_at=market_days.closed_at(market_days.last_close(at)),
        index_move=_move(built, prices_now),
    )


def _move(built: document.Household, prices_now: Mapping[str, Price]) -> Decimal | None:
    """How far the household's own holdings have moved since they were priced, weighted by value.

    It stands in for a broad index: without a price feed of one, what is held is the best witness.
    """
    before = now = ZERO
    prices = {row.id: row.price for row in built.securities}
    frozen = {row.id: row.status is document.SecurityStatus.FROZEN for row in built.securities}
    for lot in built.lots:
        price = prices_now.get(lot.security)
        if price is None and frozen[lot.security]:
            continue  # What the custodian only values, and nobody trades, tells nothing of the market.
        if price is None:
            return None
        before += lot.quantity * prices[lot.security]
        now += lot.quantity * price.price
    return now / before - 1 if before else None
