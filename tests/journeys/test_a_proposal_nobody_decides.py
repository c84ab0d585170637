"""A proposal of Monday that nobody decides: repriced on Tuesday, worked out again on Wednesday, and at its end in the next week."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from rebalancing import market_days, tasks
from rebalancing.models import Proposal, Reading
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.days import priced
from tests.factories.desk import Desk, a_desk
from tests.journeys.conftest import Clock
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY, FRIDAY = (date(2026, 11, day) for day in (23, 24, 25, 27))
NEXT_MONDAY, NEXT_TUESDAY, THE_END = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)


def evening(day: date) -> datetime:
    return market_days.closed_at(day) + timedelta(hours=2)


def close(the_clock: Clock, day: date, price: str) -> None:
    """The evening of a market day: its prices are on record, and its scan runs."""
    for symbol, each in (("ZUS", price), ("ZUB", "50"), ("ZBD", "80")):
        priced(symbol, day, each)
    the_clock.at = evening(day)
    tasks.sweep()
    tasks.tick()
    tasks.work_scans()
    tasks.renew()


def number(desk: Desk) -> int:
    return proposals.current(Proposal.objects.filter(household=desk.household).latest("pk")).number


def test_each_day_that_a_reviewer_misses_costs_the_household_nothing(
    the_clock: Clock, no_broker: None
) -> None:
    the_clock.at = SUNDAY_NOON
    desk = a_desk()
    close(the_clock, MONDAY, "100")
    proposal = Proposal.objects.get()
    address = f"/proposals/{proposal.public_id}/"
    Visitor(cast.rui()).opens(address).reads("Expires Dec 2, 2026")

    # Tuesday: prices move little. The same proposal, at Tuesday's prices, with the same end.
    close(the_clock, TUESDAY, "100.40")
    rui = Visitor(cast.rui()).opens("/")
    rui.reads("Since the close of", "Repriced", "ZUS +0.4%")
    rui.opens(address).reads(
        "Changed since revision 1", "Repriced at the prices of November 24", "Expires Dec 2, 2026"
    )
    assert number(desk) == 2

    # Wednesday: they move much. It is worked out again, and the page says why.
    close(the_clock, WEDNESDAY, "106")
    Visitor(cast.ana()).opens(address).reads(
        "Worked out again at the prices of November 25", "price of ZUS: shown 100.40, now 106.00"
    )
    assert number(desk) == 3

    # Nobody decides. Until the very end it is decidable, by the rule as by the page.
    close(the_clock, FRIDAY, "106.20")
    close(the_clock, NEXT_MONDAY, "106.10")
    close(the_clock, NEXT_TUESDAY, "106.30")
    the_clock.at = market_days.closed_at(THE_END) - timedelta(minutes=1)
    waits = Visitor(cast.rui()).opens(address)
    waits.reads("Repriced at the prices of December 1")
    assert "waits for the closing prices" not in waits.text
    assert Proposal.objects.get().state == Proposal.State.IN_REVIEW

    # At its end it expires, and the same evening's scan makes the next one.
    close(the_clock, THE_END, "106.10")
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.EXPIRED
    assert Proposal.objects.filter(state__in=Proposal.OPEN_STATES).count() == 1
    assert Reading.objects.latest("pk").outcome == Reading.Outcome.PROPOSED
    Visitor(cast.rui()).opens("/").reads("Expired", "New")
