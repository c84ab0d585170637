"""When the day's scan is due, by the firm's timetable. Pure: the firm's settings and the moment are told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from compliance.firm.desk_figures import SCAN_AFTER_CLOSE, SCAN_DAYS, SCAN_WITHIN
from compliance.firm.firm_settings import InForce
from rebalancing import market_days

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_scan_day(day: date, figures: InForce) -> bool:
    """Whether the firm scans this market day."""
    return WEEKDAYS[day.weekday()] in figures.of(SCAN_DAYS)


def starts_at(day: date, figures: InForce) -> datetime:
    """The earliest start of the scan of a market day."""
    return market_days.closed_at(day) + timedelta(minutes=figures.of(SCAN_AFTER_CLOSE))


def promised_at(day: date, figures: InForce) -> datetime:
    """When the scan of a market day is promised to be complete."""
    return market_days.closed_at(day) + timedelta(hours=figures.of(SCAN_WITHIN))


def is_due(day: date, figures: InForce, *, at: datetime) -> bool:
    """Whether the scan of a market day may start."""
    return is_scan_day(day, figures) and at >= starts_at(day, figures)
