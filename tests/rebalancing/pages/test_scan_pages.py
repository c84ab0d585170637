"""The scan pages: the same truth on every reload, who may start one, and what each household's reading says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from compliance.people.actors import Actor
from rebalancing import tasks
from rebalancing.models import ScanItem, ScanRun
from rebalancing.scans import scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.desk import Desk, on_record
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "notify_workers", lambda: None)


@pytest.fixture
def desk() -> Desk:
    return on_record()


def a_started_run() -> ScanRun:
    return scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )


def test_a_running_scan_asks_for_itself_again_and_an_ended_one_says_stop(desk: Desk) -> None:
    run = a_started_run()
    progress = reverse("rebalancing:scan_progress", args=[run.public_id])
    ana = as_(desk.ana)

    going = ana.get(progress)
    assert (going.status_code, 'hx-trigger="every 2s"' in words_of(going)) == (200, True)
    assert "0 of 1 households, 0 skipped, 0 failed." in words_of(going)

    scans.cancel(run, by=Actor.person(desk.ana), at=SUNDAY_NOON)
    ended = ana.get(progress)
    assert (ended.status_code, "hx-trigger" in words_of(ended)) == (286, False)


def test_without_a_script_the_page_shows_the_same_truth_on_a_reload(desk: Desk) -> None:
    run = scan()
    ana = as_(desk.ana)

    answer = ana.get(reverse("rebalancing:scan", args=[run.public_id]))

    page = page_of(answer)
    assert page.heading == "One household was read"
    assert [(row.household, row.outcome_label, bool(row.proposal_url)) for row in page.rows] == [
        ("Miller", "Proposal drafted", True)
    ]
    assert page.rows[0].reason.startswith("US stocks stand at 76.5%")


def test_a_scan_without_a_sign_of_life_says_so(desk: Desk) -> None:
    run = a_started_run()
    ScanRun.objects.update(heartbeat_at=SUNDAY_NOON - timedelta(seconds=31))

    answer = as_(desk.ana).get(reverse("rebalancing:scan", args=[run.public_id]))

    assert page_of(answer).heading == "This scan has stalled"
    assert "Nothing has moved for more than 30 seconds." in words_of(answer)


def test_a_household_that_failed_is_listed_with_its_error_and_can_be_tried_again(desk: Desk) -> None:
    run = scan()
    ScanItem.objects.update(state=ScanItem.State.FAILED, attempt=3, error="ValueError: no such class")
    ScanRun.objects.update(tally={"failed": 1})
    ana = as_(desk.ana)

    answer = ana.get(reverse("rebalancing:scan", args=[run.public_id]))
    assert [(row.household, row.attempt) for row in page_of(answer).failed] == [("Miller", 3)]
    assert "ValueError: no such class" in words_of(answer)

    ana.post(page_of(answer).retry_url)
    assert list(ScanRun.objects.filter(scan="requested").values_list("items__household", flat=True)) == [
        desk.household.pk
    ]


def test_readings_are_filtered_by_outcome_and_an_empty_filter_says_so(desk: Desk) -> None:
    run = scan()
    ana, address = as_(desk.ana), reverse("rebalancing:scan", args=[run.public_id])

    assert len(page_of(ana.get(address, {"outcome": "proposed"})).rows) == 1
    empty = ana.get(address, {"outcome": "held"})
    assert "No household matches" in words_of(empty)


def test_households_outside_the_book_are_counted_and_not_named(desk: Desk) -> None:
    run = scan()

    answer = as_(cast.rosa()).get(reverse("rebalancing:scan", args=[run.public_id]))

    assert "1 more household of the firm is outside your book." in words_of(answer)
    assert "Miller" not in words_of(answer)


@pytest.mark.parametrize(("who", "status"), [("tom", 302), ("rosa", 403), ("cora", 403)])
def test_advisors_and_traders_start_scans_and_others_read_why_not(desk: Desk, who: str, status: int) -> None:
    person = desk.tom if who == "tom" else getattr(cast, who)()
    client = as_(person)

    answer = client.post(reverse("rebalancing:scan_start"))

    assert answer.status_code == status
    sentence = "Only the schedule, an advisor or the trading desk can start a scan."
    assert (sentence in words_of(client.get(reverse("rebalancing:scan_list")))) == (status == 403)
    assert ScanRun.objects.count() == (1 if status == 302 else 0)


def test_a_second_scan_of_the_day_waits_for_the_first(desk: Desk) -> None:
    tom = as_(desk.tom)
    tom.post(reverse("rebalancing:scan_start"))

    refused = tom.post(reverse("rebalancing:scan_start"))

    assert refused.status_code == 409
    assert "A scan of this day is still running." in words_of(refused)


def test_a_scan_is_cancelled_and_what_was_read_stays(desk: Desk) -> None:
    run = a_started_run()
    tom = as_(desk.tom)

    answer = tom.post(reverse("rebalancing:scan_cancel", args=[run.public_id]), follow=True)

    assert page_of(answer).heading == "Cancelled after 0 of 1 households"
    again = tom.post(reverse("rebalancing:scan_cancel", args=[run.public_id]))
    assert (again.status_code, "This scan has ended already." in words_of(again)) == (409, True)


def test_before_the_first_scan_the_list_says_what_starts_one(desk: Desk) -> None:
    answer = as_(desk.ana).get(reverse("rebalancing:scan_list"))

    assert page_of(answer).heading == "No scan has run yet"
    assert "The daily scan starts by itself" in words_of(answer)


def test_clients_see_no_scans(desk: Desk) -> None:
    run = scan()

    carl = as_(cast.carl())
    assert carl.get(reverse("rebalancing:scan", args=[run.public_id])).status_code == 404
    assert carl.post(reverse("rebalancing:scan_start")).status_code == 403
