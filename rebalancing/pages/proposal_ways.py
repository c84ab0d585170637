"""Other ways to do it: the frontier of a revision beside the plan that is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine import frontier
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import FrontierPoint, Revision

NAMES = {
    "do nothing": "Do nothing",
    "no realized gain": "No realized gain",
    "within budget": "Within the gain budget",
    "to band edge": "To the bands' edges",
    "halfway": "Halfway to target",
    "to target": "To target",
}


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way. Tax and cost in dollars; drift (half the sum of the distances) and turnover as fractions."""

    name: str
    tax: Decimal
    net_gain: Decimal
    drift: Decimal
    out_of_band: int
    turnover: Decimal
    orders: int
    is_proposed: bool


def ways(revision: Revision, plan: Plan) -> tuple[WayRow, ...]:
    """The plan itself first, then the named others; empty for a revision stored without a frontier."""
    others = tuple(
        WayRow(
            name=NAMES.get(point.name, point.name.capitalize()),
            tax=point.tax,
            net_gain=point.net_gain,
            drift=point.drift,
            out_of_band=point.out_of_band,
            turnover=point.turnover,
            orders=point.orders,
            is_proposed=False,
        )
        for point in FrontierPoint.objects.filter(revision=revision)
    )
    if not others:
        return ()
    own = frontier.point("This proposal", plan)
    return (
        WayRow(
            own.name,
            own.tax,
            own.net_gain,
            own.drift,
            own.out_of_band,
            own.turnover,
            own.orders,
            is_proposed=True,
        ),
        *others,
    )
