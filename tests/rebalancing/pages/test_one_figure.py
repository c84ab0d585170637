"""One name for one figure: a household's value, drift and turnover agree wherever somebody reads them."""

from __future__ import annotations

import json
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clients import figures
from rebalancing.models import Reading
from rebalancing.pages import portal
from rebalancing.proposals import proposals
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import scan
from tests.factories.desk import Desk, on_record
from tests.factories.households import loaded

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    return on_record()


def as_ana(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.ana)
    return client


def card(page: Any, label: str) -> Any:
    shown = page.outcome.figures if hasattr(page, "outcome") else page.figures
    (found,) = [one for one in shown if one.label == label]
    return found


# 5,000 + 2,000 ZUS at $100, 1,000 + 1,500 ZBD at $80, $15,000 of cash.
VALUE = D("915000.00")


def test_the_value_of_a_household_is_the_same_on_every_screen(desk: Desk) -> None:
    desk.propose()
    client = as_ana(desk)
    reading = Reading.objects.get()

    household = client.get(reverse("clients:household", args=[desk.household.public_id])).context["page"]
    listed = client.get(reverse("clients:household_list")).context["page"].rows[0]
    over_api = client.get("/api/v1/readings/").json()["results"][0]
    mia = desk.sign_in_for(desk.household.people.get(part="head"))

    assert reading.value == VALUE
    assert household.record.value == VALUE
    assert card(household, "Value").value == figures.money(VALUE, cents=False)
    assert listed.value == VALUE
    assert D(over_api["value"]) == VALUE
    assert portal.portal(mia, at=SUNDAY_NOON).value == VALUE


def test_what_no_lot_stands_for_counts_in_the_value_everywhere(desk: Desk) -> None:
    """A fund without lots is worth its quantity at the price, in the scan as on the page."""
    loaded(
        bundle(
            positions=[*MILLERS["positions"], "11110002,2026-11-20,ZUB,100,no"],
        ),
        name="more.zip",
    )

    scan()

    page = as_ana(desk).get(reverse("clients:household", args=[desk.household.public_id])).context["page"]
    assert Reading.objects.get().value == page.record.value == VALUE + 5000


def test_the_worst_drift_is_the_same_on_every_screen(desk: Desk) -> None:
    proposal = desk.propose()
    client = as_ana(desk)
    reading = Reading.objects.get()

    household = client.get(reverse("clients:household", args=[desk.household.public_id])).context["page"]
    listed = client.get(reverse("clients:household_list")).context["page"].rows[0]
    proposed = client.get(reverse("rebalancing:proposal", args=[proposal.public_id])).context["page"]
    plan = json.loads(proposals.current(proposal).plan_document)

    assert reading.worst_drift is not None
    shown = figures.points(reading.worst_drift)
    assert card(household, "Worst drift").value == shown
    assert listed.drift == reading.worst_drift
    assert card(proposed, "Worst drift").before == shown
    assert D(plan["before"]["drift_max"]) == abs(reading.worst_drift)


def test_turnover_is_half_of_what_is_traded_on_every_screen(desk: Desk) -> None:
    proposal = desk.propose()
    page = as_ana(desk).get(reverse("rebalancing:proposal", args=[proposal.public_id])).context["page"]
    plan = json.loads(proposals.current(proposal).plan_document)
    traded = sum((D(order["shares"]) * D(order["price"]) for order in plan["orders"]), D(0))
    share = traded / 2 / D(plan["before"]["investable"])

    (own,) = [row for row in page.alternatives.ways if row.is_proposed]

    assert card(page, "Turnover").value == figures.money(traded / 2, cents=False)
    assert f"{figures.weight(share, places=1)} of the investable value" in card(page, "Turnover").note
    assert own.turnover == pytest.approx(share, abs=D("0.000001"))


def test_drift_is_measured_every_day_also_while_a_proposal_is_open(desk: Desk) -> None:
    desk.propose()
    first = Reading.objects.get()

    scan_again()

    again = Reading.objects.order_by("-pk")[0]
    assert (again.pk != first.pk, again.outcome) == (True, "pending")
    assert (again.value, again.worst_drift, again.measures) == (
        first.value,
        first.worst_drift,
        first.measures,
    )


def scan_again() -> None:
    from compliance.people.actors import Actor
    from rebalancing.models import ScanRun
    from rebalancing.scans import readings, scans
    from tests.clock import LAST_FRIDAY

    run = scans.start(
        scan=ScanRun.Scan.REQUESTED,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=100)
