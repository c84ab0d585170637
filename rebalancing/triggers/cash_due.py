"""Money is due out of an account that does not hold it, and the day has come to raise it."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.documents.household import Account
from rebalancing.engine.portfolio.cash_needs import cash_need, outflows_within
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text

ZERO = Decimal(0)

CODE = "cash_due"
"""Money that is due waits neither for a look nor for a life event to be resolved."""

NEEDS = ("outflows", "cash", "minimum")
"""Of an account: what is to be provided for now (`money_due`), and the cash that is there."""


def fires(facts: Columns) -> Truth:
    """Something is due, and the cash above the minimum does not cover it; the rule is `cash_needs.cash_need`."""
    return columns.more_than(facts["outflows"], 0) & columns.more_than(
        facts["outflows"] + facts["minimum"], facts["cash"]
    )


def facts(account: Account, portfolio: Portfolio) -> dict[str, Fact]:
    pending = sum((part.amount for part in account.cash_unsettled), ZERO)
    return {
        "outflows": outflows_within(account.flows, as_of=portfolio.household.as_of),
        "cash": account.cash_settled + pending,
        "minimum": account.minimum_cash,
    }


def find(portfolio: Portfolio, _measured: Measured) -> list[Trigger]:
    """Accounts whose known outflows are not covered by the cash they hold (see `cash_needs`)."""
    found = []
    for account in portfolio.household.accounts:
        told = facts(account, portfolio)
        if not columns.holds(fires, **told):
            continue
        outflows, cash = told["outflows"], told["cash"]
        assert isinstance(outflows, Decimal), "computed above"
        assert isinstance(cash, Decimal), "computed above"
        need = cash_need(outflows, cash=cash, minimum=account.minimum_cash)
        first = min(flow.on for flow in account.flows if flow.amount < ZERO)
        found.append(
            Trigger(
                code=CODE,
                sentence=(
                    f"{dollars(outflows, cents=True)} is due out of {account.name} by {day_text(first)}, and "
                    f"{dollars(need.available, cents=True)} above the minimum is there."
                ),
                figures={
                    "account": account.id,
                    "outflows": f"{outflows:.2f}",
                    "available": f"{need.available:.2f}",
                    "to_raise": f"{need.to_raise:.2f}",
                    "first_on": first.isoformat(),
                },
            )
        )
    return found
