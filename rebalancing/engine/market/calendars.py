"""The market's calendar: trading sessions, early closes and settlement days, in New York dates.

Three calendars meet here. The exchange decides when a trade can happen; the banks decide when it can
settle, and they are closed on Columbus Day and Veterans Day when the exchange is open; funds follow
the exchange for pricing and the banks for payment. Closures are data (``tables/calendar.json``) and
sessions are derived from them. A closure nobody could foresee is added with `MarketCalendar.closing`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OPEN = time(9, 30)
CLOSE_REGULAR = time(16, 0)
ONE_DAY = timedelta(days=1)


class CalendarError(LookupError):
    """A question about a day that the calendar cannot answer."""


class UncoveredYear(CalendarError):
    """The day is in a year that the calendar's table does not cover."""


@dataclass(frozen=True, slots=True)
class SettlementStandard:
    """From this trade date on, the standard cycle of stocks and bonds is this many business days."""

    from_trade_on: date
    days: int


@dataclass(frozen=True, slots=True)
class MarketCalendar:
    """Sessions, early closes and bank holidays from ``year_first`` through ``year_last``.

    All dates and times are New York's. Every question about a day outside those years raises
    `CalendarError`: a missing table must never read as "open".
    """

    year_first: int
    year_last: int
    closures: frozenset[date]
    early_closes: Mapping[date, time]
    bank_holidays: frozenset[date]
    standards: tuple[SettlementStandard, ...]

    def closing(self, days: Iterable[date]) -> MarketCalendar:
        """This calendar with days added on which the exchange is closed for a special reason."""
        return replace(self, closures=self.closures | frozenset(days))

    def closing_early(self, closes: Mapping[date, time]) -> MarketCalendar:
        """This calendar with days added on which the exchange closes early."""
        return replace(self, early_closes=MappingProxyType({**self.early_closes, **closes}))

    def is_session(self, on: date) -> bool:
        """Whether the exchange trades on that day."""
        self._require(on)
        return on.weekday() < 5 and on not in self.closures

    def is_settlement_day(self, on: date) -> bool:
        """Whether trades can settle: the exchange trades and the banks are open."""
        return self.is_session(on) and on not in self.bank_holidays

    def close_of(self, on: date) -> time:
        """New York time at which the session of that day ends; `CalendarError` if there is none."""
        if not self.is_session(on):
            raise CalendarError(f"The exchange is closed on {on}; ask for the next session first.")
        return self.early_closes.get(on, CLOSE_REGULAR)

    def session_on_or_after(self, on: date) -> date:
        """That day if the exchange trades, else the next day on which it does."""
        while not self.is_session(on):
            on += ONE_DAY
        return on

    def session_on_or_before(self, on: date) -> date:
        """That day if the exchange trades, else the last day on which it did."""
        while not self.is_session(on):
            on -= ONE_DAY
        return on

    def session_after(self, on: date) -> date:
        """The first session after that day."""
        return self.session_on_or_after(on + ONE_DAY)

    def session_before(self, on: date) -> date:
        """The last session before that day."""
        return self.session_on_or_before(on - ONE_DAY)

    def sessions_between(self, first: date, last: date) -> tuple[date, ...]:
        """Every session from ``first`` through ``last``, both included."""
        self._require(first)
        self._require(last)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return tuple(day for day in days if self.is_session(day))

    def settlement_day_on_or_after(self, on: date) -> date:
        """That day if trades can settle, else the next day on which they can."""
        while not self.is_settlement_day(on):
            on += ONE_DAY
        return on

    def add_settlement_days(self, on: date, count: int) -> date:
        """The ``count``-th settlement day after that day.

        ``count`` zero answers that day, or the next on which anything settles. Raises `CalendarError`
        past the last year known.
        """
        if count == 0:
            return self.settlement_day_on_or_after(on)
        for _ in range(count):
            on = self.settlement_day_on_or_after(on + ONE_DAY)
        return on

    def standard_days(self, trade_on: date) -> int:
        """Standard settlement cycle of a stock traded that day, in business days (Rule 15c6-1(a)).

        One since 28 May 2024, two since 5 September 2017, three before.
        """
        self._require(trade_on)
        return next(each.days for each in reversed(self.standards) if each.from_trade_on <= trade_on)

    def _require(self, on: date) -> None:
        if not self.year_first <= on.year <= self.year_last:
            raise UncoveredYear(
                f"The market calendar covers {self.year_first} through {self.year_last} and knows nothing "
                f"of {on}. Extend tables/calendar.json before using that year."
            )


def wall_clock(at: datetime) -> datetime:
    """The moment as a clock in New York shows it; a moment without a zone is one already."""
    return at if at.tzinfo is None else at.astimezone(NEW_YORK).replace(tzinfo=None)


@cache
def new_york() -> MarketCalendar:
    """The calendar of the New York exchange and the Federal Reserve, as kept in ``tables/calendar.json``."""
    table = json.loads(files("rebalancing.engine").joinpath("tables/calendar.json").read_text("utf-8"))
    return MarketCalendar(
        year_first=table["year_first"],
        year_last=table["year_last"],
        closures=frozenset(map(date.fromisoformat, table["closures"])),
        early_closes=MappingProxyType(
            {
                date.fromisoformat(day): time.fromisoformat(close)
                for day, close in table["early_closes"].items()
            }
        ),
        bank_holidays=frozenset(map(date.fromisoformat, table["bank_holidays"])),
        standards=tuple(
            SettlementStandard(date.fromisoformat(each["from_trade_on"]), each["days"])
            for each in table["standard_settlement"]
        ),
    )
