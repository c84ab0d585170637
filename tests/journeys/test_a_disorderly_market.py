"""Spreads are five times the usual, or the price of a fund is of the day before: trades wait for an orderly market, and for three days at most."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rebalancing.models import Proposal
from tests.journeys.conftest import Firm
from tests.journeys.evenings import closes, ended, told, typed

pytestmark = pytest.mark.django_db

FRIDAY, MONDAY, TUESDAY, WEDNESDAY, AFTER = (date(2026, 11, day) for day in (20, 23, 24, 25, 27))


def quoted(firm: Firm, *days: tuple[date, str, str]) -> None:
    """Tom loads what the screens showed at half past three: the day, bid and ask of the stock fund."""
    lines = [f"ZUS,{day} 15:30,{bid},{ask}" for day, bid, ask in days]
    firm.clock.at = datetime(days[-1][0].year, days[-1][0].month, days[-1][0].day, 22, tzinfo=UTC)
    page = firm.tom.opens("/quotes/file/")
    typed(
        page, "Load a file of quotes", rows="\n".join(["symbol,quoted_at,bid,ask", *lines]), source="A screen"
    )


def test_wide_spreads_are_waited_for_until_they_are_narrow_again(firm: Firm) -> None:
    usual = [(date(2026, 11, day), "109.95", "110.05") for day in (17, 18, 19, 20)]
    quoted(firm, *usual, (MONDAY, "109.75", "110.25"))

    closes(firm, MONDAY, stock="110", finds="held")
    assert not Proposal.objects.exists()
    told(
        firm, MONDAY,
        "The market is not orderly: the median spread of what would be traded is 5.0 times the usual.",
        "at the latest on that day",
        hold="disorderly_market",
    )  # fmt: skip

    quoted(firm, (TUESDAY, "109.95", "110.05"))
    closes(firm, TUESDAY, stock="110", finds="proposed")
    ended(firm, TUESDAY, "the median spread of what would be traded is 5.0 times the usual.")


def test_it_is_waited_for_three_days_at_most(firm: Firm) -> None:
    quoted(firm, *((date(2026, 11, day), "109.95", "110.05") for day in (17, 18, 19, 20)))
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        quoted(firm, (day, "109.75", "110.25"))
        closes(firm, day, stock="110", finds="held")

    quoted(firm, (AFTER, "109.75", "110.25"))
    closes(firm, AFTER, stock="110", finds="proposed")


def test_a_price_of_the_day_before_is_waited_for(firm: Firm) -> None:
    closes(firm, FRIDAY, stock="100", finds="in_band")

    # Monday's file has no price of the fund that would be sold; what it has is Friday's, as it was corrected.
    prices = [f"ZUS,{FRIDAY},110,generated", f"ZUB,{MONDAY},55,generated", f"ZBD,{MONDAY},78,generated"]
    closes(firm, MONDAY, stock="110", finds="held", prices=prices)
    told(
        firm, MONDAY, "The market is not orderly: the price of ZUS is not of the last close.",
        hold="disorderly_market",
    )  # fmt: skip

    closes(firm, TUESDAY, stock="110", finds="proposed")
    ended(firm, TUESDAY, "the price of ZUS is not of the last close.")
