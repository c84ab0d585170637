"""A gain budget that is used up already bars no sale that lowers the year's net gain."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.documents.tax_units import GainBudget
from rebalancing.engine.verifier import verification
from tests.engine import harvests


def used_up(asked: Household) -> Household:
    """Every return with a budget far below what it has realized, and the household too."""
    budget = GainBudget(limit=Decimal(0))
    units = tuple(
        replace(unit, realized_long=Decimal(500_000), carryforward_long=Decimal(0), gain_budget=budget)
        for unit in asked.tax_units
    )
    return replace(asked, tax_units=units, rules=replace(asked.rules, gain_budget=budget))


@pytest.mark.parametrize("is_usual", [False, True], ids=["harvest", "usual plan"])
def test_losses_are_taken_although_the_budget_is_used_up(is_usual: bool) -> None:
    taken = 0
    for seed in range(60):
        drawn = harvests.harvest(seed)
        if drawn is None:
            continue
        asked = used_up(drawn)
        if is_usual:
            asked = replace(asked, objective=Objective())
        plan = proposing.propose(asked)
        assert verification.verify(asked, plan).signed
        if all(unit.short + unit.long <= 0 for unit in plan.tax):
            assert not any(one.rule is Limit.GAIN_BUDGET for one in plan.slack)
        taken += any(unit.short + unit.long < 0 for unit in plan.tax)
    assert taken > 5
