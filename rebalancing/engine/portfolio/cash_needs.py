"""How much cash an account must raise for what it is about to pay out, and from which day on.

Dollars and days. Withholding is part of a distribution, not on top of it. A shortfall below
the minimum is raised as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.documents.household import DatedAmount
from rebalancing.engine.market.calendars import MarketCalendar
from rebalancing.engine.money import ZERO

HORIZON_DAYS = 35
"""How far ahead outflows are provided for unless the firm sets another horizon."""


@dataclass(frozen=True, slots=True)
class CashNeed:
    """What goes out within the horizon, what is there above the minimum, and what must be raised.

    ``available`` is negative when the account already stands below its minimum.
    """

    outflows: Decimal
    available: Decimal
    to_raise: Decimal


def cash_need(outflows: Decimal, *, cash: Decimal, minimum: Decimal = ZERO) -> CashNeed:
    """``max(0, outflows - (cash - minimum))``, with its parts."""
    available = cash - minimum
    return CashNeed(outflows=outflows, available=available, to_raise=max(ZERO, outflows - available))


def outflows_within(
    flows: Iterable[DatedAmount], *, as_of: date, horizon_days: int = HORIZON_DAYS
) -> Decimal:
    """Sum of what leaves the account from ``as_of`` through the horizon, as a positive figure.

    Flows are signed as in the household document: money out is negative. Money expected to come in is
    not counted on.
    """
    last = as_of + timedelta(days=horizon_days)
    return sum((-flow.amount for flow in flows if flow.amount < ZERO and as_of <= flow.on <= last), ZERO)


def raise_from(due_on: date, *, settles_in_days: int, slack: int, calendar: MarketCalendar) -> date:
    """The session from which money due on a day is raised: the last one whose sales settle by then, and ``slack`` sessions
    before that.

    Settlement counts days on which exchange and banks are open. Raises `CalendarError` outside the known years.
    """
    on = calendar.session_on_or_before(due_on)
    while calendar.add_settlement_days(on, settles_in_days) > due_on:
        on = calendar.session_before(on)
    for _ in range(slack):
        on = calendar.session_before(on)
    return on


def provided_for(
    flows: Iterable[DatedAmount], *, available: Decimal, is_raised: Callable[[DatedAmount], bool]
) -> tuple[tuple[DatedAmount, ...], tuple[DatedAmount, ...]]:
    """What cash is kept or raised for now, and what is left for a later day.

    What is to be raised now counts in full; the cash it leaves of what is ``available`` is kept for later outflows, the
    first one first. Both parts of an outflow keep its day, and together they are what was given.
    """
    given = sorted(flows, key=lambda flow: (flow.on, flow.amount, flow.label))
    now = [flow for flow in given if flow.amount >= ZERO or is_raised(flow)]
    left = max(ZERO, available + sum((min(ZERO, flow.amount) for flow in now), ZERO))
    later = []
    for flow in given:
        if flow.amount >= ZERO or is_raised(flow):
            continue
        kept = min(left, -flow.amount)
        left -= kept
        if kept:
            now.append(replace(flow, amount=-kept))
        if kept < -flow.amount:
            later.append(replace(flow, amount=flow.amount + kept))
    return tuple(now), tuple(later)
