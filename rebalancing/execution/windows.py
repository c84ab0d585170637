"""When a block may leave: not in the first and last minutes of a session, when spreads are widest.

What would go out too late in a day is for the next session. A file is carried to the custodian by a person at any hour;
what a FIX session takes waits for the session, unless the firm says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clients.models import Security
from compliance.firm import order_figures
from compliance.firm.firm_settings import InForce
from rebalancing import market_days
from rebalancing.engine.market.calendars import MarketCalendar
from rebalancing.portfolios.order_terms import AT_THEIR_VALUE

LATER = "It is for a later session, whose checks it has to pass."


@dataclass(frozen=True, slots=True)
class Moment:
    """The session a block is for, the first moment at which it may leave, and why that is not now."""

    trade_on: date
    send_at: datetime
    reason: str = ""


def first_moment(
    security: Security,
    *,
    trade_on: date,
    by_file: bool,
    at: datetime,
    figures: InForce,
    calendar: MarketCalendar,
) -> Moment:
    """When a block released at a moment may leave. Funds deal at their own price, so no minute is better than another."""
    first = timedelta(minutes=figures.of(order_figures.FIRST_MINUTES))
    if trade_on > market_days.trade_day(at, calendar=calendar):
        return Moment(trade_on, market_days.opened_at(trade_on) + first, LATER)
    if security.kind in AT_THEIR_VALUE:
        return Moment(trade_on, at)
    last = timedelta(minutes=figures.of(order_figures.LAST_MINUTES))
    opens, closes = market_days.opened_at(trade_on), market_days.closed_at(trade_on, calendar=calendar)
    if opens <= at < opens + first:
        return Moment(trade_on, opens + first, "The first minutes of the session are left out.")
    if closes - last <= at < closes:
        later = calendar.session_after(trade_on)
        return Moment(
            later,
            market_days.opened_at(later) + first,
            "The last minutes of the session are left out, so it goes in the next one.",
        )
    if at < opens and not by_file and figures.of(order_figures.WAITS_FOR_SESSION):
        return Moment(trade_on, opens + first, "It waits for the session to open.")
    return Moment(trade_on, at)
