"""Living days one after another and looking at everything after each."""

from __future__ import annotations

import os

from tests.simulation import invariants
from tests.simulation.days import World

SEED = int(os.environ.get("EVENKEEL_SEED") or 11)


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
