"""A part of a class (a sleeve of its model) has left its band, in a policy whose bands hold for the parts too."""

from __future__ import annotations

from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, edges
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

CODE = "sleeve_out_of_band"
NEEDS = (*edges.NEEDS, "sleeve_bands")


def fires(facts: Columns) -> Truth:
    """Outside its band, where the policy asks for it."""
    return columns.is_set(facts["sleeve_bands"]) & edges.outside(
        facts, lower=facts["lower"], upper=facts["upper"]
    )


def facts(portfolio: Portfolio, measured: Measured) -> Columns:
    """The exact facts of each sleeve, in their order."""
    return columns.rows(
        *(
            edges.row(one, edge_is_breach=portfolio.edge_is_breach)
            | {"sleeve_bands": portfolio.policy.sleeve_bands}
            for one in measured.sleeves
        )
    )


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Each sleeve that has left its band, the one furthest from its target first."""
    found = columns.which(fires, facts(portfolio, measured), measured.sleeves)
    return [
        Trigger(code=CODE, sentence=f"{edges.told(one, portfolio)}.", figures=edges.figures(one))
        for one in sorted(found, key=lambda one: -abs(one.drift))
    ]
