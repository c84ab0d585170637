"""Cash has stood above its target for longer than the firm lets it."""

from __future__ import annotations

from compliance.firm.cash_figures import CASH_AMOUNT, CASH_SHARE, IDLE_DAYS
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, spare_cash
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.spare_cash import SpareCash
from rebalancing.triggers.trigger import Trigger, day_text

CODE = "cash_idle"
NEEDS = ("excess", "value", "idle_days", "amount", "share", "days_max")
"""Of the household, or of an account that is measured by itself. `idle_days` is unknown on the first day."""


def fires(facts: Columns) -> Truth:
    """So much above target, for more market days than the firm lets it stand."""
    return spare_cash.reaches(facts["excess"], facts) & columns.more_than(
        facts["idle_days"], facts["days_max"]
    )


def facts(found: SpareCash) -> dict[str, Fact]:
    figures = found.portfolio.rows.figures
    amount, share = figures.of(CASH_AMOUNT), figures.of(CASH_SHARE)
    return {
        "excess": found.excess,
        "value": found.investable,
        "idle_days": found.idle_days if found.reaches(amount, share) else None,
        "amount": amount,
        "share": share,
        "days_max": figures.of(IDLE_DAYS),
    }


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Idle cash, by household or account."""
    return [
        Trigger(
            code=CODE,
            sentence=(
                f"Cash{found.where} has stood above its target since {day_text(found.idle_since)}, for "
                f"{found.idle_days} market days, now by {dollars(found.excess)}."
            ),
            figures={
                "account": found.account or "",
                "since": found.idle_since.isoformat() if found.idle_since else "",
                "days": str(found.idle_days),
                "above_target": f"{found.excess:.2f}",
            },
        )
        for found in spare_cash.of(portfolio, measured)
        if columns.holds(fires, **facts(found))
    ]
