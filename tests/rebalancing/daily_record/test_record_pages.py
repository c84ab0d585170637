"""Why nothing happened in this household: the timeline, the page of a day, the record as a list, and what clients read."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.households import holds
from clients.models import Hold
from compliance.audit_trail import audit
from compliance.firm import waiting_figures
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from rebalancing.models import Reading, ScanRun
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import firm_settings, market_days
from tests.factories.deciding import scan
from tests.factories.desk import Desk, on_record
from tests.factories.households import SET_UP
from tests.pages import as_, page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

NOVEMBER = {"since": "2026-11-02", "until": "2026-11-20"}


@pytest.fixture
def desk() -> Desk:
    return on_record()


def timeline(desk: Desk, **asked: str) -> Any:
    address = reverse("clients:household_timeline", args=[desk.household.public_id])
    return page_of(as_(desk.ana).get(address, asked or NOVEMBER))


def day(desk: Desk, on: date = LAST_FRIDAY) -> Any:
    return as_(desk.ana).get(
        reverse("clients:household_day", args=[desk.household.public_id, on.isoformat()])
    )


def a_hold(desk: Desk, reason: str = "Mia asked us to wait for her closing.") -> None:
    holds.place(
        desk.household, account=None, security=None, kind=Hold.Kind.ADVISOR, reason=reason, starts_on=LAST_FRIDAY,
        expires_on=date(2026, 12, 4), user_id=desk.ana.pk, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip


def a_requested_scan(at: datetime) -> None:
    run = scans.start(
        scan=ScanRun.Scan.REQUESTED, market_on=LAST_FRIDAY, code_version="test", user_id=None,
        by=Actor.system("timetable"), at=at,
    )  # fmt: skip
    scans.work(worker="here", now=lambda: at, do=readings.read, run=run, households_max=100)


def test_a_held_household_says_since_when_why_and_what_ends_it(desk: Desk) -> None:
    a_hold(desk)
    scan()

    page = timeline(desk)

    assert page.heading == "Miller from Nov 2, 2026 to Nov 20, 2026: why nothing was proposed"
    assert page.answer == "Of 15 market days: before the first scan on 14, held back on 1."
    held, before = page.rows
    assert (held.days, held.label) == ("November 20", "Held back")
    assert held.sentence.startswith("Held until December 4: Mia asked us to wait for her closing.")
    assert held.because[0] == "It ends on that day, or when it is lifted."
    assert before.days == "November 2–19, 14 market days"
    assert before.sentence == "No scan read this household: the firm had not begun to scan."


def test_the_strip_has_one_cell_a_weekday_each_with_its_words_and_its_link(desk: Desk) -> None:
    scan()

    page = timeline(desk, since="2026-11-16", until="2026-11-22")

    (month,) = page.months
    (week,) = month.weeks
    assert [cell.words for cell in week] == [
        *(f"Nov {number}, 2026: Before the first scan" for number in range(16, 20)),
        "Nov 20, 2026: Proposal drafted",
    ]
    assert week[4].url == reverse("clients:household_day", args=[desk.household.public_id, "2026-11-20"])
    assert [one.words for one in page.legend] == ["Before the first scan", "Proposal drafted"]


def test_a_holiday_is_told_as_a_closed_market_and_a_missing_scan_as_one(desk: Desk, set_clock: Any) -> None:
    scan()
    set_clock(datetime.fromisoformat("2026-12-01T17:00:00+00:00"))

    page = timeline(desk, since="2026-11-20", until="2026-11-30")

    cells = {cell.on.day: (cell.words.partition(": ")[2], bool(cell.url)) for month in page.months for week in month.weeks for cell in week if cell}  # fmt: skip
    assert cells[26] == ("Market closed", False)
    assert cells[27] == ("No prices", True)
    assert (
        page.rows[0].sentence == "No scan read this household: no closing prices of that day are on record."
    )


def test_the_page_of_a_day_tells_what_was_looked_at_and_everything_that_was_asked(desk: Desk) -> None:
    scan()

    page = page_of(day(desk))

    (reading,) = page.readings
    assert page.heading == "Miller on Nov 20, 2026: proposal drafted"
    asked = {one.name: one.fired for one in reading.triggers}
    assert asked["Class outside its band"] is True
    assert {"Cash due out", "Losses worth harvesting", "Risk apart from the target"} <= asked.keys()
    assert {one.name for one in reading.holds if not one.fired} >= {"Hold: legal", "Life event"}
    looked = {one.label: one.value for one in reading.looked_at}
    assert looked["Closing prices of"] == "Nov 20, 2026"
    assert looked["Investment policy"] == "version 1"
    assert {label for label in looked if label.startswith("Holdings of ")}
    assert reading.bars
    assert reading.proposal_url


def test_a_day_without_a_scan_has_its_page_too_and_a_day_to_come_has_none(desk: Desk) -> None:
    scan()

    words = words_of(day(desk, date(2026, 11, 19)))

    assert "No scan read this household on November 19: the firm had not begun to scan." in words
    assert day(desk, date(2026, 11, 23)).status_code == 404
    address = reverse("clients:household_day", args=[desk.household.public_id, "someday"])
    assert as_(desk.ana).get(address).status_code == 404


def test_all_readings_of_a_day_are_on_its_page_the_speaking_one_first(desk: Desk) -> None:
    scan()
    a_requested_scan(SUNDAY_NOON + timedelta(minutes=5))

    page = page_of(day(desk))

    assert [(one.label, one.speaks) for one in page.readings] == [
        ("Proposal drafted", True),
        ("Proposal already open", False),
    ]


def test_what_waiting_cost_is_told_to_staff_as_an_estimate(desk: Desk) -> None:
    a_hold(desk)
    scan()

    (held, _) = timeline(desk).rows

    # Prices have not moved since the day itself.
    assert held.waited.cost == 0
    assert "An estimate and no promise" in words_of(
        as_(desk.ana).get(reverse("clients:household_timeline", args=[desk.household.public_id]))
    )


def test_the_tax_that_a_held_plan_would_have_cost_is_told_beside_it(desk: Desk) -> None:
    firm_settings.decided(waiting_figures.HARD_MULTIPLE, D(10))
    market_days.halted()
    scan()

    (held, _) = timeline(desk).rows

    tax = Reading.objects.get().looked["facts"]["tax"]
    assert held.waited.tax == D(tax)
    assert "on the first day" in words_of(day(desk))


def test_opening_a_timeline_is_on_the_trail_and_other_books_are_not_found(desk: Desk) -> None:
    timeline(desk)

    event = AuditEvent.objects.filter(action=audit.Action.HOUSEHOLD_VIEWED).latest("seq")
    assert (event.about_id, '"part":"timeline"' in event.facts) == (desk.household.public_id, True)
    for name, more in (("household_timeline", []), ("household_day", ["2026-11-20"])):
        address = reverse(f"clients:{name}", args=[desk.household.public_id, *more])
        assert as_(cast.otto()).get(address).status_code == 404


@pytest.mark.parametrize(
    "asked", [{"since": "someday"}, {"since": "2026-11-20", "until": "2026-11-02"}, {"since": "2024-01-01"}]
)
def test_days_that_are_none_are_refused_with_a_cure(desk: Desk, asked: dict[str, str]) -> None:
    address = reverse("clients:household_timeline", args=[desk.household.public_id])

    assert as_(desk.ana).get(address, asked).status_code == 422


def test_the_record_is_asked_by_household_day_outcome_trigger_and_hold(desk: Desk) -> None:
    a_hold(desk)
    scan()
    client, address = as_(desk.ana), reverse("rebalancing:record")

    def found(**asked: str) -> int:
        return len(page_of(client.get(address, asked)).rows)

    assert found() == 1
    assert found(household=desk.household.public_id, since="2026-11-20", until="2026-11-20") == 1
    assert found(since="2026-11-21") == 0
    assert (found(outcome="held"), found(outcome="in_band")) == (1, 0)
    assert (found(trigger="out_of_band"), found(trigger="losses")) == (1, 0)
    assert (found(hold="hold_advisor"), found(hold="hold_legal")) == (1, 0)
    assert (found(advisor=str(desk.ana.pk)), found(advisor=str(desk.tom.pk))) == (1, 0)


def test_the_record_goes_out_as_a_file_and_through_the_api(desk: Desk) -> None:
    a_hold(desk)
    scan()
    client = as_(desk.ana)

    answer = client.get(reverse("rebalancing:record"), {"export": "csv", "hold": "hold_advisor"})
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    told = client.get("/api/v1/readings/", {"trigger": "out_of_band", "since": "2026-11-20"}).json()

    assert (row["market_day"], row["household"], row["state"]) == ("2026-11-20", "Miller", "Held back")
    assert (row["triggers"], row["holds"].split("; ")[0]) == ("out_of_band", "hold_advisor")
    assert [(one["market_on"], one["outcome"]) for one in told["results"]] == [("2026-11-20", "held")]
    assert told["results"][0]["looked"]["triggers"]["out_of_band"] is True


def test_the_days_of_a_household_are_there_for_programs_also_those_without_a_scan(desk: Desk) -> None:
    scan()

    told = as_(desk.ana).get(f"/api/v1/households/{desk.household.public_id}/timeline/", NOVEMBER).json()

    assert told["count"] == 15
    assert [(one["on"], one["outcome"], one["unread"]) for one in told["results"][:2]] == [
        ("2026-11-20", "proposed", None),
        ("2026-11-19", None, "before_scans"),
    ]


def test_the_timeline_costs_the_same_queries_whatever_its_length(desk: Desk) -> None:
    scan()
    client = as_(desk.ana)
    address = reverse("clients:household_timeline", args=[desk.household.public_id])

    def cost(since: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page_of(client.get(address, {"since": since, "until": "2026-11-20"}))
        return len(queries)

    cost("2026-11-16")
    assert cost("2026-11-16") == cost("2026-01-05")


@pytest.mark.parametrize(
    "statement", ["UPDATE rebalancing_reading SET looked = '{}'", "DELETE FROM rebalancing_reading"]
)
def test_the_database_refuses_to_change_the_record(desk: Desk, statement: str) -> None:
    scan()

    with (
        pytest.raises(DatabaseError, match="is history and never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_what_was_looked_at_is_sealed_with_the_run(desk: Desk) -> None:
    scan()
    assert audit.verify().is_intact

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE rebalancing_reading DISABLE TRIGGER USER")
        cursor.execute("UPDATE rebalancing_reading SET looked = '{}'")
        cursor.execute("ALTER TABLE rebalancing_reading ENABLE ALWAYS TRIGGER history_stays")

    assert [fault.thing.partition(" of")[0] for fault in audit.verify().faults] == ["looked at"]


def test_a_client_reads_why_nothing_was_done_and_nothing_of_the_desk(desk: Desk) -> None:
    a_hold(desk, "Divorce papers are with the lawyer.")
    scan()
    mia = desk.sign_in_for(desk.household.people.get(given_name="Mia"))

    answer = as_(mia).get("/portfolio/")

    assert [(row.days, row.sentence) for row in page_of(answer).days] == [
        (
            "November 20",
            "A change was called for, and we put it off on purpose. Your advisor can tell you why.",
        )
    ]
    words = words_of(answer)
    assert "lawyer" not in words
    assert "estimate" not in words.lower()
    assert Reading.objects.count() == 1
