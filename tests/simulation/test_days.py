"""Day after day: prices, money, dividends, files, scans, decisions, orders and fills, and what must be true after each of them.

`EVENKEEL_SEED=7 ./evenkeel test tests/simulation/test_days.py` lives the days of another seed; a failure prints its own.
Ten days in a quick run, fifty with trouble and twenty without in `.ci/run`, a thousand with `--all`, and then fifty of six more seeds.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clients.models import ActionAccount, Price, Security
from rebalancing.models import Block, Order, Reading
from tests.examples import DEPTH
from tests.simulation.days import World
from tests.simulation.living import SEED, lived

DAYS = {"quick": 10, "ci": 50, "all": 1_000}[DEPTH]
MORE_SEEDS = (1, 2, 3, 4, 5, 6)


def test_days_on_which_nothing_goes_wrong(begins: Callable[..., World]) -> None:
    world = begins(SEED)

    lived(world, {"quick": 10, "ci": 20, "all": 50}[DEPTH])

    assert Order.objects.filter(state=Order.State.FILLED).exists(), world.told
    assert set(Block.objects.values_list("route", flat=True)) == {"file", "Paper"}, world.told
    assert Reading.objects.filter(outcome=Reading.Outcome.IN_BAND).exists(), world.told


def test_days_on_which_something_always_goes_wrong(begins: Callable[..., World]) -> None:
    """Also with what issuers do to their securities, and prices that are wrong; purchases wait for their account's sales."""
    world = begins(SEED, has_trouble=True, purchases_wait="always")

    lived(world, DAYS)

    if DAYS < 50 or SEED != 11:
        return
    shown = set(ActionAccount.objects.filter(state="shown").values_list("action__kind", flat=True))
    assert shown >= {"split", "spin_off", "cash_merger"}, world.told
    assert Security.objects.exclude(former_symbols=None).exists(), world.told
    assert Price.objects.filter(standing=Price.Standing.REJECTED).exists(), world.told


@pytest.mark.slow
@pytest.mark.parametrize("seed", MORE_SEEDS)
def test_days_of_other_seeds(begins: Callable[..., World], seed: int) -> None:
    lived(begins(seed, has_trouble=True, purchases_wait="always"), 50)


@pytest.mark.slow
def test_days_of_a_firm_as_it_is_shipped(begins: Callable[..., World]) -> None:
    """By file both sides of an account go together there, so a sale that falls short can leave its purchases unpaid."""
    lived(begins(SEED, has_trouble=True), 50)
