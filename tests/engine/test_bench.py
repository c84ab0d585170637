"""The other ways of the bench are fair: they trade whole shares, keep their cash, and are never cheaper."""

from __future__ import annotations

import pytest

from rebalancing.engine import evaluating, opportunities, situations, weights
from rebalancing.engine.ordering import ordered
from tests.bench import engine as bench
from tests.engine import families, ways


@pytest.mark.parametrize("name", ways.WAYS)
def test_another_way_trades_whole_shares_and_keeps_its_cash(name):
    for seed in range(3):
        household = ordered(families.household("everywhere", "typical", seed))
        situation = situations.lay_out(household)
        able = opportunities.find(situation)

        done = evaluating.evaluate(
            situation, able, weights.weights_of(household), ways.WAYS[name](situation, able)
        )

        for line in done.lines:
            increment = situation.securities[line.security].increment_in(situation.accounts[line.account])
            held = situation.quantity((line.account, line.security))
            assert line.shares % increment == 0 or line.shares == held
        assert not [key for key in done.slack if key[0].startswith("cash")]


def test_the_engine_is_never_dearer_at_the_same_drift():
    figures = bench.against_others(2)

    assert {name: row["engine_worse"] for name, row in figures.items()} == dict.fromkeys(ways.WAYS, 0)
