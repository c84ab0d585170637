"""The search finds the optimum: it agrees with one mixed-integer programme of all choices (ENGINE target P1)."""

from __future__ import annotations

import pytest

from rebalancing.engine import branching, opportunities, programme, situations, solving, weights
from rebalancing.engine.ordering import ordered
from tests.engine import families
from tests.engine.oracles import milp

TENTH_OF_A_BASIS_POINT = 1e-5
HOUSEHOLDS = [(family, "small", seed) for family in families.FAMILIES for seed in range(12)] + [
    (family, "typical", seed) for family in families.FAMILIES for seed in range(2)
]


@pytest.mark.parametrize(("family", "size", "seed"), HOUSEHOLDS)
def test_the_search_is_as_good_as_the_mixed_integer_programme(family, size, seed):
    household = ordered(families.household(family, size, seed))
    situation = situations.lay_out(household)
    built = programme.build(situation, opportunities.find(situation), weights.weights_of(household))

    found = branching.search(built, solving.Solver(built))

    best = milp.optimum(built)
    near = TENTH_OF_A_BASIS_POINT * float(situation.investable)
    assert found.is_complete
    assert found.bound <= best + near
    assert found.solution.objective == pytest.approx(best, abs=near)
