"""Until when a proposal can be decided: the one rule that page, rule book, scan, API and staleness read.

A proposal has one end, the firm's number of market days after the day it was first made for, and it keeps that end while
the machine reprices or refreshes it. Until then each revision is decidable through the trade day that rule PTC-48 names;
after that it waits for closing prices, with which it is worked out again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from compliance.firm.desk_figures import APPROVAL_GOOD_FOR
from compliance.firm.firm_settings import InForce
from compliance.rules import stale_proposal
from compliance.rules.findings.severity import Severity
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Revision


@dataclass(frozen=True, slots=True)
class Life:
    """Where a revision stands in its life. `waits_for` is the day whose closing prices it waits for, None where it can be
    decided now as far as its age goes.
    """

    ends_at: datetime
    is_over: bool
    waits_for: date | None


def ends_at(trade_on: date, *, days: int) -> datetime:
    """The close of the market day that is `days` market days after the day a proposal was first made for."""
    calendar, day = new_york(), trade_on
    for _ in range(days):
        day = calendar.session_after(day)
    return market_days.closed_at(day)


def of_new(trade_on: date, *, figures: InForce) -> datetime:
    """The end of a proposal that a person or the scan makes now."""
    return ends_at(trade_on, days=figures.of(APPROVAL_GOOD_FOR))


def has_ended(revision: Revision, *, at: datetime) -> bool:
    """Whether the end that the revision's page states has come."""
    return at >= revision.expires_at


def trading_days_old(*, built_at: datetime, at: datetime) -> int:
    """Market days from the making of a revision to the trade day of a moment, as rule PTC-48 counts them."""
    built_on, trade_on = market_days.new_york_date(built_at), market_days.trade_day(at)
    return stale_proposal.trading_days_between(
        built_on=built_on,
        on=trade_on,
        trading_days=new_york().sessions_between(built_on, trade_on),
    )


def life(*, built_at: datetime, expires_at: datetime, figures: InForce, at: datetime) -> Life:
    """Where a revision of these moments stands, by the firm's figures."""
    age = trading_days_old(built_at=built_at, at=at)
    limit = figures.thresholds().of(stale_proposal.AGE_TRADING_DAYS)
    is_old = stale_proposal.age_severity(trading_days_old=age, limit=limit) is not Severity.PASS
    waits_for = new_york().session_before(market_days.trade_day(at)) if is_old else None
    return Life(expires_at, at >= expires_at, None if at >= expires_at else waits_for)


def life_of(revision: Revision, *, figures: InForce, at: datetime) -> Life:
    """Where a stored revision stands."""
    return life(built_at=revision.created_at, expires_at=revision.expires_at, figures=figures, at=at)
