"""What calls for action. The list is written by hand: a new trigger is one file and its name here, imported and listed."""

from __future__ import annotations

from typing import Protocol

from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import (
    cash_arrived,
    cash_due,
    cash_idle,
    cash_income,
    losses,
    out_of_band,
    out_of_hard_range,
    replaced_securities,
    required_distribution,
    sleeves_out_of_band,
    tracking_error,
)
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger


class TriggerModule(Protocol):
    """What a trigger's file offers: its stable code, and what it finds in a portfolio as it is measured."""

    CODE: str

    def find(self, portfolio: Portfolio, measured: Measured, /) -> list[Trigger]: ...


TRIGGERS: tuple[TriggerModule, ...] = (
    out_of_hard_range,
    out_of_band,
    sleeves_out_of_band,
    tracking_error,
    cash_due,
    required_distribution,
    cash_arrived,
    cash_income,
    cash_idle,
    losses,
    replaced_securities,
)
"""The weightiest kind first."""


def find(portfolio: Portfolio, measured: Measured) -> tuple[Trigger, ...]:
    """Every trigger of this portfolio, in the order of the list."""
    return tuple(one for kind in TRIGGERS for one in kind.find(portfolio, measured))
