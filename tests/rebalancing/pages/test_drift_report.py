"""The drift report: every household, class and account as of a day, for whoever may see the household."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Account, Policy
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.models import Reading, ScanRun
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.deciding import scan
from tests.factories.desk import Desk, a_desk
from tests.factories.households import a_managed_household, another
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

DRIFT = "rebalancing:drift"


@pytest.fixture
def desk() -> Desk:
    return a_desk()


def rows_of(client: Client, **asked: str) -> Any:
    return page_of(client.get(reverse(DRIFT), asked)).rows


def test_every_household_is_listed_with_its_book_whatever_became_of_it(desk: Desk) -> None:
    another("okafor", "Okafor", advisor=desk.ana)
    scan()
    another("ruiz", "Ruiz", advisor=desk.ana)

    page = page_of(as_(desk.ana).get(reverse(DRIFT)))

    assert [(row.name, row.book, row.is_outside, row.outcome) for row in page.rows] == [
        ("Miller", desk.ana.name, True, "proposed"),
        ("Okafor", desk.ana.name, False, "no_policy"),
        ("Ruiz", desk.ana.name, False, "unread"),
    ]
    reading = Reading.objects.get(household=desk.household)
    assert (page.rows[0].drift, page.rows[0].value) == (reading.worst_drift, reading.value)
    assert (page.rows[0].outside_value, page.rows[0].prices_as_of_on) == (reading.outside_value, LAST_FRIDAY)
    assert page.heading == "1 of 1 measured household is outside a band"


def test_a_household_is_measured_again_while_its_proposal_is_open(desk: Desk) -> None:
    scan()
    again = scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    later = SUNDAY_NOON + timedelta(minutes=1)
    scans.work(worker="here", now=lambda: later, do=readings.read, run=again, households_max=100)

    (row,) = rows_of(as_(desk.ana))

    assert (row.outcome, row.is_outside) == ("pending", True)
    assert row.drift is not None


def test_each_account_of_a_household_measured_as_one_is_told_for_information(desk: Desk) -> None:
    scan()

    reading = Reading.objects.get()
    (row,) = rows_of(as_(desk.ana))

    assert [one["account"] for one in reading.measures] == [None] * len(reading.measures)
    accounts = dict(Account.objects.values_list("public_id", "name"))
    assert {one["account"] for one in reading.account_weights} == set(accounts)
    for one in reading.account_weights:
        assert abs(sum(map(D, one["weights"].values())) - 1) < D("0.00001")
    # What the accounts hold adds up to what the household weighs.
    stocks = next(one for one in reading.measures if one["asset_class"] == "us_stock")
    held = sum(D(one["value"]) * D(one["weights"].get("us_stock", 0)) for one in reading.account_weights)
    assert abs(held - D(stocks["value"])) < 1
    told = [line for line in row.lines if line.account]
    assert {line.account_name for line in told} == set(accounts.values())
    assert {line.is_outside for line in told} == {None}


def test_each_account_measured_by_itself_is_inside_or_outside() -> None:
    ana = cast.ana()
    a_managed_household(advisor=ana, reviewer=cast.rui(), level=Policy.Level.ACCOUNT)
    scan()

    reading = Reading.objects.get()
    (row,) = rows_of(as_(ana))

    assert {one["account"] for one in reading.measures} == set(
        Account.objects.values_list("public_id", flat=True)
    )
    assert reading.account_weights == []
    assert None not in {line.is_outside for line in row.lines}


def test_a_class_judges_each_household_by_that_class_alone(desk: Desk) -> None:
    scan()
    measures = {one["asset_class"]: one for one in Reading.objects.get().measures}

    for code, measure in measures.items():
        (row,) = rows_of(as_(desk.ana), asset_class=code)
        assert (row.drift, row.is_outside) == (D(measure["drift"]), measure["is_breached"])
        assert {line.asset_class for line in row.lines} == {code}
    assert rows_of(as_(desk.ana), asset_class="no-such-class") == ()


def test_outside_only_book_and_day_narrow_the_report(desk: Desk) -> None:
    otto = cast.otto()
    another("okafor", "Okafor", advisor=otto)
    scan()
    tom, before = as_(desk.tom), LAST_FRIDAY - timedelta(days=1)

    assert [row.name for row in rows_of(tom)] == ["Miller", "Okafor"]
    assert [row.name for row in rows_of(tom, outside="true")] == ["Miller"]
    assert [row.name for row in rows_of(tom, book=str(otto.pk))] == ["Okafor"]
    # No scan had run by then; the household is listed all the same.
    assert [(row.name, row.outcome) for row in rows_of(tom, as_of=before.isoformat())] == [
        ("Miller", "unread"),
        ("Okafor", "unread"),
    ]
    assert (
        page_of(tom.get(reverse(DRIFT), {"as_of": "9999-01-01"})).as_of
        == page_of(tom.get(reverse(DRIFT))).as_of
    )
    assert "No household matches" in words_of(tom.get(reverse(DRIFT), {"book": "999999"}))


def test_nobody_sees_a_household_outside_their_book(desk: Desk) -> None:
    scan()
    rosa = as_(cast.rosa())

    assert rows_of(rosa) == ()
    assert rosa.get("/api/v1/drift/").json()["count"] == 0
    assert [row.name for row in rows_of(as_(desk.rui))] == ["Miller"]
    assert as_(cast.mia()).get(reverse(DRIFT)).status_code == 403


def test_the_csv_has_a_line_for_every_class_and_account_and_is_on_the_trail(desk: Desk) -> None:
    another("x1", "=HYPERLINK(1)", advisor=desk.ana)
    scan()
    ana = as_(desk.ana)
    page = page_of(ana.get(reverse(DRIFT)))

    answer = ana.get(reverse(DRIFT), {"export": "csv"})

    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    miller = [line for line in lines if line["code"] == desk.household.code]
    assert [(line["account"], line["asset_class"], D(line["drift"])) for line in miller] == [
        (line.account_name, line.asset_class, line.drift) for line in page.rows[0].lines
    ]
    assert {line["outside"] for line in miller if line["measured_for_band"] == "no"} == {""}
    (unmeasured,) = [line for line in lines if line["code"] == "x1"]
    assert (unmeasured["household"], unmeasured["weight"]) == ("'=HYPERLINK(1)", "")
    assert audit.trail(about=audit.Ref("drift_report", "drift")).get().action == "data.exported"


def test_programs_get_the_same_rows_by_pages_and_a_wrong_filter_is_refused(desk: Desk) -> None:
    another("okafor", "Okafor", advisor=desk.ana)
    scan()
    ana = as_(desk.ana)

    answer = ana.get("/api/v1/drift/", {"page_size": "1"}).json()

    assert (answer["count"], len(answer["results"]), answer["results"][0]["name"]) == (2, 1, "Miller")
    reading = Reading.objects.get(household=desk.household)
    assert D(answer["results"][0]["drift"]) == reading.worst_drift
    assert len(answer["results"][0]["lines"]) == len(reading.measures) + sum(
        len(one["weights"]) for one in reading.account_weights
    )
    assert ana.get("/api/v1/drift/", {"outside": "true"}).json()["count"] == 1
    for wrong in ({"as_of": "yesterday"}, {"book": "ana"}, {"outsid": "true"}):
        assert ana.get("/api/v1/drift/", wrong).status_code == 422


def test_the_report_costs_the_same_number_of_queries_for_many_households(desk: Desk) -> None:
    scan()
    ana = as_(desk.ana)
    ana.get(reverse(DRIFT))  # What a first request alone asks for.
    with CaptureQueriesContext(connection) as few:
        ana.get(reverse(DRIFT))
    for number in range(5):
        another(f"more{number}", f"More {number}", advisor=desk.ana)
    scan()
    with CaptureQueriesContext(connection) as many:
        ana.get(reverse(DRIFT))

    assert len(many) == len(few)
