"""The first page by role: what asks for this person, and a sum that adds up to the book."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from advisory.health import health
from clients.households import books, households
from clients.models import Account, Security
from rebalancing.models import ScanRun
from tests import cast
from tests.clock import SUNDAY_NOON, TUESDAY_NOON
from tests.factories.deciding import answer_findings, scan
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import looking_twice
from tests.factories.households import SET_UP
from tests.pages import page_of, words_of

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

HOME = "/"


@pytest.fixture
def desk() -> Desk:
    return on_record()


def home(person: Any) -> HttpResponse:
    client = Client()
    client.force_login(person)
    return client.get(HOME)


def test_an_advisors_counts_add_up_to_the_book_and_each_is_a_link_to_what_it_counts(desk: Desk) -> None:
    for number in range(3):
        opened = households.open_household(
            code=f"h{number}",
            name=f"House {number}",
            opened_on=date(2020, 1, 2),
            profile_confirmed_on=None,
            by=SET_UP,
            at=SUNDAY_NOON,
        )
        books.assign(
            opened, user=desk.ana, part="advisor", starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON
        )
    looking_twice()
    scan()
    client = Client()
    client.force_login(desk.ana)

    page = page_of(client.get(HOME))

    assert sum(tile.count for tile in page.desk.tiles) == page.desk.total == 4
    assert page.heading == "4 households need attention today"
    assert [row.kind.key for row in page.desk.ranked] == ["answer", "no_policy", "no_policy", "no_policy"]
    links = {(row.whom, row.link) for row in page.desk.work}
    assert {("Miller", "See the finding"), ("House 1", "Begin one"), ("House 1", "Open one")} <= links
    for row in page.desk.work:
        assert client.get(row.url).status_code == 200, row
    for tile in page.desk.tiles:
        listed = page_of(client.get(tile.url))
        assert len(listed.rows) == tile.count, tile


def test_a_reviewer_sees_what_waits_with_its_drift_and_what_stands_in_the_way(desk: Desk) -> None:
    looking_twice()
    scan()

    page = page_of(home(desk.rui))
    assert page.heading == "1 review needs your decision"
    row = page.reviews.rows[0]
    assert (row.title, row.standing.kind.key, row.refusal) == ("Proposal for Miller", "answer", "")
    assert (row.link, row.age) == ("Decide", "today")

    answer_findings(desk.proposal)
    page = page_of(home(desk.rui))
    assert page.heading == "1 review needs your decision"
    assert page.reviews.rows[0].standing.kind.key == "decide"


def test_a_reviewer_of_other_books_sees_an_empty_desk_that_says_what_fills_it(desk: Desk) -> None:
    scan()

    answer = home(cast.rosa())

    assert page_of(answer).reviews.rows == ()
    assert "No reviews need a decision" in words_of(answer)


def test_a_trader_sees_what_to_release_and_which_accounts_do_not_reconcile(desk: Desk) -> None:
    desk.approve()
    Account.objects.filter(tax_treatment="taxable").update(
        reconciliation="broken", reconciliation_note="ZUS: lots 5000, position 5010"
    )

    answer = home(desk.tom)

    page = page_of(answer)
    assert page.heading == "1 approved proposal is ready to release"
    release, broken = page.trading.work
    assert (release.what, release.whom, release.link) == (
        "Orders to release: 2 trades",
        "Miller",
        "Check and release",
    )
    assert (broken.link, broken.why) == ("See what differs", "ZUS: lots 5000, position 5010")


def test_compliance_sees_what_to_decide_and_the_state_of_the_chain(desk: Desk) -> None:
    asked = Client()
    asked.force_login(desk.tom)
    security = Security.objects.order_by("pk").first()
    assert security is not None
    typed = {"priced_on": "2026-11-20", "price": "12.5", "evidence": "A statement."}
    asked.post(reverse("clients:price_enter", args=[security.pk]), typed)

    page = page_of(home(cast.cora()))

    change = next(row for row in page.compliance.work if row.link == "Decide" and "price" in row.what.lower())
    assert (change.whom, change.age) == ("Correction of the record", "today")
    assert change.url.startswith("/reviews/")
    assert page.compliance.chain.sentence.startswith("The chain has not been verified yet.")


def test_an_administrator_sees_people_and_health_and_no_clients_data(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        health, "status", lambda: {"state": "degraded", "worker": "no heartbeat", "canary_seconds": None}
    )
    scan()

    answer = home(cast.ada())

    page = page_of(answer)
    assert page.heading == "The system needs attention"
    assert dict(page.system.people)["Advisor"] == 1
    assert ("Canary seconds", "unknown") in page.system.facts
    assert "Miller" not in words_of(answer)


def test_a_client_is_led_to_the_portfolio(desk: Desk) -> None:
    answer = home(cast.carl())

    assert (answer.status_code, answer["Location"]) == (302, reverse("rebalancing:portal"))


def test_somebody_with_two_roles_sees_both_parts(desk: Desk) -> None:
    both = cast.bea()

    page = page_of(home(both))

    assert page.desk is not None
    assert page.reviews is not None
    assert page.trading is None


def test_a_scan_older_than_the_last_market_day_is_a_red_notice(desk: Desk) -> None:
    scan()
    assert not page_of(home(desk.ana)).scan.is_stale

    ScanRun.objects.update(market_on=date(2026, 11, 20) - timedelta(days=1))

    answer = home(desk.ana)
    assert page_of(answer).scan.is_stale
    assert "The last market day has not been scanned" in words_of(answer)


def test_the_page_costs_a_known_number_of_queries(desk: Desk) -> None:
    scan()
    client = Client()
    client.force_login(desk.ana)
    client.get(HOME)
    with CaptureQueriesContext(connection) as queries:
        client.get(HOME)

    assert len(queries) <= 56, [query["sql"][:90] for query in queries]


def test_prices_older_than_the_last_close_are_said_to_staff(
    desk: Desk, set_clock: Callable[[datetime], None]
) -> None:
    assert page_of(home(desk.ana)).prices_note == ""

    set_clock(TUESDAY_NOON)

    answer = home(desk.ana)
    note = page_of(answer).prices_note
    assert note.startswith(
        "The latest prices on record are of Nov 20, 2026, 1 market day before the last close"
    )
    assert html.escape(note) in words_of(answer)
