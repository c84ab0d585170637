"""When and in which parts what is still open of a required distribution is taken: the firm's day, the law's day, the next day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

from compliance.firm.distribution_figures import DAY, MONTHLY, PLAN, RAISE_DAYS
from compliance.firm.firm_settings import InForce
from rebalancing.engine.market.calendars import CalendarError, new_york
from rebalancing.engine.portfolio import required_distributions

DECEMBER, MARCH = 12, 3
FRIDAY = 4
AT_ONCE_SESSIONS = 2
"""What is raised at once has settled this many sessions after the trade."""


def firms_day(deadline: date, figures: InForce) -> date:
    """The firm's own day before the law's: a session, never after the deadline."""
    day = figures.of(DAY)
    if deadline.month == DECEMBER:
        wanted = required_distributions.last_internal_day(deadline.year, day=day)
    else:
        wanted = date(deadline.year, MARCH, day)
    return _session_until(min(wanted, deadline))


def is_pressing(deadline: date, *, on: date, figures: InForce) -> bool:
    """Whether what is not taken by now is due at once."""
    return (firms_day(deadline, figures) - on).days <= figures.of(RAISE_DAYS)


def planned(amount: Decimal, *, deadline: date, on: date, figures: InForce) -> dict[date, Decimal]:
    """The days on which an open amount is taken, with the part of each. Nothing for nothing."""
    if amount <= 0:
        return {}
    last = firms_day(deadline, figures)
    soonest = at_once(on)
    if deadline >= on:
        soonest = min(soonest, max(on, _session_until(deadline)))
    if is_pressing(deadline, on=on, figures=figures) or last <= soonest:
        return {soonest: amount}
    if figures.of(PLAN) != MONTHLY:
        return {last: amount}
    return required_distributions.installments(amount, _monthly(on, last, figures.of(DAY)))


def at_once(on: date) -> date:
    """The end of the week in which what is raised today has settled; a plan stands the whole week, so that it does not
    change under a proposal from one day to the next.
    """
    day = on
    for _ in range(AT_ONCE_SESSIONS):
        day = new_york().session_after(day)
    return _session_until(day + timedelta(days=FRIDAY - day.weekday()))


def _monthly(on: date, last: date, day: int) -> list[date]:
    """The firm's day of every month from `on` to the last one."""
    found = []
    year, month = on.year, on.month
    while (year, month) <= (last.year, last.month):
        wanted = _session_until(date(year, month, min(day, monthrange(year, month)[1])))
        if on < wanted <= last:
            found.append(wanted)
        year, month = year + month // 12, month % 12 + 1
    return found or [last]


def _session_until(day: date) -> date:
    try:
        return new_york().session_on_or_before(day)
    except CalendarError:
        # The exchange has not announced the holidays of that year yet.
        return day
