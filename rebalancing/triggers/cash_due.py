"""Money is due out of an account that does not hold it."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.portfolio.cash_needs import cash_need, outflows_within
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger, day_text

ZERO = Decimal(0)

CODE = "cash_due"
"""Money that is due waits neither for a look nor for a life event to be resolved."""


def find(portfolio: Portfolio, _measured: Measured) -> list[Trigger]:
    """Accounts whose known outflows are not covered by the cash they hold (see `cash_needs`)."""
    found = []
    for account in portfolio.household.accounts:
        outflows = outflows_within(account.flows, as_of=portfolio.household.as_of)
        pending = sum((part.amount for part in account.cash_unsettled), ZERO)
        need = cash_need(outflows, cash=account.cash_settled + pending, minimum=account.minimum_cash)
        if outflows > ZERO and need.to_raise > ZERO:
            first = min((flow.on for flow in account.flows if flow.amount < ZERO), default=None)
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
                        "first_on": first.isoformat() if first else "",
                    },
                )
            )
    return found
