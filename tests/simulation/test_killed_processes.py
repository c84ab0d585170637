"""Market days on which the FIX process, a process of its own, is killed over real sockets at steps that the seed draws.

Workers are killed on half of all days anyway (`faults`). Three days in `.ci/run`, twenty with `--all`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rebalancing.models import Block, FixInbox
from tests.examples import DEPTH
from tests.simulation.days import World
from tests.simulation.living import SEED, lived
from tests.simulation.sockets import BrokerOverSockets

pytestmark = pytest.mark.process
DAYS = {"quick": 3, "ci": 3, "all": 20}[DEPTH]


def test_the_fix_process_is_killed_every_day(begins: Callable[..., World]) -> None:
    world = begins(SEED, has_trouble=True, purchases_wait="always", is_over_sockets=True)
    assert isinstance(world.broker, BrokerOverSockets)

    try:
        lived(world, DAYS)
    finally:
        world.broker.closes()

    assert world.broker.deaths, world.told
    assert Block.objects.exclude(route="file").filter(filled_quantity__gt=0).exists(), world.told
    assert FixInbox.objects.filter(kind="8").exists()
