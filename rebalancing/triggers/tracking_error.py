"""The weights have moved so far that the portfolio's tracking error reaches the policy's limit."""

from __future__ import annotations

from decimal import Decimal, localcontext

from clients.policies import targets
from rebalancing.engine.portfolio import bands
from rebalancing.engine.wording import percents
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

CODE = "tracking_error"
NEEDS = ("variance", "limit", "edge_is_breach")
"""Of the weights of a household, or of an account that is measured by itself; a policy without a limit has none."""


def fires(facts: Columns) -> Truth:
    """Compares squares: no root is rounded."""
    with localcontext(prec=60):
        limit = facts["limit"] * facts["limit"]
        return columns.more_than(facts["variance"], limit) | (
            columns.is_set(facts["edge_is_breach"]) & columns.at_least(facts["variance"], limit)
        )


def facts(portfolio: Portfolio, measured: Measured) -> dict[str | None, Columns]:
    """The exact facts of each set of weights, by account; None is the household.

    That every class has assumptions is a condition of measuring such a household (`portfolios.load`).
    """
    limit = portfolio.policy.tracking_error_limit
    if limit is None:
        return {}
    on_record = portfolio.rows.market.classes
    found: dict[str | None, Columns] = {}
    for account in dict.fromkeys(one.account for one in measured.measures):
        measures = [one for one in measured.measures if one.account == account]
        covariance = targets.covariance({one.asset_class: on_record[one.asset_class] for one in measures})
        with localcontext(prec=60):
            variance = bands.tracking_variance([one.drift for one in measures], covariance)
        found[account] = columns.one(variance=variance, limit=limit, edge_is_breach=portfolio.edge_is_breach)
    return found


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """One trigger for each set of weights whose tracking error reaches the limit."""
    return [
        _told(account, given["variance"][0], given["limit"][0])
        for account, given in facts(portfolio, measured).items()
        if fires(given).yes[0]
    ]


def _told(account: str | None, variance: Decimal, limit: Decimal) -> Trigger:
    error = max(Decimal(0), variance).sqrt()
    shown, allowed = percents(error, limit)
    return Trigger(
        code=CODE,
        sentence=f"The weights add a tracking error of {shown} a year against the targets; the policy allows {allowed}.",
        figures={
            "account": account or "",
            "tracking_error": f"{error:.6f}",
            "limit": f"{limit:.6f}",
        },
    )
