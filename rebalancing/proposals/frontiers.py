"""Alternatives: a handful of named plans on the same facts, stored with a revision.

They are complete plans, rounded and signed by the verifier like the proposed one, so that "do nothing" or "no
realized gain" can be compared with it. A plan the verifier refuses is left out, never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rebalancing.engine import frontier
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.frontier import Point
from rebalancing.engine.verifier import verification
from rebalancing.models import FrontierPoint, Revision

STEP = Decimal("0.000001")


def trace(household: document.Household, *, smaller: bool = False) -> tuple[Point, ...]:
    """The named points of a household's frontier, each from a plan that the verifier signs; with `smaller` also those in
    retirement accounts only and with the gains spread over two years.
    """
    asked = ordered(household)
    plans = (*frontier.named_plans(asked), *(frontier.smaller_plans(asked) if smaller else ()))
    return tuple(
        frontier.point(name, plan) for name, asked, plan in plans if verification.verify(asked, plan).signed
    )


def store(revision: Revision, points: Sequence[Point]) -> None:
    """Store the points with the revision, in the same transaction."""
    FrontierPoint.objects.bulk_create(
        FrontierPoint(
            revision=revision,
            position=position,
            name=point.name,
            tax=point.tax,
            net_gain=point.net_gain,
            drift=point.drift.quantize(STEP),
            out_of_band=point.out_of_band,
            turnover=point.turnover.quantize(STEP),
            orders=point.orders,
            cost=point.cost,
        )
        for position, point in enumerate(points, start=1)
    )
