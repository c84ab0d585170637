"""Money has come in and is not invested yet."""

from __future__ import annotations

from compliance.firm.cash_figures import CASH_AMOUNT, CASH_SHARE
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, spare_cash
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.spare_cash import SpareCash
from rebalancing.triggers.trigger import Trigger, day_text

CODE = "cash_arrived"
NEEDS = ("came_in", "excess", "value", "amount", "share")
"""Of the household, or of an account that is measured by itself."""


def fires(facts: Columns) -> Truth:
    """So much came in lately, and so much stands above the target of cash."""
    return spare_cash.reaches(facts["came_in"], facts) & spare_cash.reaches(facts["excess"], facts)


def facts(found: SpareCash) -> dict[str, Fact]:
    figures = found.portfolio.rows.figures
    amount, share = figures.of(CASH_AMOUNT), figures.of(CASH_SHARE)
    return {
        "came_in": found.came_in if found.reaches(amount, share) else None,
        "excess": found.excess,
        "value": found.investable,
        "amount": amount,
        "share": share,
    }


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """New money, by household or account."""
    return [
        Trigger(
            code=CODE,
            sentence=(
                f"{dollars(found.came_in)} came in{found.where} since {day_text(found.since)}, and cash stands "
                f"{dollars(found.excess)} above its target."
            ),
            figures={
                "account": found.account or "",
                "came_in": f"{found.came_in:.2f}",
                "since": found.since.isoformat(),
                "above_target": f"{found.excess:.2f}",
            },
        )
        for found in spare_cash.of(portfolio, measured)
        if columns.holds(fires, **facts(found)) and found.came_in is not None
    ]
