"""Alternatives: a handful of named plans on the same facts, stored beside a revision when somebody first opens it.

They are complete plans, rounded and signed by the verifier like the proposed one, so that "do nothing" or "no
realized gain" can be compared with it. A plan the verifier refuses is left out, never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine import frontier
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.frontier import Point
from rebalancing.engine.verifier import verification
from rebalancing.models import FrontierPoint, Revision
from rebalancing.portfolios import policy_terms
from rebalancing.proposals import revisions
from rebalancing.waiting import tax_exceeds_benefit, year_end

STEP = Decimal("0.000001")


def usual(revision: Revision) -> document.Household:
    """What would usually be asked of the revision's household: its document without what its triggers narrowed the plan to.

    A plan that only swaps losses or only moves cash, and gains that wait for January, are one way among others. What an
    advisor asked for stays.
    """
    shown = year_end.with_gains(revisions.household_of(revision))
    if shown.objective.one_way:
        return policy_terms.with_destinations(replace(shown, objective=Objective()), revision.policy)
    return replace(shown, objective=Objective()) if shown.objective.mode is Mode.HARVEST else shown


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
