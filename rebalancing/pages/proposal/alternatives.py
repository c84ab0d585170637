"""What the plan was weighed against: doing nothing, and the other plans of its frontier."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clients import figures
from rebalancing.engine import frontier
from rebalancing.engine.documents.plan import Plan
from rebalancing.models import Comparison, Revision
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import comparisons

ZERO = Decimal(0)
TERMS = {
    "tax": "Tax, less what carried losses are worth",
    "spread": "Trading cost",
    "drift_inside": "Drift inside the bands",
    "drift_short_of_destination": "Distance to where a class outside its band is brought back to",
    "drift_outside": "Drift outside the bands",
    "location": "Asset location",
    "rank": "Second-choice securities",
    "wind_down": "Legacy holdings still held",
    "lower_basis": "Tax expected later on lower bases",
    "permanently_disallowed": "Losses permanently disallowed by wash sales",
    "slack": "Constraints not met",
    "orders": "Number of orders",
    "budget": "Gains over the budget",
}
"""The parts of the objective a person can weigh. What only decides between equal plans is not among them."""

NAMES = {
    "do nothing": "Do nothing",
    "no realized gain": "No realized gain",
    "within budget": "Within the gain budget",
    "to band edge": "To the bands' edges",
    "halfway": "Halfway to target",
    "to target": "To target",
    "retirement accounts only": "In retirement accounts only",
    "half this year": "Half of the gain this year",
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


@dataclass(frozen=True, slots=True)
class TermRow:
    """One part of what the plan weighs, in dollars: without trades, and with the plan."""

    name: str
    nothing: Decimal
    plan: Decimal


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`gap` says how good the plan provably is; `ways` is empty for a revision that nobody has opened on its page yet.
    `missing` says what could not be worked out.
    """

    terms: tuple[TermRow, ...]
    gap: str
    ways: tuple[WayRow, ...]
    missing: str = ""


def of(stored: Stored) -> Alternatives:
    comparison: Comparison | None = getattr(stored.revision, "comparison", None)
    return Alternatives(
        terms=_terms(stored.plan),
        gap=_gap(stored.plan),
        ways=_ways(stored.revision, stored.plan),
        missing="" if comparison is None else comparison.why_without,
    )


def _terms(plan: Plan) -> tuple[TermRow, ...]:
    """Parts that are nothing either way are left out."""
    return tuple(
        TermRow(TERMS[one.name], one.do_nothing, one.plan)
        for one in plan.terms
        if one.name in TERMS and (one.do_nothing or one.plan)
    )


def _gap(plan: Plan) -> str:
    gap = max(plan.objective - plan.bound, ZERO)
    sentence = f"No plan under these rules does better by more than {figures.money(gap)}."
    return f"{sentence} {plan.fewer_orders.explanation}" if plan.fewer_orders else sentence


def _ways(revision: Revision, plan: Plan) -> tuple[WayRow, ...]:
    """The plan itself first, then the named others."""
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
        for point in comparisons.ways.rows(revision.pk)
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
