"""Which market day a moment belongs to, decided in New York time and never by a crontab."""

from __future__ import annotations

from datetime import date, datetime, time

from rebalancing.engine.market.calendars import NEW_YORK, MarketCalendar, new_york, wall_clock

CLOSE_SETTLED_AFTER_MINUTES = 30
"""Closing prices are taken as final half an hour after the close."""


def last_close(at: datetime, *, calendar: MarketCalendar | None = None) -> date:
    """The latest session whose closing prices are final at a moment."""
    days = calendar or new_york()
    local = at.astimezone(NEW_YORK)
    today = local.date()
    if days.is_session(today) and local.time() >= _later(days.close_of(today)):
        return today
    return days.session_before(today)


def trade_day(at: datetime, *, calendar: MarketCalendar | None = None) -> date:
    """The session on which an order given at a moment would be executed."""
    days = calendar or new_york()
    local = at.astimezone(NEW_YORK)
    today = local.date()
    if days.is_session(today) and local.time() < days.close_of(today):
        return today
    return days.session_after(today)


def closed_at(day: date, *, calendar: MarketCalendar | None = None) -> datetime:
    """The moment a session closed: what a closing price is stamped with."""
    days = calendar or new_york()
    return datetime.combine(day, days.close_of(day), tzinfo=NEW_YORK)


def opened_at(day: date) -> datetime:
    """The moment a session opens."""
    return datetime.combine(day, time(9, 30), tzinfo=NEW_YORK)


def midnight(day: date) -> datetime:
    """The moment a day begins in New York."""
    return datetime.combine(day, time(0), tzinfo=NEW_YORK)


def new_york_date(at: datetime) -> date:
    """The date on a wall calendar in New York."""
    return wall_clock(at).date()


def _later(close: time) -> time:
    minutes = close.hour * 60 + close.minute + CLOSE_SETTLED_AFTER_MINUTES
    return time(minutes // 60, minutes % 60)
