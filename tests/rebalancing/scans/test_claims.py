"""Households are taken in chunks; what goes wrong with one of them costs no other its reading, its place or an attempt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from clients.households import households
from clients.securities import securities
from compliance.people.actors import Actor
from rebalancing.models import Reading, ScanItem, ScanRun
from rebalancing.scans import claims, scans, settling
from rebalancing.scans.claims import Claim, LeaseLost
from tests.clock import LAST_FRIDAY, SUNDAY_NOON

pytestmark = pytest.mark.django_db

HOUSEHOLDS = 30
LEASE = timedelta(seconds=30)
SET_UP = Actor.system("test set-up")


class Clock:
    """A worker's clock that a reading moves."""

    def __init__(self) -> None:
        self.at = SUNDAY_NOON

    def __call__(self) -> datetime:
        return self.at

    def let_pass(self, **time: float) -> None:
        self.at += timedelta(**time)


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ScanRun:
    monkeypatch.setattr(securities, "has_prices_of", lambda _: True)
    for number in range(HOUSEHOLDS):
        households.open_household(
            code=f"h{number:02}",
            name=f"Household {number}",
            opened_on=date(2020, 1, 2),
            profile_confirmed_on=date(2026, 3, 2),
            by=SET_UP,
            at=SUNDAY_NOON,
        )
    run = scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    assert settling.settle_due(now=lambda: SUNDAY_NOON) == 0
    return run


def read(mine: Claim, at: datetime) -> None:
    claims.finish(mine, at=at)
    Reading.objects.create(
        run_id=mine.run_id, household_id=mine.household_id, outcome="in_band", reason="Inside.", read_at=at
    )


def worked(
    clock: Clock,
    do: Callable[[Claim, datetime], object],
    *,
    worker: str = "one",
    until: datetime | None = None,
) -> int:
    return scans.work(worker=worker, now=clock, do=do, households_max=1000, until=until)


def states(run: ScanRun) -> dict[str, int]:
    return dict(Counter(run.items.values_list("state", flat=True)))


def test_a_chunk_is_taken_at_once_and_nobody_gets_the_same_household(run: ScanRun) -> None:
    first = claims.take(worker="one", at=SUNDAY_NOON)
    second = claims.take(worker="two", at=SUNDAY_NOON)

    assert (len(first), len(second)) == (25, 5)
    assert len({mine.household_id for mine in (*first, *second)}) == HOUSEHOLDS
    assert claims.take(worker="three", at=SUNDAY_NOON) == []


