"""The timetable is obeyed, and what is not kept is listed to whom it concerns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clients.models import Household
from compliance.firm.desk_figures import MEASURED_WITHIN, REVIEW_WITHIN, SCAN_AFTER_CLOSE, SCAN_DAYS
from compliance.firm.firm_settings import in_force
from rebalancing import tasks
from rebalancing.models import ScanRun
from rebalancing.promises import facts
from rebalancing.promises.promises import Promise
from rebalancing.scans import timetable
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON, set_clock
from tests.factories import desk as desks
from tests.factories.firm_settings import decided
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db
RECORD = "the desk"

THURSDAY = date(2026, 11, 19)


@pytest.fixture
def desk() -> Any:
    """The Millers out of their bands, scanned on Sunday at Friday's prices, with a proposal in review."""
    found = desks.on_record()
    found.propose()
    return found


def kinds(user: Any, at: datetime) -> list[Promise]:
    return [one.promise for one in facts.broken(user, at=at)]


@pytest.mark.parametrize(
    ("minutes", "days", "at", "is_due"),
    [
        # Friday's close is 16:00 in New York, 21:00 UTC.
        (30, None, "2026-11-20T21:29", False),
        (30, None, "2026-11-20T21:30", True),
        (120, None, "2026-11-20T22:59", False),
        (120, None, "2026-11-20T23:00", True),
        (30, ("mon", "wed"), "2026-11-20T22:00", False),
        (30, ("fri",), "2026-11-20T22:00", True),
    ],
)
def test_the_scan_starts_by_the_firms_timetable(
    minutes: int, days: tuple[str, ...] | None, at: str, is_due: bool
) -> None:
    before = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
    if minutes != 30:
        decided(SCAN_AFTER_CLOSE, minutes, at=before)
    if days is not None:
        decided(SCAN_DAYS, days, at=before)
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert timetable.is_due(LAST_FRIDAY, in_force(on=LAST_FRIDAY), at=moment) is is_due


def test_on_an_early_close_the_scan_starts_earlier() -> None:
    day_after_thanksgiving = date(2026, 11, 27)  # The exchange closes at 13:00 in New York.

    assert timetable.starts_at(day_after_thanksgiving, in_force(on=day_after_thanksgiving)) == datetime(
        2026, 11, 27, 18, 30, tzinfo=UTC
    )


def test_the_tick_obeys_the_timetable(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "notify_workers", lambda: None)
    ScanRun.objects.filter(scan=ScanRun.Scan.DAILY).update(scan=ScanRun.Scan.REQUESTED, sequence=9)
    decided(SCAN_DAYS, ("mon",), at=datetime(2026, 11, 2, 17, 0, tzinfo=UTC))
    set_clock(SUNDAY_NOON)

    tasks.tick()
    assert not ScanRun.objects.filter(scan=ScanRun.Scan.DAILY).exists()

    decided(SCAN_DAYS, ("mon", "fri"), at=datetime(2026, 11, 3, 17, 0, tzinfo=UTC))
    tasks.tick()
    assert ScanRun.objects.get(scan=ScanRun.Scan.DAILY).market_on == LAST_FRIDAY


def test_a_desk_in_order_has_kept_its_promises(desk: Any) -> None:
    assert Promise.MEASURED not in kinds(cast.cora(), SUNDAY_NOON)
    assert Promise.PROFILE not in kinds(cast.cora(), SUNDAY_NOON)


def test_a_day_without_a_complete_scan_is_a_broken_promise(desk: Any) -> None:
    monday, tuesday_noon = date(2026, 11, 23), datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    ScanRun.objects.update(state=ScanRun.State.RUNNING, finished_at=None, market_on=monday)

    (broken,) = [one for one in facts.broken(cast.cora(), at=tuesday_noon) if one.promise is Promise.SCAN]

    assert broken.sentence.startswith("The scan of Nov 23, 2026 was promised by Nov 24, 2026, 07:00 ET.")
    assert broken.about == ScanRun.objects.get().public_id


def test_nothing_was_promised_before_the_firm_began() -> None:
    """The record begins on Sunday, and the Millers have been clients for years: Friday's scan was promised to nobody."""
    desks.on_record()
    assert Household.objects.get().opened_on < date(2026, 1, 1)

    assert kinds(cast.cora(), SUNDAY_NOON) == []
    assert kinds(cast.cora(), SUNDAY_NOON + timedelta(days=8)) == [Promise.SCAN, Promise.MEASURED]


def test_a_review_that_waits_too_long_is_listed_with_its_page(desk: Any) -> None:
    decided(REVIEW_WITHIN, 1)
    later = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    set_clock(later)

    rows = page_of(as_(cast.cora()).get("/promises/")).rows

    found = [row for row in rows if row.broken.promise is Promise.REVIEW]
    assert [row.broken.household for row in found] == [desk.household.public_id]
    assert [row.url for row in found] == [f"/proposals/{desk.proposal.public_id}/"]


def test_a_household_not_measured_is_listed_to_compliance_and_to_its_own_advisor(desk: Any) -> None:
    decided(MEASURED_WITHIN, 2)
    set_clock(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))
    name = Household.objects.get().name

    for user in (cast.cora(), desk.ana):
        answer = as_(user).get("/promises/")
        rows = [row for row in page_of(answer).rows if row.broken.promise is Promise.MEASURED]
        assert [row.url for row in rows] == [f"/households/{desk.household.public_id}/"]
        assert f"{name} was last measured at the prices of Nov 20, 2026" in words_of(answer)
    assert name not in words_of(as_(cast.otto()).get("/promises/"))


def test_compliance_reads_on_its_home_what_is_broken(desk: Any) -> None:
    decided(MEASURED_WITHIN, 2)
    set_clock(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))

    cora = as_(cast.cora())
    page = page_of(cora.get("/"))

    first = page.compliance.work[0]
    assert (first.what, first.tone, first.link) == (
        "Promise not kept: every household measured",
        "breach",
        "Open the household",
    )
    assert first.whom == Household.objects.get().name
    queue = page_of(cora.get("/compliance/"))
    assert first.why in [row.item.sentence for row in queue.rows]
    assert [row.severity for row in queue.rows if row.item.sentence == first.why] == ["urgent"]


def test_programs_read_the_same(desk: Any) -> None:
    decided(MEASURED_WITHIN, 2)
    set_clock(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))

    told = as_(cast.cora()).get("/api/v1/promises/").json()["results"]

    assert {"promise": "measured", "household": desk.household.public_id} in [
        {"promise": one["promise"], "household": one["household"]} for one in told
    ]
    assert as_(cast.carl()).get("/api/v1/promises/").status_code == 403
    assert as_(cast.carl()).get("/promises/").status_code == 403
