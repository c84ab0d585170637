"""What is handed over to branch and cut: proven to the oracle's optimum, the same bytes every time, and honest where it is cut
off."""

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
from rebalancing.engine.search import branch_and_bound, highs, mip
from rebalancing.engine.verifier import verification
from tests.engine import families
from tests.engine.oracles import milp

HUNDREDTH_OF_A_BASIS_POINT = 1e-6
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
def test_the_binaries_prove_the_optimum_of_the_oracle(name):
    household = ordered(whole(HOUSEHOLDS[name]))
    situation = situations.lay_out(household)
    built = program.build(situation, tradables.find(situation), objective_prices.prices_for(household))

    found = mip.hand_over(built, highs.Solver(built), None, nodes_max=600)

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
    assert not any(AT_ITS_LIMIT in told for told in plans[0].warnings)


def test_branch_and_cut_that_ends_at_its_nodes_says_so_and_keeps_its_gap():
    household = ordered(whole(families.direct_index(40)))
    situation = situations.lay_out(household)
    built = program.build(situation, tradables.find(situation), objective_prices.prices_for(household))
    solver = highs.Solver(built)
    first = branch_and_bound.search(built, solver, nodes_max=2)

    found = mip.hand_over(built, solver, first, nodes_max=0)

    assert found.solution.objective <= first.solution.objective
    assert found.bound >= first.bound
    assert found.bound <= found.solution.objective
