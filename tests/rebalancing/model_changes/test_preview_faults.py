"""A worker dies in the middle of a preview: the next one takes over, and no household is worked out twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from clients.models import Policy
from compliance import clock
from compliance.people.actors import Actor
from rebalancing.model_changes import impacts
from rebalancing.models import ImpactItem, ImpactRun, Proposal
from tests import cast
from tests.clock import SUNDAY_NOON, let_it_run
from tests.factories.households import many_managed_households
from tests.processes.workers import Firm, firm, kill_whole, wait_until
from tests.rebalancing.model_changes.changing import REPLACED, drafted

pytestmark = pytest.mark.process

__all__ = ("firm",)

HOUSEHOLDS = 8


@pytest.fixture(autouse=True)
def it_is_that_sunday(transactional_db: None) -> Iterator[None]:
    """Workers are processes of their own and leases must run out: the one clock goes on, from the day of the files."""
    ahead_of_the_machine = SUNDAY_NOON.date() - datetime.now(UTC).date()
    clock.shift(days=ahead_of_the_machine.days)
    yield
    let_it_run()


def the_run_is_complete(firm: Firm) -> bool:
    """Swept as the timetable would, every now and then."""
    firm.manage("sweep_leases")
    time.sleep(1)
    return ImpactRun.objects.filter(state=ImpactRun.State.COMPLETED).exists()


def test_a_killed_worker_is_taken_over_by_the_next(firm: Firm) -> None:
    many_managed_households(HOUSEHOLDS, reviewer=cast.rui(), follows=Policy.Follows.MODEL)
    version = drafted(*REPLACED)
    first = firm.worker()
    impacts.start(version, by=Actor.person(cast.ana()), at=clock.now())
    firm.manage("sweep_leases")
    wait_until(
        lambda: ImpactItem.objects.filter(state=ImpactItem.State.DONE).count() >= 2,
        seconds=120,
        what="two households",
    )
    kill_whole(first)

    second = firm.worker()
    try:
        wait_until(lambda: the_run_is_complete(firm), seconds=240, what="the preview to complete")
    finally:
        kill_whole(second)

    assert Counter(ImpactItem.objects.values_list("state", flat=True)) == {"done": HOUSEHOLDS}
    assert not Proposal.objects.exists()
