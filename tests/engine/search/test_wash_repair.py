"""Losing lots that the law lets lose nothing are left alone where that owes less."""

from __future__ import annotations

import pytest

from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation import situations, tradables
from rebalancing.engine.model import program
from rebalancing.engine.portfolio import objective_prices
from rebalancing.engine.search import branch_and_bound, highs, optimum, wash_repair, wash_sale_taxes
from tests.engine import families

HOUSEHOLDS = [(family, seed) for family in families.FAMILIES for seed in range(6)]
WITH_PURCHASES_WITHIN_30_DAYS = ("located", "typical", 1)


def answered(family, size, seed):
    """A household's program, its solver, and the answer of the search."""
    situation = situations.lay_out(ordered(families.household(family, size, seed)))
    able = tradables.find(situation)
    built = program.build(situation, able, objective_prices.prices_for(situation.household))
    solver = highs.Solver(built)
    return built, solver, optimum.find(built, solver)


def owed(built, found):
    return wash_sale_taxes.owed(built, found.solution)[0]


def test_a_lot_whose_loss_is_lost_for_good_is_kept():
    built, solver, found = answered(*WITH_PURCHASES_WITHIN_30_DAYS)

    near = wash_repair.repaired(built, solver, found)

    sold = {lot.sold for group in built.washes for lot in group.lots if found.solution.values[lot.sold] > 1}
    left_alone = near.closed & sold
    assert left_alone
    assert all(near.solution.values[column] == 0.0 for column in left_alone)
    # More than a basis point: the shares that replaced them were sold too, so that no basis took the losses on.
    assert owed(built, near) < owed(built, found) - 1e-4 * float(built.situation.investable)


@pytest.mark.parametrize(("family", "seed"), HOUSEHOLDS)
def test_what_is_repaired_owes_no_more_and_keeps_its_choices(family, seed):
    built, solver, found = answered(family, "small", seed)

    near = wash_repair.repaired(built, solver, found)

    assert owed(built, near) <= owed(built, found)
    assert owed(built, near) >= found.bound - branch_and_bound.tolerance_of(built)
    assert (near.bound, near.is_complete) == (found.bound, found.is_complete)
    assert branch_and_bound.is_feasible(built, near.node, near.solution, near.closed)
    assert near is found or near.closed > found.closed
