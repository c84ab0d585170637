"""Dividends and interest have piled up."""

from __future__ import annotations

from compliance.firm.cash_figures import INCOME_AMOUNT, INCOME_DAYS, INCOME_SHARE
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, spare_cash
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.spare_cash import SpareCash
from rebalancing.triggers.trigger import Trigger

CODE = "cash_income"
NEEDS = ("income", "excess", "value", "amount", "share")
"""Of the household, or of an account that is measured by itself."""


def fires(facts: Columns) -> Truth:
    """So much was paid out, and so much stands above the target of cash still."""
    return spare_cash.reaches(facts["income"], facts) & spare_cash.reaches(facts["excess"], facts)


def facts(found: SpareCash) -> dict[str, Fact]:
    figures = found.portfolio.rows.figures
    amount, share = figures.of(INCOME_AMOUNT), figures.of(INCOME_SHARE)
    return {
        "income": found.income if found.reaches(amount, share) else None,
        "excess": found.excess,
        "value": found.investable,
        "amount": amount,
        "share": share,
    }


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Accumulated income, by household or account."""
    days = portfolio.rows.figures.of(INCOME_DAYS)
    return [
        Trigger(
            code=CODE,
            sentence=(
                f"{dollars(found.income)} of dividends and interest came in{found.where} within {days} days, and cash "
                f"stands {dollars(found.excess)} above its target."
            ),
            figures={
                "account": found.account or "",
                "income": f"{found.income:.2f}",
                "days": str(days),
                "above_target": f"{found.excess:.2f}",
            },
        )
        for found in spare_cash.of(portfolio, measured)
        if columns.holds(fires, **facts(found)) and found.income is not None
    ]
