"""Which households are looked at on a day, and what the others wait for: the due dates of `triggers.due_dates` over the firm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compliance.firm.trigger_figures import FALL, FALL_SECURITY, FALL_SESSIONS
from rebalancing.engine.market.calendars import new_york
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.history import Histories
from rebalancing.firm_scan.policies import LOOKS
from rebalancing.firm_scan.shared import Flags, Ints
from rebalancing.triggers import due_dates, sharp_falls
from rebalancing.triggers.due_dates import Look, Timing


@dataclass(frozen=True, kw_only=True)
class Due:
    """Shape (households,): whether a look or the calendar is due, whether the calendar is, and what those wait for that are not.

    `is_daily` are looked at every day; `calendar_on` is the day on which the calendar is due next, 0 for those without one.
    """

    is_due: Flags
    is_calendar: Flags
    is_daily: Flags
    calendar_on: Ints
    waits: NDArray[Any]


def of(facts: FirmFacts, past: Histories) -> Due:
    """The due dates of every household with a policy. One question for all that share a look, a calendar and a timing."""
    terms, count = facts.policies, len(facts.households)
    is_due, is_calendar = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    waits, calendar_on = np.full(count, "", dtype=object), np.zeros(count, dtype=np.int64)
    # Only the anniversary of a policy depends on its own day.
    keeps_day = np.isin(terms.look, [_place(Look.ANNIVERSARY)]) | (terms.calendar == _place(Look.ANNIVERSARY))
    own_day = np.where(keeps_day, terms.effective_on, 0)
    keys = np.stack([terms.look, terms.calendar, terms.due_session, terms.due_day, own_day], axis=1)
    groups, group = np.unique(keys, axis=0, return_inverse=True)
    has_policy = terms.key > 0
    for place, told in enumerate(groups.tolist()):
        which = np.flatnonzero((group.ravel() == place) & has_policy)
        if not len(which):
            continue
        look, calendar, session, day, since = told
        when = Timing(session=session, day=day or None, since=date.fromordinal(since) if since else None)
        looked = past.looked_on[which]
        effective = terms.effective_on[which]
        is_daily = look == _place(Look.DAILY)
        due = np.ones(len(which), dtype=np.bool_)
        following = []
        if not is_daily:
            first, then = due_dates.period(LOOKS[look], facts.trade_on, when)
            due = _is_open(looked, _since(first, effective))
            following.append(then)
        called = np.zeros(len(which), dtype=np.bool_)
        if calendar >= 0:
            first, then = due_dates.period(LOOKS[calendar], facts.trade_on, when)
            following.append(then)
            calendar_on[which] = then.toordinal()
            begun = np.full(len(which), new_york().session_before(first).toordinal())
            called = _is_open(looked, _since(first, effective)) & _is_open(past.calendar_on[which], begun)
            if LOOKS[calendar] == Look.ANNIVERSARY:
                called &= first.year != date.fromordinal(since).year
        is_due[which], is_calendar[which] = due | called, called
        if not is_daily:
            text = due_dates.told(LOOKS[look], min(following), trade_on=facts.trade_on)
            waits[which[~(due | called)]] = text
    return Due(
        is_due=is_due,
        is_calendar=is_calendar,
        is_daily=has_policy & (terms.look == _place(Look.DAILY)),
        calendar_on=calendar_on,
        waits=waits,
    )


def looks_back(facts: FirmFacts) -> Flags:
    """The households that are not looked at every day, or by a calendar as well: an old look counts for them."""
    terms = facts.policies
    found: Flags = (terms.look != _place(Look.DAILY)) | (terms.calendar >= 0)
    return found


def _place(look: str) -> int:
    return LOOKS.index(str(look))


def _since(first: date, effective: Ints) -> Ints:
    return np.maximum(new_york().session_before(first).toordinal(), effective)


def _is_open(looked: Ints, since: Ints) -> Flags:
    """Whether the look is still to be made; days are whole numbers, so that no answer is unsure. No look at all is day 0."""
    told: Flags = due_dates.fires({"looked_on": looked, "since": since}).yes
    return told


def market_has_fallen(facts: FirmFacts) -> bool:
    """Whether a fall may call for a look at anybody: that of the firm's days, whenever a household was looked at."""
    firm = facts.market.settings_on(facts.market_on)
    closes = sharp_falls.closes_of(
        facts.market, firm.of(FALL_SECURITY), sessions=firm.of(FALL_SESSIONS), on=facts.market_on
    )
    given = sharp_falls.facts(closes, on=facts.market_on, least=firm.of(FALL), since=None)
    return bool(sharp_falls.fires(given).yes[0])
