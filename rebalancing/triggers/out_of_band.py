"""A class has left the band of the client's policy, and stands inside its hard range where it has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, edges, out_of_hard_range
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.measures import Measure, Measured
from rebalancing.triggers.trigger import Trigger

CODE = "out_of_band"
NEEDS = out_of_hard_range.NEEDS


def fires(facts: Columns) -> Truth:
    """Outside the band; beyond the hard range too, another trigger says so."""
    return leaves(facts) & ~out_of_hard_range.beyond(facts)


def leaves(facts: Columns) -> Truth:
    """Outside the band, however far."""
    return edges.outside(facts, lower=facts["lower"], upper=facts["upper"])


def facts(portfolio: Portfolio, measured: Measured) -> Columns:
    """The exact facts of each measure, in their order."""
    return out_of_hard_range.facts(portfolio, measured)


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Each class that has left its band, the one furthest from its target first."""
    return of(facts(portfolio, measured), measured.measures, told=lambda one: edges.told(one, portfolio))


def of(given: Columns, measures: Sequence[Measure], *, told: Callable[[Measure], str]) -> list[Trigger]:
    """The same of exact facts, row by row those of `measures`; `told` says where one stands."""
    found = columns.which(fires, given, measures)
    return [
        Trigger(code=CODE, sentence=f"{told(one)}.", figures=edges.figures(one))
        for one in sorted(found, key=lambda one: -abs(one.drift))
    ]
