"""How often a policy asks for a look, and what is done on the days between."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Account, CashFlow, Household, Price
from compliance.people.actors import Actor
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.scans import readings, scans
from rebalancing.triggers import due_dates
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import a_managed_household
from tests.spec.drawn import rows

INSIDE = D(40)
"""At this price of ZUS the Millers stand inside every band."""


@pytest.mark.parametrize(
    "row",
    rows(
        """
        look       | on         | first      | following
        daily      | 2026-11-20 | 2026-11-20 | 2026-11-23
        weekly     | 2026-11-23 | 2026-11-23 | 2026-11-30
        weekly     | 2026-11-27 | 2026-11-23 | 2026-11-30
        weekly     | 2026-09-09 | 2026-09-08 | 2026-09-14
        monthly    | 2026-11-23 | 2026-11-02 | 2026-12-01
        monthly    | 2026-12-31 | 2026-12-01 | 2027-01-04
        quarterly  | 2026-11-23 | 2026-10-01 | 2027-01-04
        semiannual | 2026-06-30 | 2026-01-02 | 2026-07-01
        annual     | 2026-11-23 | 2026-01-02 | 2027-01-04
        """
    ),
)
def test_a_period_begins_with_its_first_session(row: dict[str, str]) -> None:
    first, following = due_dates.period(row["look"], date.fromisoformat(row["on"]))

    assert (first.isoformat(), following.isoformat()) == (row["first"], row["following"])


def a_household(**terms: Any) -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), **terms)


def scan(market_on: date, at: datetime) -> Reading:
    """The scan of a day, on the prices of the only Friday there are any of."""
    for price in Price.objects.filter(as_of_on=date(2026, 11, 20)):
        Price.objects.update_or_create(
            security=price.security,
            as_of_on=market_on,
            source=price.source,
            defaults={"price": price.price, "received_at": at},
        )
    run = scans.start(
        scan=ScanRun.Scan.DAILY, market_on=market_on, code_version="test", user_id=None,
        by=Actor.system("timetable"), at=at,
    )  # fmt: skip
    scans.work(worker="here", now=lambda: at, do=readings.read, run=run, households_max=100)
    return Reading.objects.get(run=run)


def on_sunday() -> Reading:
    return scan(date(2026, 11, 20), SUNDAY_NOON)


def on_monday_evening() -> Reading:
    return scan(date(2026, 11, 23), SUNDAY_NOON + timedelta(days=1, hours=6))


pytestmark = pytest.mark.django_db


def test_a_look_that_was_taken_is_not_taken_again_before_it_is_due() -> None:
    a_household(look="monthly")
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)
    first = on_sunday()
    Price.objects.filter(security__symbol="ZUS").update(price=D(100))

    second = on_monday_evening()

    assert first.outcome == "in_band"
    assert (second.outcome, second.reason) == (
        "not_due",
        "The policy is evaluated once a month; the next evaluation is due on December 1.",
    )
    assert second.measures, "what was weighed is kept although nothing follows from it"
    assert not Proposal.objects.exists()


def test_money_due_out_does_not_wait_for_a_look() -> None:
    a_household(look="annual")
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)
    on_sunday()
    taxable = Account.objects.get(number_last4="0001")
    CashFlow.objects.create(account=taxable, kind="withdrawal", amount=D(-60_000), due_on=date(2026, 11, 30))

    reading = on_monday_evening()

    assert reading.outcome != "not_due"
    assert [one["code"] for one in reading.triggers] == ["cash_due"]


def test_a_look_that_came_to_nothing_is_still_due() -> None:
    household = a_household(look="quarterly")
    household.accounts.update(reconciliation="never")
    assert on_sunday().outcome == "data"
    household.accounts.update(reconciliation="reconciled")

    assert on_monday_evening().outcome == "proposed"


def test_a_calendar_rebalances_inside_the_bands_once_a_period() -> None:
    a_household(calendar="quarterly")
    Price.objects.filter(security__symbol="ZUS").update(price=INSIDE)

    first = on_sunday()

    assert [one["code"] for one in first.triggers] == ["calendar"]
    assert first.triggers[0]["sentence"] == (
        "The policy rebalances once a quarter, and this is the first evaluation of the period."
    )
    assert first.outcome in {"proposed", "no_benefit"}
    if first.outcome == "no_benefit":
        assert on_monday_evening().outcome == "in_band"
