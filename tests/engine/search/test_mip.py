"""Direct index: proven to the oracle's optimum, the same bytes every time, and honest where it is cut off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation import situations, tradables
from rebalancing.engine.model import program
from rebalancing.engine.portfolio import objective_prices
from rebalancing.engine.search import highs, mip
from rebalancing.engine.verifier import verification
from tests.engine import families
from tests.engine.oracles import milp

HUNDREDTH_OF_A_BASIS_POINT = 1e-6
BY_THE_CLOCK = "The search reached its time limit"
AT_ITS_LIMIT = "The search reached its limit"


def whole(made: Household) -> Household:
    return replace(made, objective=replace(made.objective, integer=True))


HOUSEHOLDS = {
    "an index of 12 names": families.direct_index(12),
    "an index of 25 names": families.direct_index(25, seed=3),
    "an index whose lots leave in order": families.in_queues(families.direct_index(10, lots_each=4, seed=1)),
    "a household of several accounts": families.household("everywhere", "small", 3),
    "one with budgets and caps": families.household("constrained", "small", 5),
    "one whose lots leave in order": families.in_queues(families.household("taxable", "small", 2)),
}


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_the_binaries_prove_the_optimum_of_the_oracle(name, monkeypatch):
    monkeypatch.setattr(mip, "NODES_FIRST", 1)
    household = ordered(whole(HOUSEHOLDS[name]))
    situation = situations.lay_out(household)
    built = program.build(situation, tradables.find(situation), objective_prices.prices_for(household))

    found = mip.search_integers(built, highs.Solver(built), seconds=30)

    near = HUNDREDTH_OF_A_BASIS_POINT * float(situation.investable)
    best = milp.optimum(built)
    assert found.is_complete
    assert found.bound <= best + near
    assert found.solution.objective == pytest.approx(best, abs=near)


def test_a_plan_with_binaries_is_the_same_every_time_and_signed():
    household = whole(families.direct_index(40))

    plans = [proposing.propose(household, removal_costs=False) for _ in range(2)]

    assert serializing.text(plans[0]) == serializing.text(plans[1])
    assert verification.verify(household, plans[0]).faults == ()
    assert not any(BY_THE_CLOCK in told or AT_ITS_LIMIT in told for told in plans[0].warnings)


def test_a_search_cut_off_by_the_clock_says_so_and_keeps_its_gap(monkeypatch):
    monkeypatch.setattr(mip, "NODES_FIRST", 2)
    monkeypatch.setattr(mip, "CLOCK", 0.0)
    household = whole(families.direct_index(40))

    plan = proposing.propose(household, removal_costs=False)

    assert any(BY_THE_CLOCK in told for told in plan.warnings)
    assert plan.gap_bps > 0
    assert verification.verify(household, plan).faults == ()
