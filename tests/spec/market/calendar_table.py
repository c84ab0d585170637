"""Writes ``rebalancing/engine/tables/calendar.json``: run as ``python -m tests.spec.market.calendar_table``.

The engine may not import a calendar library, so its closures are data. This module derives them from
exchange_calendars (the New York exchange) and from the Federal Reserve's holiday rules, and
``test_calendars.py`` holds the file against what it would write today.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import exchange_calendars
import pandas as pd

YEAR_FIRST, YEAR_LAST = 2015, 2035
TABLE = Path(__file__).parents[3] / "rebalancing" / "engine" / "tables" / "calendar.json"


def table() -> dict[str, object]:
    first, last = f"{YEAR_FIRST}-01-01", f"{YEAR_LAST}-12-31"
    # The library wants sessions at both ends, so ask for a little more than we keep.
    exchange = exchange_calendars.get_calendar(
        "XNYS", start=f"{YEAR_FIRST - 1}-12-01", end=f"{YEAR_LAST + 1}-01-31"
    )
    sessions = set(exchange.sessions)
    closures = [day for day in pd.date_range(first, last, freq="B") if day not in sessions]
    early = [day for day in exchange.early_closes if first <= day.strftime("%Y-%m-%d") <= last]
    return {
        "source": (
            "New York Stock Exchange sessions and early closes; Federal Reserve bank holidays; "
            "standard settlement under SEC Rule 15c6-1(a)."
        ),
        "as_of": "2026-11-22",
        "year_first": YEAR_FIRST,
        "year_last": YEAR_LAST,
        "closures": [day.strftime("%Y-%m-%d") for day in closures],
        "early_closes": {day.strftime("%Y-%m-%d"): close_of(exchange, day) for day in early},
        "bank_holidays": [
            day.isoformat()
            for year in range(YEAR_FIRST, YEAR_LAST + 1)
            for day in bank_holidays(year)
            if day.year == year
        ],
        "standard_settlement": [
            {"from_trade_on": "1995-06-07", "days": 3},
            {"from_trade_on": "2017-09-05", "days": 2},
            {"from_trade_on": "2024-05-28", "days": 1},
        ],
    }


def close_of(exchange: exchange_calendars.ExchangeCalendar, day: pd.Timestamp) -> str:
    return exchange.session_close(day).tz_convert("America/New_York").strftime("%H:%M")


def bank_holidays(year: int) -> list[date]:
    """Days on which the Federal Reserve Banks are closed.

    A holiday on a Sunday moves to Monday. One on a Saturday is not made up for: the Reserve Banks are
    open on the Friday before.
    """
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    moved = [day + timedelta(days=1) if day.weekday() == 6 else day for day in fixed]
    floating = [
        nth_weekday(year, 1, 0, 3),
        nth_weekday(year, 2, 0, 3),
        last_monday(year, 5),
        nth_weekday(year, 9, 0, 1),
        nth_weekday(year, 10, 0, 2),
        nth_weekday(year, 11, 3, 4),
    ]
    return sorted(day for day in moved + floating if day.weekday() < 5)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def last_monday(year: int, month: int) -> date:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=last.weekday())


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1) + "\n")
