"""Trading and settlement days of New York, drawn as tables; the file of closures against its sources."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest

from rebalancing.engine.market import calendars, settlement
from rebalancing.engine.market.settlement import Asset
from tests.spec.drawn import refused, rows
from tests.spec.market import calendar_table

NEW_YORK = calendars.new_york()


@pytest.mark.parametrize(
    "row",
    rows(
        """
        received         | asset       | cut_off | trade_on   | settles_on | why
        2026-11-20 10:30 | etf         |         | 2026-11-20 | 2026-11-23 | a plain Friday
        2026-11-21 10:30 | etf         |         | 2026-11-23 | 2026-11-24 | a Saturday
        2026-11-10 11:00 | etf         |         | 2026-11-10 | 2026-11-12 | the day before Veterans Day
        2026-11-11 12:00 | etf         |         | 2026-11-11 | 2026-11-12 | Veterans Day: exchange open, banks closed
        2026-10-09 12:00 | stock       |         | 2026-10-09 | 2026-10-13 | the Friday before Columbus Day
        2026-10-12 12:00 | stock       |         | 2026-10-12 | 2026-10-13 | Columbus Day
        2026-11-11 12:00 | treasury    |         | 2026-11-11 | 2026-11-12 | a Treasury
        2026-11-25 14:00 | etf         |         | 2026-11-25 | 2026-11-27 | Thanksgiving between
        2026-11-26 09:00 | etf         |         | 2026-11-27 | 2026-11-30 | received on Thanksgiving
        2026-11-27 12:59 | etf         |         | 2026-11-27 | 2026-11-30 | a minute before the early close
        2026-11-27 13:00 | etf         |         | 2026-11-30 | 2026-12-01 | at the early close
        2026-11-27 13:30 | mutual_fund | 15:45   | 2026-11-30 | 2026-12-01 | a fund is priced at the early close
        2026-11-23 15:44 | mutual_fund | 15:45   | 2026-11-23 | 2026-11-24 | a minute before the cut-off
        2026-11-23 15:45 | mutual_fund | 15:45   | 2026-11-24 | 2026-11-25 | at the cut-off
        2026-11-23 16:00 | etf         |         | 2026-11-24 | 2026-11-25 | at the close
        2026-11-23 10:00 | money_fund  |         | 2026-11-23 | 2026-11-23 | money funds settle the same day
        2026-11-11 10:00 | money_fund  |         | 2026-11-11 | 2026-11-12 | unless the banks are closed
        2024-05-24 10:00 | etf         |         | 2024-05-24 | 2024-05-29 | the last trades at T+2
        2024-05-28 10:00 | etf         |         | 2024-05-28 | 2024-05-29 | the first trades at T+1
        2017-09-01 10:00 | etf         |         | 2017-09-01 | 2017-09-07 | the last trades at T+3
        2025-01-08 10:00 | etf         |         | 2025-01-08 | 2025-01-10 | the day of mourning of 9 January 2025
        2026-12-24 12:00 | etf         |         | 2026-12-24 | 2026-12-28 | Christmas Eve
        2026-07-02 15:00 | etf         |         | 2026-07-02 | 2026-07-06 | no early close before 3 July 2026
        """
    ),
    ids=lambda row: row["why"],
)
def test_an_order_trades_and_settles_on(row: dict[str, str]) -> None:
    cut_off = time.fromisoformat(row["cut_off"]) if row["cut_off"] else None

    answer = settlement.settle(
        datetime.fromisoformat(row["received"]), Asset(row["asset"]), NEW_YORK, cut_off=cut_off
    )

    assert answer == settlement.Settlement(
        date.fromisoformat(row["trade_on"]), date.fromisoformat(row["settles_on"])
    )


def test_a_fund_with_a_two_day_cycle_settles_a_day_later_than_its_etf() -> None:
    received = datetime(2026, 11, 10, 10, 0)

    fund = settlement.settle(received, Asset.MUTUAL_FUND, NEW_YORK, days=2)

    assert fund.settles_on == date(2026, 11, 13)


def test_a_moment_in_another_zone_is_read_in_new_york() -> None:
    late_evening_in_london = datetime(2026, 11, 23, 20, 59, tzinfo=UTC)
    an_hour_on = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)

    assert settlement.trade_date_for(late_evening_in_london, NEW_YORK) == date(2026, 11, 23)
    assert settlement.trade_date_for(an_hour_on, NEW_YORK) == date(2026, 11, 24)


def test_a_closure_nobody_foresaw_moves_trade_and_settlement() -> None:
    mourning = NEW_YORK.closing([date(2026, 11, 24)])

    answer = settlement.settle(datetime(2026, 11, 23, 10, 0), Asset.ETF, mourning)

    assert answer.settles_on == date(2026, 11, 25)
    assert NEW_YORK.is_session(date(2026, 11, 24)), "the calendar in the table stays as it was"


def test_an_early_close_nobody_foresaw_counts() -> None:
    storm = NEW_YORK.closing_early({date(2026, 11, 24): time(14, 0)})

    assert settlement.trade_date_for(datetime(2026, 11, 24, 14, 30), storm) == date(2026, 11, 25)


def test_a_year_outside_the_table_is_an_error_and_not_an_open_market() -> None:
    with pytest.raises(calendars.CalendarError, match=r"2015 through 2035.*2036-01-02"):
        NEW_YORK.is_session(date(2036, 1, 2))
    with pytest.raises(calendars.CalendarError, match="2014-12-31"):
        NEW_YORK.session_before(date(2015, 1, 2))
    assert NEW_YORK.is_session(date(2035, 12, 31))
    with refused(
        "The market calendar covers 2015 through 2035 and knows nothing of 2036-01-01. "
        "Extend tables/calendar.json before using that year.",
        calendars.CalendarError,
    ):
        NEW_YORK.sessions_between(date(2035, 12, 31), date(2036, 1, 1))


def test_a_day_without_a_session_has_no_close() -> None:
    with refused(
        "The exchange is closed on 2026-11-26; ask for the next session first.", calendars.CalendarError
    ):
        NEW_YORK.close_of(date(2026, 11, 26))


def test_a_trade_cannot_settle_from_a_day_without_a_session() -> None:
    with pytest.raises(settlement.SettlementError, match="no trading day"):
        settlement.settlement_date(date(2026, 11, 22), 1, NEW_YORK)
    with pytest.raises(settlement.SettlementError, match="impossible"):
        settlement.settlement_date(date(2026, 11, 23), -1, NEW_YORK)


def test_sessions_are_counted_both_ways() -> None:
    assert NEW_YORK.session_after(date(2026, 11, 25)) == date(2026, 11, 27)
    assert NEW_YORK.session_before(date(2026, 11, 30)) == date(2026, 11, 27)
    assert NEW_YORK.session_on_or_before(date(2026, 11, 26)) == date(2026, 11, 25)
    assert NEW_YORK.sessions_between(date(2026, 11, 25), date(2026, 11, 30)) == (
        date(2026, 11, 25),
        date(2026, 11, 27),
        date(2026, 11, 30),
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        year | closed                                                                                                           | early
        2026 | 01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25 | 11-27 12-24
        2027 | 01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24 | 11-26
        """
    ),
    ids=lambda row: row["year"],
)
def test_the_exchange_announced_these_closures(row: dict[str, str]) -> None:
    first = date(int(row["year"]), 1, 1)
    days = [day for count in range(365) if (day := first + timedelta(days=count)).weekday() < 5]
    sessions = NEW_YORK.sessions_between(days[0], days[-1])
    early = [day for day in sessions if NEW_YORK.close_of(day) < time(16, 0)]

    assert [f"{day:%m-%d}" for day in days if day not in sessions] == row["closed"].split()
    assert [f"{day:%m-%d}" for day in early] == row["early"].split()


def test_the_table_is_what_its_sources_say_today() -> None:
    assert json.loads(calendar_table.TABLE.read_text("utf-8")) == calendar_table.table()
