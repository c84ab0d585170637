"""A class has left the band of the client's policy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import localcontext

from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Column, Columns, Truth
from rebalancing.triggers.measures import Measure, Measured
from rebalancing.triggers.trigger import Trigger

CODE = "out_of_band"
NEEDS = ("value", "investable", "target", "lower", "upper", "edge_is_breach")
"""Of a class in the household, or in an account that is measured by itself."""


def fires(facts: Columns) -> Truth:
    """Beyond an edge, or on it where the policy says so; the rule is `bands.side_left`, over columns."""
    return outside(facts, lower=facts["lower"], upper=facts["upper"])


def outside(facts: Columns, *, lower: Column, upper: Column) -> Truth:
    """Whether a value stands outside these edges. Nothing is divided, so that nothing is rounded. Nothing held, all of it
    and an edge that is the target are places to stand.
    """
    value, of, on_edge = facts["value"], facts["investable"], columns.is_set(facts["edge_is_breach"])
    with localcontext(prec=60):
        top, bottom = upper * of, lower * of
        over = columns.more_than(value, top) | (
            on_edge
            & ~columns.at_least(upper, 1)
            & _apart(upper, facts["target"])
            & columns.at_least(value, top)
        )
        under = ~columns.at_least(value, bottom) | (
            on_edge
            & columns.more_than(lower, 0)
            & _apart(lower, facts["target"])
            & ~columns.more_than(value, bottom)
        )
    return over | under


def _apart(left: Column, right: Column) -> Truth:
    return columns.more_than(left, right) | ~columns.at_least(left, right)


def facts(portfolio: Portfolio, measured: Measured) -> Columns:
    """The exact facts of each measure, in their order."""
    return columns.rows(*(row(portfolio, one) for one in measured.measures))


def row(portfolio: Portfolio, one: Measure) -> dict[str, columns.Fact]:
    """One measure's facts."""
    return {
        "value": one.value,
        "investable": one.investable,
        "target": one.target,
        "lower": one.lower,
        "upper": one.upper,
        "edge_is_breach": portfolio.edge_is_breach,
    }


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Each class that has left its band, the one furthest from its target first."""
    if not measured.measures:
        return []
    fired = fires(facts(portfolio, measured)).yes
    return told([one for one, is_out in zip(measured.measures, fired, strict=True) if is_out])


def told(found: Sequence[Measure]) -> list[Trigger]:
    """The triggers of measures outside their bands, the one furthest from its target first."""
    return [
        Trigger(
            code=CODE,
            sentence=f"{one.sentence()}.",
            figures={
                "asset_class": one.asset_class,
                "weight": f"{one.weight:.6f}",
                "target": f"{one.target:.6f}",
                "lower": f"{one.lower:.6f}",
                "upper": f"{one.upper:.6f}",
            },
        )
        for one in sorted(found, key=lambda one: -abs(one.drift))
    ]
