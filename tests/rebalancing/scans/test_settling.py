"""A run first settles at once what needs no full reading; what changes meanwhile, and what fails, is read in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from clients.households import households
from clients.models import Household
from clients.securities import securities
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.firm_scan import facts, settled
from rebalancing.firm_scan.settled import SettledReading
from rebalancing.models import Reading, ScanRun
from rebalancing.scans import claims, scans, settling
from rebalancing.scans.claims import Claim
from tests.clock import LAST_FRIDAY, SUNDAY_NOON

pytestmark = pytest.mark.django_db

HOUSEHOLDS = 8
SET_UP = Actor.system("test set-up")


class Firm:
    """Stands for the arrays: what they settle, and what happens while they are read."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None
        self.times_read = 0
        self.left: dict[str, int] = {}

    def read(self, **_: Any) -> None:
        self.times_read += 1

    def settled(self, _: None) -> Firm:
        return self

    def readings(self) -> Iterator[SettledReading]:
        # All but the last two need no full reading.
        for key in sorted(Household.objects.values_list("pk", flat=True))[:-2]:
            yield SettledReading(household_id=key, outcome="in_band", reason="Inside, by the arrays.")
        self.meanwhile()


@pytest.fixture
def firm(monkeypatch: pytest.MonkeyPatch) -> Firm:
    monkeypatch.setattr(securities, "has_prices_of", lambda _: True)
    monkeypatch.setattr(settling, "HOUSEHOLDS_MIN", 1)
    firm = Firm()
    monkeypatch.setattr(facts, "read", firm.read)
    monkeypatch.setattr(settled, "settled", firm.settled)
    for number in range(HOUSEHOLDS):
        households.open_household(
            code=f"h{number}",
            name=f"Household {number}",
            opened_on=date(2020, 1, 2),
            profile_confirmed_on=date(2026, 3, 2),
            by=SET_UP,
            at=SUNDAY_NOON,
        )
    return firm


@pytest.fixture
def run(firm: Firm) -> ScanRun:
    return scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )


def read(mine: Claim, at: datetime) -> None:
    claims.finish(mine, at=at)
    Reading.objects.create(
        run_id=mine.run_id, household_id=mine.household_id, outcome="in_band", reason="In full.", read_at=at
    )


def worked() -> int:
    return scans.work(worker="one", now=lambda: SUNDAY_NOON, do=read, households_max=1000)


def by_reason(run: ScanRun) -> dict[str, int]:
    told = list(run.readings.values_list("reason", flat=True))
    return {reason: told.count(reason) for reason in sorted(set(told))}


def something_changes(about: object) -> None:
    audit.record(audit.Action.HOUSEHOLD_CHANGED, about=about, by=SET_UP, at=SUNDAY_NOON)


def test_what_needs_no_full_reading_is_settled_and_the_rest_is_read(run: ScanRun, firm: Firm) -> None:
    assert worked() == 2

    run.refresh_from_db()
    assert by_reason(run) == {"In full.": 2, "Inside, by the arrays.": HOUSEHOLDS - 2}
    assert (run.state, run.tally["done"], firm.times_read) == ("completed", HOUSEHOLDS, 1)
    assert run.settled_at == SUNDAY_NOON
    assert audit.verify().is_intact


def test_a_household_that_changed_while_the_firm_was_read_is_read_in_full(run: ScanRun, firm: Firm) -> None:
    changed = Household.objects.get(code="h1")
    firm.meanwhile = lambda: something_changes(changed)

    assert worked() == 3
    assert run.readings.get(household=changed).reason == "In full."
    assert firm.times_read == 1


def test_looking_at_a_household_changes_nothing(run: ScanRun, firm: Firm) -> None:
    looked_at = Household.objects.get(code="h1")
    firm.meanwhile = lambda: audit.record(
        audit.Action.HOUSEHOLD_VIEWED, about=looked_at, by=SET_UP, at=SUNDAY_NOON
    )

    assert worked() == 2


