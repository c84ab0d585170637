"""Households in which each security is a class of its own: proven to the optimum of another formulation, which is made from the
document alone; and what cannot be met is called impossible only with a proof."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import State
from rebalancing.engine.portfolio import objective_prices
from rebalancing.engine.search import optimum
from rebalancing.engine.solving import solutions
from rebalancing.engine.verifier import verification
from tests.engine import single_names
from tests.engine.oracles import whole_milp

HUNDREDTH_OF_A_BASIS_POINT = 1e-6
QUICK = [
    "one fund a class, one account",
    "least tax at drift 0.1%, one account",
    "least tax at drift 2.0%, one account",
    "turnover 3%",
    "tiny: $3,000 in four accounts",
    "legacy stock over ten years",
    "losses everywhere",
    "gains everywhere, least tax at 1%",
]
HOUSEHOLDS = [
    pytest.param(name, marks=[] if name in QUICK else pytest.mark.thorough) for name in single_names.FAMILIES
]


@pytest.mark.parametrize("family", HOUSEHOLDS)
def test_bound_and_answer_are_those_of_another_formulation(family):
    household = ordered(single_names.FAMILIES[family](0))

    solved = solutions.solve(household, objective_prices.prices_for(household))

    other = whole_milp.optimum(household)
    near = HUNDREDTH_OF_A_BASIS_POINT * float(solved.situation.investable)
    assert solved.found.is_complete
    assert other.is_proven
    assert solved.found.bound == pytest.approx(other.best, abs=near)
    assert solved.found.solution.objective == pytest.approx(other.best, abs=near)


@pytest.mark.parametrize("drift", ["0.001", "0.02"])
def test_a_limit_that_can_be_met_is_met_and_signed(drift):
    household = single_names.least_tax(single_names.household(3), drift)

    plan = proposing.propose(household, removal_costs=False)

    assert plan.state is State.READY
    assert plan.slack == ()
    assert verification.verify(household, plan).faults == ()
    assert serializing.text(plan) == serializing.text(proposing.propose(household, removal_costs=False))


def test_a_limit_that_cannot_be_met_is_impossible_with_a_proof():
    household = single_names.least_tax(single_names.household(3), "0.001", turnover="0.01")
    household = replace(household, accounts=tuple(replace(a, tradable=False) for a in household.accounts))

    plan = proposing.propose(household, removal_costs=False)

    assert plan.state is State.IMPOSSIBLE
    assert [slack.rule for slack in plan.slack] == ["drift"]
    assert verification.verify(household, plan).faults == ()


def test_a_limit_that_nobody_met_within_the_work_allowed_is_unproven(monkeypatch):
    def without_proof(program, solver, *, nodes_max=0):
        return replace(known(program, solver, nodes_max=nodes_max), is_impossible=False)

    known = optimum.find
    monkeypatch.setattr(solutions, "find", without_proof)
    made = single_names.least_tax(single_names.household(3), "0.001")
    household = replace(made, accounts=tuple(replace(a, tradable=False) for a in made.accounts))

    plan = proposing.propose(household, removal_costs=False)

    assert plan.state is State.UNPROVEN
    assert "not proven" in plan.summary
    assert plan.slack[0].amount > Decimal(1)
    assert verification.verify(household, plan).faults == ()
