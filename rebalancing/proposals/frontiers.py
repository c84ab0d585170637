"""Alternatives: a handful of named plans on the same facts, stored beside a revision when somebody first opens it.

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
from rebalancing.proposals import revisions, ways
from rebalancing.waiting import tax_exceeds_benefit

STEP = Decimal("0.000001")


def usual(revision: Revision) -> document.Household:
    """What would usually be asked of the revision's household."""
    return ways.usual(revisions.household_of(revision), revision.policy)


def of(revision: Revision) -> tuple[Point, ...]:
    """The named points beside a revision, from its own documents; where its tax is more than it is worth, smaller ones too."""
    reading = revision.proposal.reading
    noted = reading.holds if reading is not None else ()
    return trace(usual(revision), smaller=any(one.get("code") == tax_exceeds_benefit.CODE for one in noted))


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
    """Store the points beside the revision, in the transaction that compares it."""
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
