"""The surroundings of a case: the rows that the plan was kept from, as the rule book reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clients.models import FundDistribution, Quote, Security
from compliance.rules.facts.surroundings import (
    Approval,
    Arranged,
    Counterparty,
    Distribution,
    FundBuy,
    Halt,
    HaltKind,
    Insider,
    Surroundings,
    TradingPolicy,
)
from compliance.rules.facts.surroundings import Quote as QuoteOfDay
from rebalancing.portfolios import surroundings
from rebalancing.portfolios.portfolios import Portfolio


def of(portfolio: Portfolio, quotes: Mapping[int, Quote]) -> Surroundings:
    """Everything around the household's trades. `quotes` are those of the day, by security."""
    around, known = portfolio.around, portfolio.rows.securities
    accounts = {account.pk: account.public_id for account in portfolio.accounts}
    return Surroundings(
        insiders=tuple(
            Insider(who=str(row), issuer=row.issuer, windows=surroundings.windows_of(row))
            for row in around.insiders
        ),
        approvals=tuple(
            Approval(product=row.product, security=row.security.symbol if row.security else None)
            for row in around.approvals
        ),
        arranged=tuple(
            Arranged(
                account=row.account.public_id,
                security=row.security.symbol,
                side=row.side,
                counterparty=Counterparty(row.counterparty),
                other_kind=row.other_account.registration if row.other_account else None,
                other_is_of_a_plan=bool(row.other_account and row.other_account.is_of_an_employer),
                disclosed_on=row.disclosed_on,
                consented_on=row.consented_on,
            )
            for row in around.arranged
        ),
        trading_policies=tuple(
            TradingPolicy(
                security=known[key].symbol,
                holding_days=row.holding_days,
                redemption_fee=row.redemption_fee,
                fee_days=row.fee_days,
            )
            for key, row in around.trading_policies.items()
        ),
        fund_buys=tuple(
            FundBuy(account=accounts[account], security=known[security].symbol, on=on)
            for (account, security), on in around.last_bought.items()
        ),
        distributions=tuple(
            _distribution(row, known[key], portfolio)
            for key, rows in around.distributions.items()
            for row in rows
        ),
        quotes=tuple(
            QuoteOfDay(security=known[key].symbol, at=row.quoted_at, bid=row.bid, ask=row.ask)
            for key, row in quotes.items()
            if key in known
        ),
        halts=tuple(_halts(portfolio)),
        cash_histories=tuple(around.histories.values()),
    )


def _halts(portfolio: Portfolio) -> Iterator[Halt]:
    for key, rows in portfolio.around.halts.items():
        symbol = portfolio.rows.securities[key].symbol
        for row in rows:
            yield Halt(security=symbol, kind=HaltKind(row.kind), from_at=row.starts_at, until_at=row.ends_at)


def _distribution(row: FundDistribution, fund: Security, portfolio: Portfolio) -> Distribution:
    price = portfolio.rows.prices.get(fund.pk)
    return Distribution(
        security=fund.symbol,
        ex_on=row.ex_on,
        record_on=row.record_on,
        fraction=surroundings.taxable_fraction(row, price.price if price else None),
        long_gain=row.long_gain,
        exempt=row.exempt,
        qualified=row.qualified,
        is_final=row.is_final,
    )