def test_after_a_change_that_may_concern_all_the_firm_is_read_anew(run: ScanRun, firm: Firm) -> None:
    def once() -> None:
        if firm.times_read == 1:
            audit.record(
                audit.Action.SETTING_CHANGED, about=audit.Ref("setting", "x"), by=SET_UP, at=SUNDAY_NOON
            )

    firm.meanwhile = once

    assert worked() == 2
    assert firm.times_read == 2


def test_a_firm_that_never_stands_still_is_read_household_by_household(run: ScanRun, firm: Firm) -> None:
    firm.meanwhile = lambda: audit.record(
        audit.Action.SETTING_CHANGED, about=audit.Ref("setting", "x"), by=SET_UP, at=SUNDAY_NOON
    )

    assert worked() == HOUSEHOLDS
    assert by_reason(run) == {"In full.": HOUSEHOLDS}
    assert firm.times_read == settling.ATTEMPTS_MAX


def test_an_error_in_it_costs_no_household_its_reading(run: ScanRun, firm: Firm) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    firm.meanwhile = fails

    assert worked() == HOUSEHOLDS
    run.refresh_from_db()
    assert (run.state, by_reason(run)) == ("completed", {"In full.": HOUSEHOLDS})


def test_nothing_is_offered_before_it_is_over_and_a_dead_worker_is_replaced(run: ScanRun, firm: Firm) -> None:
    ScanRun.objects.update(settle_attempt=1, settle_until=SUNDAY_NOON + timedelta(seconds=60))

    assert worked() == 0
    assert claims.take(worker="two", at=SUNDAY_NOON) == []

    later = SUNDAY_NOON + timedelta(seconds=61)
    assert scans.work(worker="two", now=lambda: later, do=read, households_max=1000) == 2
    assert by_reason(run) == {"In full.": 2, "Inside, by the arrays.": HOUSEHOLDS - 2}


def test_a_worker_that_was_presumed_dead_stores_nothing_more(run: ScanRun, firm: Firm) -> None:
    firm.meanwhile = lambda: ScanRun.objects.update(settle_attempt=2)

    assert settling.settle_due(now=lambda: SUNDAY_NOON) == 0
    assert not run.readings.exists()


def test_a_canceled_run_is_not_settled(run: ScanRun, firm: Firm) -> None:
    firm.meanwhile = lambda: scans.cancel(run, by=SET_UP, at=SUNDAY_NOON)

    assert settling.settle_due(now=lambda: SUNDAY_NOON) == 0
    assert not run.readings.exists()


def test_each_slice_is_whole_and_what_is_settled_is_not_settled_twice(
    run: ScanRun, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "SLICE", 4)
    store = settling._store
    stored: list[int] = []

    def killed_after_one(*given: Any, **named: Any) -> int:
        if stored:
            raise KeyboardInterrupt
        stored.append(store(*given, **named))
        return stored[0]

    monkeypatch.setattr(settling, "_store", killed_after_one)
    with pytest.raises(KeyboardInterrupt):
        settling.settle_due(now=lambda: SUNDAY_NOON)
    assert (run.readings.count(), run.items.filter(state="done").count()) == (4, 4)

    monkeypatch.setattr(settling, "_store", store)
    later = SUNDAY_NOON + timedelta(seconds=61)
    assert settling.settle_due(now=lambda: later) == 2
    assert run.readings.count() == run.items.filter(state="done").count() == HOUSEHOLDS - 2


def test_a_run_over_few_households_does_not_read_the_firm(
    run: ScanRun, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "HOUSEHOLDS_MIN", HOUSEHOLDS + 1)

    assert worked() == HOUSEHOLDS
    assert firm.times_read == 0


def test_the_database_refuses_a_second_reading_and_the_run_goes_on(run: ScanRun, firm: Firm) -> None:
    first = Household.objects.order_by("pk").first()
    Reading.objects.create(run=run, household=first, outcome="held", reason="By hand.", read_at=SUNDAY_NOON)

    def refuses(mine: Claim, at: datetime) -> None:
        if run.readings.filter(household_id=mine.household_id).exists():
            raise IntegrityError
        read(mine, at)

    scans.work(worker="one", now=lambda: SUNDAY_NOON, do=refuses, households_max=1000)
    assert run.readings.get(household=first).reason == "By hand."
    assert by_reason(run)["In full."] == HOUSEHOLDS - 1
