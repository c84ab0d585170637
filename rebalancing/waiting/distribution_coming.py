"""A fund pays a distribution soon: who buys it in a taxed account before that day buys a tax bill with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from clients.models import FundDistribution
from clients.registers import fund_distributions
from compliance.firm.waiting_figures import DISTRIBUTION_DAYS, DISTRIBUTION_SHARE
from rebalancing.engine.documents.household import RestrictedBy, Restriction
from rebalancing.engine.wording import percents
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, is_known, more_than
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

CODE = "distribution_coming"
NEEDS = ("ex_on", "as_of", "last_day", "share", "share_least")
UNTAXED = ("exempt", "return_of_capital")
ZERO = Decimal(0)


def fires(facts: Columns) -> Truth:
    """An announced distribution after the trade day and soon, of which enough is taxed. A share that nobody has announced
    bars nothing.
    """
    return (
        more_than(facts["ex_on"], facts["as_of"])
        & at_least(facts["last_day"], facts["ex_on"])
        & is_known(facts["share"])
        & at_least(facts["share"], facts["share_least"])
    )


def facts(look: Look, distribution: FundDistribution, price: Decimal) -> dict[str, Fact]:
    figures = look.figures
    return {
        "ex_on": distribution.ex_on,
        "as_of": look.trade_on,
        "last_day": look.trade_on + timedelta(days=figures.of(DISTRIBUTION_DAYS)),
        "share": taxed_share(distribution, price),
        "share_least": figures.of(DISTRIBUTION_SHARE),
    }


def taxed_share(distribution: FundDistribution, price: Decimal) -> Decimal | None:
    """The taxed part of a distribution as a fraction of the fund's price; None where nothing is announced."""
    whole = distribution.fraction_of(price)
    if whole is None or not price:
        return None
    untaxed = sum((getattr(distribution, name) or ZERO for name in UNTAXED), ZERO)
    return max(ZERO, whole - untaxed / price)


def find(look: Look) -> list[HoldReason]:
    """The funds that the household's model buys and that pay soon, where it has a taxed account."""
    rows = look.portfolio.rows
    if not any(one.is_taxed and one.tradable for one in look.portfolio.household.accounts):
        return []
    days = look.figures.of(DISTRIBUTION_DAYS)
    announced = rows.market.shared(
        f"distributions within {days} days",
        look.trade_on,
        lambda: fund_distributions.announced(
            since=look.trade_on + timedelta(days=1), until=look.trade_on + timedelta(days=days)
        ),
    )
    soon = {key: each for key, each in announced.items() if key in rows.securities}
    found = []
    for one in (each[0] for _, each in sorted(soon.items(), key=lambda row: row[1][0].security.symbol)):
        told = facts(look, one, rows.prices[one.security_id].price)
        share = told["share"]
        if not isinstance(share, Decimal) or not columns.holds(fires, **told):
            continue
        (shown,) = percents(share)
        found.append(
            HoldReason(
                code=CODE,
                sentence=(
                    f"{one.security.symbol} pays about {shown} of its price on {day_text(one.ex_on)}"
                    f"{'' if one.is_final else ' (an estimate)'}: it is not bought in taxed accounts before."
                ),
                ends_on=one.ex_on,
                because=f"It ends on {day_text(one.ex_on)}: who buys from then on does not get the distribution.",
                figures={
                    "security": one.security.symbol,
                    "share": f"{share:.6f}",
                    "ex_on": one.ex_on.isoformat(),
                },
                effect=Effect.PARTLY,
                subject=one.security.symbol,
            )
        )
    return found


def not_bought(portfolio: Portfolio, found: Iterable[HoldReason]) -> Portfolio:
    """The portfolio in which these funds are not bought in taxed accounts."""
    until = {one.subject: one.ends_on for one in found if one.code == CODE and one.effect is Effect.PARTLY}
    if not until:
        return portfolio
    household = portfolio.household
    bars = tuple(
        Restriction(
            security=symbol,
            account=account.id,
            reason=f"it pays a distribution on {day_text(day)}",
            source=RestrictedBy.FIRM,
        )
        for symbol, day in sorted(until.items())
        for account in household.accounts
        if account.is_taxed
    )
    rules = replace(household.rules, do_not_buy=(*household.rules.do_not_buy, *bars))
    return replace(portfolio, household=replace(household, rules=rules))
