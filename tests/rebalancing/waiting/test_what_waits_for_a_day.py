"""Lots that are long-term soon, and money that is due later: what waits for a day is named, with the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from clients.households import cash_flows, life_events
from clients.models import Account, Household, Price
from compliance.firm import waiting_figures
from compliance.people.actors import Actor
from rebalancing.engine.documents.plan import Side
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.pages import waiting_lines
from rebalancing.scans import readings, scans
from rebalancing.waiting import overrides
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.firm_settings import decided
from tests.factories.households import SET_UP, a_managed_household

pytestmark = pytest.mark.django_db

LONG_ON = date(2026, 12, 16)


def the_millers(
    *, bought_on: str = "2025-12-15", cash: str = "0.00", price: int = 100, **terms: Any
) -> Household:
    """Only the taxable account: stocks far above their band, all of them bought on one day, and bonds at a loss."""
    taxable = {
        kind: [row for row in rows if not row.startswith("11110002")] for kind, rows in MILLERS.items()
    }
    taxable |= {
        "lots": [
            f"11110001,2026-11-20,ZUS,A1,{bought_on},5000,100000.00,covered",
            "11110001,2026-11-20,ZBD,A3,2021-06-01,1000,85000.00,covered",
        ],
        "cash": [f"11110001,2026-11-20,settled,{cash}"],
        "transactions": [],
    }
    household = a_managed_household(
        advisor=cast.ana(), reviewer=cast.rui(), content=bundle(**taxable), **terms
    )
    decided(waiting_figures.HARD_MULTIPLE, D(10))
    decided(waiting_figures.YEAR_END_FROM, (12, 31))
    Price.objects.filter(security__symbol="ZUS").update(price=D(price))
    return household


def read(market_on: date = LAST_FRIDAY) -> Reading:
    """The scan of the evening of a market day, at the prices of November 20."""
    at = max(datetime.combine(market_on, SUNDAY_NOON.timetz()) + timedelta(hours=6), SUNDAY_NOON)
    for price in Price.objects.filter(as_of_on=LAST_FRIDAY):
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


def is_due(amount: int, on: date) -> None:
    cash_flows.expect(
        Account.objects.get(number_last4="0001"), kind="withdrawal", amount=D(-amount), due_on=on, note="",
        user_id=None, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip


def held(reading: Reading) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in reading.holds}


def fired(reading: Reading) -> list[str]:
    return [one["code"] for one in reading.triggers]


# ── Lots that are long-term soon ─────────────────────────────────────────────────────────────────


def test_where_only_young_lots_could_be_sold_the_reading_names_them_the_saving_and_the_day() -> None:
    the_millers()

    reading = read()

    (hold,) = reading.holds
    assert (reading.outcome, hold["code"], hold["effect"]) == ("held", "almost_long_term", "holds")
    assert (hold["ends_on"], hold["since"], hold["subject"]) == (
        "2026-12-16",
        "2026-11-20",
        hold["figures"]["lot"],
    )
    assert hold["figures"]["days"] == "23"
    assert D(hold["figures"]["saving"]) > 0
    assert D(hold["figures"]["gain"]) > 0
    assert hold["sentence"] in reading.reason
    assert hold["sentence"].startswith(
        "ZUS in Taxable bought on December 15 would be sold, and nothing else is worth trading: its gain of $"
    )
    assert "is long-term in 23 days, which saves about $" in hold["sentence"]
    assert reading.looked["holds"]["almost_long_term"]
    assert set(fired(reading)) == {"out_of_band"}


def test_on_the_day_itself_they_are_sold_and_the_wait_has_ended() -> None:
    the_millers()
    read()
    day_before = read(date(2026, 12, 14))
    reading = read(date(2026, 12, 15))  # Its trades are of December 16.

    assert day_before.outcome == "held"
    assert held(day_before)["almost_long_term"]["figures"]["days"] == "1"
    assert "long-term in 1 day, which" in day_before.reason
    assert reading.outcome == "proposed", reading.reason
    assert held(reading)["almost_long_term"]["effect"] == "ended"


@pytest.mark.parametrize("bought_on", ["2026-06-01", "2025-06-02"])
def test_lots_that_are_far_from_it_or_long_term_already_wait_for_nothing(bought_on: str) -> None:
    the_millers(bought_on=bought_on)

    assert "almost_long_term" not in held(read())


def test_what_would_not_be_sold_either_way_is_no_reason_to_wait() -> None:
    """Inside the bands nothing is sold, however young it is."""
    the_millers(price=24)

    reading = read()

    assert (reading.outcome, reading.holds) == ("in_band", [])


# ── Money that is due later ──────────────────────────────────────────────────────────────────────


def test_a_large_withdrawal_is_a_wait_of_its_own_where_nothing_else_calls_for_a_trade() -> None:
    household = the_millers(price=24)
    is_due(30_000, date(2026, 12, 18))

    reading = read()

    (hold,) = reading.holds
    assert (reading.outcome, hold["code"], hold["effect"]) == ("in_band", "withdrawal_soon", "partly")
    assert hold["ends_on"] == "2026-12-15"
    assert hold["sentence"].startswith(
        "$30,000 is due out of Taxable on December 18; it is raised from December 15."
    )
    assert reading.looked["holds"] == {"withdrawal_soon": True}
    # There is nothing that could be traded anyway.
    (line,) = waiting_lines.of(reading)
    assert (line.label, line.url) == ("Waits for its day", "")
    assert overrides.standing(household) == {}


def test_it_stands_between_two_looks_too_and_ends_when_it_is_called_off() -> None:
    the_millers(price=24, look="annual")
    assert read().holds == []
    is_due(30_000, date(2026, 12, 18))

    waits = read(MONDAY)
    Account.objects.get(number_last4="0001").cash_flows.update(cancelled_at=SUNDAY_NOON)
    after = read(date(2026, 11, 24))

    assert (waits.outcome, held(waits)["withdrawal_soon"]["effect"]) == ("not_due", "partly")
    assert (after.outcome, held(after)["withdrawal_soon"]["effect"]) == ("not_due", "ended")


def test_a_small_withdrawal_is_told_and_is_no_wait() -> None:
    the_millers(price=24)
    is_due(3_000, date(2026, 12, 18))

    reading = read()

    assert "raised from December 15" in reading.reason
    assert (reading.outcome, reading.holds, reading.looked["holds"]) == ("in_band", [], {})


# ── While a life event is open ───────────────────────────────────────────────────────────────────


def test_a_household_that_raises_cash_while_an_event_is_open_raises_that_and_no_more() -> None:
    household = the_millers(bought_on="2020-03-02", cash="2000.00")
    life_events.record(
        household,
        kind="divorce",
        opened_on=date(2026, 11, 2),
        person=None,
        note="",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    is_due(40_000, date(2026, 11, 25))

    reading = read()

    assert (reading.outcome, held(reading)["life_event"]["effect"]) == ("proposed", "partly")
    revision = Proposal.objects.get().revisions.latest("number")
    orders = list(revision.orders.all())
    assert {one.side for one in orders} == {Side.SELL.value}
    raised = sum(one.amount for one in orders)
    assert D(38_000) <= raised < D(38_200), raised
    # The band that is broken as well is on record, and calls for nothing while the event is open.
    assert set(fired(reading)) == {"cash_due", "out_of_band"}
    assert [one["code"] for one in revision.triggers] == ["cash_due"]


# ── What fired on a day without a look ───────────────────────────────────────────────────────────


def test_what_fired_is_on_record_on_a_day_on_which_no_look_is_due() -> None:
    the_millers(price=24, look="annual")
    read()
    Price.objects.filter(security__symbol="ZUS").update(price=D(100))

    reading = read(MONDAY)

    assert (reading.outcome, set(fired(reading))) == ("not_due", {"out_of_band"})
    assert reading.looked["triggers"]["out_of_band"]
    assert not reading.looked["triggers"]["losses"]
