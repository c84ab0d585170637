"""Day after day: prices, money, dividends, files, scans, decisions, orders and fills, and what must be true after each of them.

`EVENKEEL_SEED=7 ./evenkeel test tests/simulation/test_days.py` lives the days of another seed; a failure prints its own.
Ten days in a quick run, fifty in `.ci/run`, a thousand with `--all`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rebalancing.models import Block, Order, Reading
from tests import records
from tests.examples import DEPTH
from tests.simulation import invariants
from tests.simulation.days import World

SEED = int(os.environ.get("EVENKEEL_SEED") or 11)
DAYS = {"quick": 10, "ci": 50, "all": 1_000}[DEPTH]


@pytest.fixture
def begins(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """A firm in a database of its own, in which everything really commits. The ids that the product draws come from the seed too."""
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        records.own_database("simulation"),
    ):
        patch.setattr("compliance.broker.notifications.notify", lambda *_, **__: True)

        def firm(seed: int, *, has_trouble: bool = False) -> World:
            patch.setattr("compliance.public_ids.secrets", random.Random(f"{seed}/ids"))
            return World(seed, tmp_path, has_trouble=has_trouble)

        yield firm


def test_days_on_which_nothing_goes_wrong(begins: Callable[..., World]) -> None:
    world = begins(SEED)

    lived(world, min(DAYS, 50))

    assert Order.objects.filter(state=Order.State.FILLED).exists(), world.told
    assert set(Block.objects.values_list("route", flat=True)) == {"file", "Paper"}, world.told
    assert Reading.objects.filter(outcome=Reading.Outcome.IN_BAND).exists(), world.told


def test_days_on_which_something_always_goes_wrong(begins: Callable[..., World]) -> None:
    lived(begins(SEED, has_trouble=True), DAYS)


def lived(world: World, count: int) -> None:
    """So many days, everything looked at after each; what fails says how to see it again."""
    day = None
    try:
        for day in world.days(count):
            invariants.hold(world, day)
    except BaseException as error:
        error.add_note(
            f"To see it again: EVENKEEL_SEED={world.seed}. It failed after {len(world.lived)} days, on {day}.\n"
            + "\n".join([*world.told[-3:], *world.firm.said[-20:]])
        )
        raise
