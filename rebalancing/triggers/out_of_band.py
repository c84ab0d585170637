"""A class has left the band of the client's policy."""

from __future__ import annotations

from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

CODE = "out_of_band"


def find(_portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Each class that has left its band, the one furthest from its target first."""
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
        for one in measured.breached
    ]