def test_taking_costs_as_many_queries_for_a_chunk_as_for_one(
    run: ScanRun, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(6):  # type: ignore[attr-defined]  # The runs, the items, their lease, a sign of life.
        claims.take(worker="one", at=SUNDAY_NOON, at_most=1)
    with django_assert_num_queries(6):  # type: ignore[attr-defined]
        claims.take(worker="one", at=SUNDAY_NOON)


def test_a_run_counts_what_became_of_its_households(run: ScanRun, clock: Clock) -> None:
    assert (run.households, scans.progress(run)["waiting"], run.tally) == (HOUSEHOLDS, HOUSEHOLDS, {})

    assert worked(clock, read) == HOUSEHOLDS

    run.refresh_from_db()
    assert (run.state, run.tally["done"], run.tally["waiting"]) == ("completed", HOUSEHOLDS, 0)
    assert scans.progress(run) == run.tally
    assert scans.outcomes(run) == {"in_band": HOUSEHOLDS}


def test_a_run_over_no_household_ends_with_nothing_read(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Nobody in a person's scope may follow the version of a model that is asked for."""
    monkeypatch.setattr(securities, "has_prices_of", lambda _: True)
    run = scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        among=[],
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )

    assert worked(clock, read) == 0

    run.refresh_from_db()
    assert (run.state, run.households, run.readings.count()) == ("completed", 0, 0)


def test_what_a_killed_worker_held_is_taken_over_after_its_lease_one_by_one(
    run: ScanRun, clock: Clock
) -> None:
    left = claims.take(worker="killed", at=clock())
    assert worked(clock, read, worker="two") == HOUSEHOLDS - len(left)

    clock.let_pass(seconds=31)
    assert [len(claims.take(worker="two", at=clock())) for _ in range(2)] == [1, 1]
    clock.let_pass(seconds=31)
    assert worked(clock, read, worker="three") == len(left)

    assert states(run) == {"done": HOUSEHOLDS}
    assert run.readings.count() == HOUSEHOLDS
    with pytest.raises(LeaseLost):
        read(left[0], clock())


def test_a_household_that_kills_its_workers_fails_alone(run: ScanRun, clock: Clock) -> None:
    poison = run.items.order_by("pk")[7].household_id

    def do(mine: Claim, at: datetime) -> None:
        if mine.household_id == poison:
            raise Killed
        read(mine, at)

    for worker in range(3):
        with pytest.raises(Killed):
            worked(clock, do, worker=f"worker {worker}")
        clock.let_pass(seconds=31)
    worked(clock, do, worker="the last")

    assert states(run) == {"done": HOUSEHOLDS - 1, "failed": 1}
    assert [item.household_id for item in run.items.filter(state="failed")] == [poison]
    run.refresh_from_db()
    assert (run.state, run.tally["failed"]) == ("completed", 1)


def test_a_failure_is_tried_again_alone_and_costs_no_other_an_attempt(run: ScanRun, clock: Clock) -> None:
    wrong = run.items.order_by("pk")[3].household_id
    tried = Counter[int]()

    def do(mine: Claim, at: datetime) -> None:
        tried[mine.household_id] += 1
        if mine.household_id == wrong:
            raise ValueError("no such class")
        read(mine, at)

    for _ in range(3):
        worked(clock, do)
        clock.let_pass(minutes=1)

    assert tried[wrong] == 3
    assert sum(tried.values()) == HOUSEHOLDS + 2
    assert states(run) == {"done": HOUSEHOLDS - 1, "failed": 1}


def test_when_the_time_is_up_the_rest_of_a_chunk_is_given_back_untried(run: ScanRun, clock: Clock) -> None:
    def do(mine: Claim, at: datetime) -> None:
        read(mine, at)
        clock.let_pass(seconds=4)

    assert worked(clock, do, until=clock() + timedelta(seconds=10)) == 3
    assert states(run) == {"done": 3, "waiting": HOUSEHOLDS - 3}
    assert set(run.items.filter(state="waiting").values_list("attempt", "leased_to")) == {(0, "")}


def test_a_slow_chunk_keeps_its_leases_and_its_sign_of_life(run: ScanRun, clock: Clock) -> None:
    taken: list[Claim] = []

    def do(mine: Claim, at: datetime) -> None:
        read(mine, at)
        clock.let_pass(seconds=9)
        taken.extend(claims.take(worker="two", at=clock()))
        run.refresh_from_db()
        assert not scans.is_stalled(run, at=clock())

    chunk = claims.take(worker="one", at=clock())
    assert claims.work_off(chunk, now=clock, do=do) == 25
    # The second worker got the households that nobody held, and none of the first one's.
    assert not {mine.item_id for mine in taken} & {mine.item_id for mine in chunk}


def test_a_worker_that_hung_leaves_alone_what_was_taken_over(run: ScanRun, clock: Clock) -> None:
    def do(mine: Claim, at: datetime) -> None:
        if not run.readings.exists():
            clock.let_pass(minutes=2)
            assert worked(clock, read, worker="two") == HOUSEHOLDS
        read(mine, at)

    assert worked(clock, do) == 1
    assert states(run) == {"done": HOUSEHOLDS}
    assert run.readings.count() == HOUSEHOLDS


def test_a_cancelled_run_offers_nothing_more_and_what_is_in_hand_is_finished(
    run: ScanRun, clock: Clock
) -> None:
    chunk = claims.take(worker="one", at=clock(), at_most=2)
    scans.cancel(run, by=SET_UP, at=clock())

    assert claims.take(worker="two", at=clock()) == []
    assert claims.work_off(chunk, now=clock, do=read) == 2
    assert states(run) == {"done": 2, "skipped": HOUSEHOLDS - 2}


def test_households_that_wait_are_found_by_an_index_of_their_own() -> None:
    indexes = {index.name: index for index in ScanItem._meta.indexes}

    assert indexes["waiting_scan_items"].fields == ["run", "attempt", "id"]
    assert indexes["leased_scan_items"].fields == ["run", "lease_until", "id"]
