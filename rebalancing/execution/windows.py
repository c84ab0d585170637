"""When a block may leave: not in the first and last minutes of a session, when spreads are widest.

What would go out too late in a day is for the next session. An illiquid security keeps out of more minutes (PTC-41). A file is carried to the custodian by a person at any hour;
what a FIX session takes waits for the session, unless the firm says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clients.models import Security
from clients.registers import market_facts
from clients.securities import securities
from compliance import clock
from compliance.firm import order_figures
from compliance.firm.firm_settings import InForce
from compliance.rules import illiquid_hours
from rebalancing import market_days
from rebalancing.engine.market import order_slicing
from rebalancing.engine.market.calendars import MarketCalendar
from rebalancing.portfolios.order_terms import AT_THEIR_VALUE

LATER = "It is for a later session, whose checks it has to pass."
ILLIQUID = "it trades little, or its spread is wide"


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
    more_first, more_last = _of_illiquid(figures)
    if opens <= at < opens + first:
        return Moment(trade_on, opens + first, "The first minutes of the session are left out.")
    if opens <= at < opens + more_first and is_illiquid(security, figures=figures, at=at):
        return Moment(
            trade_on, opens + more_first, f"It is too near the open for {security.symbol}: {ILLIQUID}."
        )
    later = calendar.session_after(trade_on)
    if closes - last <= at < closes:
        return Moment(
            later,
            market_days.opened_at(later) + first,
            "The last minutes of the session are left out, so it goes in the next one.",
        )
    if closes - more_last <= at < closes and is_illiquid(security, figures=figures, at=at):
        return Moment(
            later,
            market_days.opened_at(later) + max(first, more_first),
            f"It is too near the close for {security.symbol}, so it goes in the next session: {ILLIQUID}.",
        )
    if at < opens and not by_file and figures.of(order_figures.WAITS_FOR_SESSION):
        return Moment(trade_on, opens + first, "It waits for the session to open.")
    return Moment(trade_on, at)


def is_illiquid(security: Security, *, figures: InForce, at: datetime) -> bool:
    """As PTC-41 has it: few dollars a day, or a wide spread; the last quote of the day counts before the usual spread. What is not
    known of it counts as illiquid.
    """
    thresholds = figures.thresholds()
    price = securities.prices_on(market_days.last_close(at), securities=[security.pk]).get(security.pk)
    midnight = at.astimezone(clock.EASTERN).replace(hour=0, minute=0, second=0, microsecond=0)
    quote = market_facts.last_quotes([security.pk], since=midnight, until=at).get(security.pk)
    half = security.half_spread
    spread = quote.spread if quote is not None else None if half is None else half * 2
    if price is None or security.daily_volume is None or spread is None:
        return True
    policy = order_slicing.IlliquidPolicy(
        volume_usd_least=thresholds.of(illiquid_hours.VOLUME_USD),
        spread_most=thresholds.of(illiquid_hours.SPREAD),
    )
    return order_slicing.is_illiquid(
        volume_usd=security.daily_volume * price.price, spread=spread, policy=policy
    )


def _of_illiquid(figures: InForce) -> tuple[timedelta, timedelta]:
    """The first and last minutes that are left out for what is illiquid."""
    thresholds = figures.thresholds()
    first, last = (thresholds.of(one) for one in (illiquid_hours.FIRST_MINUTES, illiquid_hours.LAST_MINUTES))
    return timedelta(minutes=first), timedelta(minutes=last)
