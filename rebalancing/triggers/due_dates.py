"""When a policy calls for an evaluation, and when it rebalances by the calendar regardless of its bands.

An evaluation belongs to the session it could trade in. The first session of a period is its due day; an
evaluation that was missed or failed (no data, held back, infeasible) stays due until it has been made.
"""

from __future__ import annotations

from datetime import date

from clients.models import Household, Policy
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Reading
from rebalancing.triggers import cash_due, columns
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.trigger import Trigger, day_text

LOOKED = (
    Reading.Outcome.IN_BAND,
    Reading.Outcome.PROPOSED,
    Reading.Outcome.PENDING,
    Reading.Outcome.NO_BENEFIT,
)
"""Outcomes that complete an evaluation; after any other outcome it is still due."""

MONTHS = {
    Policy.Look.MONTHLY: 1,
    Policy.Look.QUARTERLY: 3,
    Policy.Look.SEMIANNUAL: 6,
    Policy.Look.ANNUAL: 12,
}
OFTEN = {
    Policy.Look.WEEKLY: "once a week",
    Policy.Look.MONTHLY: "once a month",
    Policy.Look.QUARTERLY: "once a quarter",
    Policy.Look.SEMIANNUAL: "twice a year",
    Policy.Look.ANNUAL: "once a year",
}


def period(look: str, on: date) -> tuple[date, date]:
    """The first sessions of the period that contains a day and of the next period; daily: the day and the
    next.
    """
    sessions = new_york()
    if look == Policy.Look.DAILY:
        return on, sessions.session_after(on)
    if look == Policy.Look.WEEKLY:
        first = date.fromordinal(on.toordinal() - on.weekday())
        following = date.fromordinal(first.toordinal() + 7)
    else:
        months = MONTHS[Policy.Look(look)]
        month = (on.month - 1) // months * months
        first = date(on.year, month + 1, 1)
        following = date(on.year + (month + months) // 12, (month + months) % 12 + 1, 1)
    return sessions.session_on_or_after(first), sessions.session_on_or_after(following)


def reason_not_due(
    household: Household, policy: Policy, *, found: tuple[Trigger, ...], market_on: date, trade_on: date
) -> str | None:
    """Why the household is not evaluated until a later day; None when an evaluation is due. Money that is due
    out does not wait.
    """
    if policy.look == Policy.Look.DAILY or any(one.code == cash_due.CODE for one in found):
        return None
    if not _taken(household, policy, policy.look, market_on=market_on, trade_on=trade_on):
        return None
    _, following = period(policy.look, trade_on)
    year = "" if following.year == trade_on.year else f", {following.year}"
    return (
        f"The policy is evaluated {OFTEN[Policy.Look(policy.look)]}; the next evaluation is due on "
        f"{day_text(following)}{year}."
    )


def calendar_trigger(
    household: Household, policy: Policy, *, market_on: date, trade_on: date
) -> tuple[Trigger, ...]:
    """The trigger of a policy that also rebalances on a schedule, in the first evaluation of its period."""
    if not policy.calendar or _taken(
        household, policy, policy.calendar, market_on=market_on, trade_on=trade_on
    ):
        return ()
    first, following = period(policy.calendar, trade_on)
    often = (
        "every market day" if policy.calendar == Policy.Look.DAILY else OFTEN[Policy.Look(policy.calendar)]
    )
    return (
        Trigger(
            code="calendar",
            sentence=f"The policy rebalances {often}, and this is the first evaluation of the period.",
            figures={"from_on": first.isoformat(), "until_on": following.isoformat()},
        ),
    )


NEEDS = ("looked_on", "since")
"""The market day of the last completed evaluation, unknown where there was none, and the day from which one counts for
this period.
"""


def fires(facts: Columns) -> Truth:
    """Whether this period's evaluation is still to be made."""
    return ~columns.is_known(facts["looked_on"]) | ~columns.at_least(facts["looked_on"], facts["since"])


def _taken(household: Household, policy: Policy, look: str, *, market_on: date, trade_on: date) -> bool:
    """Whether this period's evaluation was made on an earlier day, under this policy."""
    first, _ = period(look, trade_on)
    since = max(new_york().session_before(first), policy.effective_on or first)
    looked_on = (
        Reading.objects.filter(household=household, outcome__in=LOOKED, run__market_on__lt=market_on)
        .order_by("-run__market_on")
        .values_list("run__market_on", flat=True)
        .first()
    )
    return not columns.holds(fires, looked_on=looked_on, since=since)
