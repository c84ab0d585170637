"""The weights have moved so far that the portfolio's tracking error reaches the policy's limit."""

from __future__ import annotations

from clients.models import AssetClass
from clients.policies import targets
from rebalancing.engine.portfolio import bands
from rebalancing.engine.wording import percents
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

CODE = "tracking_error"


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """One trigger for each set of weights whose tracking error reaches the limit; a policy without a limit has none.

    That every class has assumptions is a condition of measuring such a household (`portfolios.load`).
    """
    limit = portfolio.policy.tracking_error_limit
    if limit is None:
        return []
    on_record = AssetClass.objects.in_bulk(field_name="code")
    found = []
    for account in dict.fromkeys(one.account for one in measured.measures):
        measures = [one for one in measured.measures if one.account == account]
        covariance = targets.covariance({one.asset_class: on_record[one.asset_class] for one in measures})
        drifts = [one.drift for one in measures]
        if not bands.tracking_error_breached(
            drifts, covariance, limit=limit, edge_is_breach=portfolio.edge_is_breach
        ):
            continue
        error = bands.tracking_error(drifts, covariance)
        shown, allowed = percents(error, limit)
        found.append(
            Trigger(
                code=CODE,
                sentence=f"The weights add a tracking error of {shown} a year against the targets; the policy allows {allowed}.",
                figures={
                    "account": account or "",
                    "tracking_error": f"{error:.6f}",
                    "limit": f"{limit:.6f}",
                },
            )
        )
    return found
