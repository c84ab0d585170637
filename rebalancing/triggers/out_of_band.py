"""A class has left the band of the client's policy, and stands inside its hard range where it has one."""

from __future__ import annotations

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
    found = columns.which(fires, facts(portfolio, measured), measured.measures)
    return [_told(one, portfolio) for one in sorted(found, key=lambda one: -abs(one.drift))]


def _told(one: Measure, portfolio: Portfolio) -> Trigger:
    return Trigger(code=CODE, sentence=f"{edges.told(one, portfolio)}.", figures=edges.figures(one))
