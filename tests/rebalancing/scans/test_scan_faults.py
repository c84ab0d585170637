"""Workers die in the middle of a scan; the run completes, and no household is read or proposed for twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from compliance import clock
from compliance.audit_trail import audit
from rebalancing.models import Proposal, Reading, ScanItem, ScanRun
from tests import cast
from tests.clock import SUNDAY_NOON, let_it_run
from tests.factories.households import many_managed_households
from tests.processes.workers import Firm, children_of, firm, kill_whole, wait_until

pytestmark = pytest.mark.process

__all__ = ("firm",)

HOUSEHOLDS = 12


@pytest.fixture(autouse=True)
def it_is_that_sunday(transactional_db: None) -> Iterator[None]:
    """Workers are processes of their own and leases must run out: the one clock goes on, from the day of the files."""
    ahead_of_the_machine = SUNDAY_NOON.date() - datetime.now(UTC).date()
    clock.shift(days=ahead_of_the_machine.days)
    yield
    let_it_run()


def some_are_read() -> bool:
    return Reading.objects.count() >= 2


def the_run_is_complete(firm: Firm) -> bool:
    """Swept as the timetable would, every now and then."""
    firm.manage("sweep_leases")
    time.sleep(1)
    return ScanRun.objects.filter(state=ScanRun.State.COMPLETED).exists()


def nothing_was_done_twice() -> None:
    assert Counter(ScanItem.objects.values_list("state", flat=True)) == {"done": HOUSEHOLDS}
    assert Counter(Reading.objects.values_list("outcome", flat=True)) == {"proposed": HOUSEHOLDS}
    assert Proposal.objects.count() == HOUSEHOLDS
    assert audit.verify().is_intact


def test_a_killed_child_costs_no_household_and_doubles_none(firm: Firm) -> None:
    many_managed_households(HOUSEHOLDS, reviewer=cast.rui())
    worker = firm.worker()
    try:
        firm.manage("scan_drift")
        wait_until(some_are_read, seconds=90, what="two readings")
        for child in children_of(worker):
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: the_run_is_complete(firm), seconds=180, what="the run to complete")
    finally:
        kill_whole(worker)

    nothing_was_done_twice()


def test_a_killed_worker_is_taken_over_by_the_next(firm: Firm) -> None:
    many_managed_households(HOUSEHOLDS, reviewer=cast.rui())
    first = firm.worker()
    firm.manage("scan_drift")
    wait_until(some_are_read, seconds=90, what="two readings")
    kill_whole(first)

    second = firm.worker()
    try:
        wait_until(lambda: the_run_is_complete(firm), seconds=180, what="the run to complete")
    finally:
        kill_whole(second)

    nothing_was_done_twice()
