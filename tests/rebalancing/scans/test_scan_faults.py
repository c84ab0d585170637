"""Workers die in the middle of a scan; the run completes, and no household is read or proposed for twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection

from compliance import clock
from compliance.audit_trail import audit
from rebalancing.models import Proposal, Reading, ScanItem, ScanRun
from rebalancing.scans import settling
from tests import cast
from tests.clock import SUNDAY_NOON, let_it_run
from tests.factories.households import households_without_policy, many_managed_households
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


@contextmanager
def readings_cannot_be_stored() -> Iterator[None]:
    """Somebody else holds the table of readings; whoever wants to write one waits."""
    at = connection.settings_dict
    with psycopg.connect(
        host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"]
    ) as other:
        other.execute("LOCK TABLE rebalancing_reading IN SHARE MODE")
        yield


def somebody_waits_to_store_readings() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = 'rebalancing_reading'::regclass AND NOT granted"
        )
        return cursor.fetchone() != (0,)


def test_a_worker_killed_while_it_settles_leaves_nothing_half_done(firm: Firm) -> None:
    households_without_policy(settling.HOUSEHOLDS_MIN)
    firm.manage("scan_drift")
    with readings_cannot_be_stored():
        first = firm.worker()
        try:
            wait_until(somebody_waits_to_store_readings, seconds=120, what="the firm to be read")
        finally:
            kill_whole(first)
    assert not Reading.objects.exists()

    second = firm.worker()
    try:
        wait_until(lambda: the_run_is_complete(firm), seconds=180, what="the run to complete")
    finally:
        kill_whole(second)

    assert Counter(ScanItem.objects.values_list("state", flat=True)) == {"done": settling.HOUSEHOLDS_MIN}
    assert Counter(Reading.objects.values_list("outcome", flat=True)) == {
        "no_policy": settling.HOUSEHOLDS_MIN
    }
    # On a slow machine the first worker may have waited so long for the table that it had begun anew before it was killed.
    assert ScanRun.objects.get().settle_attempt >= 2
    assert audit.verify().is_intact
