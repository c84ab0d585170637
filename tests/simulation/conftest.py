"""The firm of the simulation, in a database of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import records
from tests.simulation.days import World


@pytest.fixture
def begins(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """A firm in a database of its own, in which everything really commits. The ids that the product draws come from the seed too."""
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        records.own_database("simulation"),
    ):
        patch.setattr("compliance.broker.notifications.notify", lambda *_, **__: True)

        def firm(seed: int, **how: Any) -> World:
            patch.setattr("compliance.public_ids.secrets", random.Random(f"{seed}/ids"))
            return World(seed, tmp_path, **how)

        yield firm
