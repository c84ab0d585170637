"""When a policy calls for an evaluation, and when it rebalances by the calendar regardless of its bands.

An evaluation belongs to the session it could trade in. The first session of a period is its due day, or the session or
day of the month that the policy names; an evaluation that was missed or failed (no data, held back, infeasible) stays
due until it has been made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clients.models import Policy
from clients.policies import triggering
from rebalancing.engine.market.calendars import MarketCalendar, new_york
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.history import CALENDAR, History
from rebalancing.triggers.trigger import Trigger, day_text

Look = Policy.Look
MONTHS = {Look.MONTHLY: 1, Look.QUARTERLY: 3, Look.SEMIANNUAL: 6, Look.ANNUAL: 12}

CODE = CALENDAR
NEEDS = ("looked_on", "since")
"""The market day of the last completed evaluation, unknown where there was none, and the day from which one counts for
this period.
"""


def fires(facts: Columns) -> Truth:
    """Whether this period's evaluation is still to be made."""
    return ~columns.is_known(facts["looked_on"]) | ~columns.at_least(facts["looked_on"], facts["since"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Where in its month a period begins: at its `session`th market day, or on its `day` or the next market day; and the
    day whose anniversary is kept.
    """

    session: int = 1
    day: int | None = None
    since: date | None = None


FIRST = Timing()


def timing(policy: Policy) -> Timing:
    """The timing of a policy."""
    return Timing(session=policy.due_session, day=policy.due_day, since=policy.effective_on)


def period(look: str, on: date, timing: Timing = FIRST) -> tuple[date, date]:
    """The first sessions of the period that contains a day and of the next period; daily: the day and the
    next.
    """
    sessions = new_york()
    if look == Look.DAILY:
        return on, sessions.session_after(on)
    if look == Look.WEEKLY:
        first = date.fromordinal(on.toordinal() - on.weekday())
        following = date.fromordinal(first.toordinal() + 7)
        return sessions.session_on_or_after(first), sessions.session_on_or_after(following)
    if look == Look.ANNIVERSARY:
        return _year_of(on, timing.since or on)
    months = MONTHS[Look(look)]
    index = (on.year * 12 + on.month - 1) // months * months
    first = _begins(sessions, index, timing)
    if on < first and (timing.session > 1 or timing.day is not None):
        return _begins(sessions, index - months, timing), first
    return first, _begins(sessions, index + months, timing)


def _begins(sessions: MarketCalendar, month: int, timing: Timing) -> date:
    """The session on which the period of a month begins; months are counted from the year 0."""
    day = date(month // 12, month % 12 + 1, timing.day or 1)
    found = sessions.session_on_or_after(day)
    if timing.day is None:
        for _ in range(timing.session - 1):
            found = sessions.session_after(found)
    return found


def _year_of(on: date, since: date) -> tuple[date, date]:
    sessions = new_york()

    def begins(year: int) -> date:
        return sessions.session_on_or_after(triggering.anniversary(since, year))

    year = on.year if on >= begins(on.year) else on.year - 1
    year = max(year, since.year)
    return begins(year), begins(year + 1)


def reason_not_due(policy: Policy, history: History, *, trade_on: date) -> str | None:
    """Why the household is not evaluated until a later day; None when a look, or the calendar, is due."""
    if policy.look == Look.DAILY or look_is_due(policy, history, trade_on=trade_on):
        return None
    if calendar_is_due(policy, history, trade_on=trade_on):
        return None
    return told(policy.look, next_on(policy, trade_on=trade_on), trade_on=trade_on)


def told(look: str, following: date, *, trade_on: date) -> str:
    """That a household is not evaluated before a day."""
    year = "" if following.year == trade_on.year else f", {following.year}"
    return (
        f"The policy is evaluated {triggering.OFTEN[Look(look)]}; the next evaluation is due on "
        f"{day_text(following)}{year}."
    )


def next_on(policy: Policy, *, trade_on: date) -> date:
    """The next day on which a look or the calendar is due."""
    looks = (policy.look, policy.calendar) if policy.calendar else (policy.look,)
    return min(period(look, trade_on, timing(policy))[1] for look in looks)


def look_is_due(policy: Policy, history: History, *, trade_on: date) -> bool:
    """Whether this period's look was not taken on an earlier day, under this policy."""
    since = _counts_from(policy, policy.look, trade_on=trade_on)
    return columns.holds(fires, looked_on=history.looked_on, since=since)


def calendar_is_due(policy: Policy, history: History, *, trade_on: date) -> bool:
    """Whether this period's rebalancing by the calendar is still to be made. What was made under an earlier version counts
    too, and an anniversary is none before a year is over.
    """
    if not policy.calendar:
        return False
    first, _ = period(policy.calendar, trade_on, timing(policy))
    effective_on = policy.effective_on or first
    if policy.calendar == Look.ANNIVERSARY and first.year == effective_on.year:
        return False
    since = _counts_from(policy, policy.calendar, trade_on=trade_on)
    begun = new_york().session_before(first)
    return columns.holds(fires, looked_on=history.looked_on, since=since) and columns.holds(
        fires, looked_on=history.calendar_on, since=begun
    )


def calendar_trigger(policy: Policy, history: History, *, trade_on: date) -> tuple[Trigger, ...]:
    """The trigger of a policy that also rebalances on a schedule, in the first evaluation of its period."""
    if not calendar_is_due(policy, history, trade_on=trade_on):
        return ()
    first, following = period(policy.calendar, trade_on, timing(policy))
    often = triggering.OFTEN[Look(policy.calendar)]
    return (
        Trigger(
            code=CODE,
            sentence=f"The policy rebalances {often}, and this is the first evaluation of the period.",
            figures={"from_on": first.isoformat(), "until_on": following.isoformat()},
        ),
    )


def _counts_from(policy: Policy, look: str, *, trade_on: date) -> date:
    first, _ = period(look, trade_on, timing(policy))
    return max(new_york().session_before(first), policy.effective_on or first)
