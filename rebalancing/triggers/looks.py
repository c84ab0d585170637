"""Whether a household is looked at on a day, how far, and what of it then calls for action.

A full look is due by the policy's period or calendar, or is called for by money that is due, a change of the record, or a
class beyond its hard range where the policy lets the others wait. Between two of them a sharp fall of the market may call
for a look at losses or at chosen classes, and at nothing else; such a look is no substitute for a full one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from clients.models import Policy
from clients.policies import triggering
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import (
    due_dates,
    out_of_band,
    out_of_hard_range,
    record_changes,
    sharp_falls,
    sleeves_out_of_band,
    spare_cash,
)
from rebalancing.triggers import history as earlier
from rebalancing.triggers.history import History
from rebalancing.triggers.trigger import Trigger, day_text

NO_REASON_TO_TRADE = frozenset({record_changes.CODE, sharp_falls.CODE})
"""What calls for a look and not, by itself, for a trade."""
SOFT = frozenset({out_of_band.CODE, sleeves_out_of_band.CODE})


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at. `waits` says why nothing more is done on this day; `only` names the classes of a narrow look."""

    found: tuple[Trigger, ...] = ()
    waits: str = ""
    only: frozenset[str] = frozenset()
    only_cash: bool = False
    """No look is due: what is looked at is money that came in or goes out."""


def calls(found: Iterable[Trigger]) -> tuple[Trigger, ...]:
    """Of what was found, what is a reason to trade."""
    return tuple(one for one in found if one.code not in NO_REASON_TO_TRADE)


def on(portfolio: Portfolio, found: tuple[Trigger, ...], *, market_on: date, trade_on: date) -> Look:
    """The look at a household whose triggers are `found`, from the record."""
    history = earlier.of(portfolio.rows.household, before=market_on, market=portfolio.rows.market)
    since = fall_counts_from(portfolio.policy, history)
    fall = sharp_falls.find(portfolio.policy, since, market=portfolio.rows.market, on=market_on)
    changed = record_changes.find(portfolio, history, trade_on=trade_on)
    return decide(portfolio.policy, history, found, changed=changed, fall=fall, trade_on=trade_on)


def fall_counts_from(policy: Policy, history: History) -> History:
    """A full look answers a fall as well, where looks are not made every day."""
    if policy.look == Policy.Look.DAILY:
        return history
    days = [day for day in (history.fall_on, history.looked_on) if day is not None]
    return replace(history, fall_on=max(days, default=None))


def decide(
    policy: Policy,
    history: History,
    found: tuple[Trigger, ...],
    *,
    changed: list[Trigger],
    fall: list[Trigger],
    trade_on: date,
) -> Look:
    """The same, of facts alone."""
    not_due = due_dates.reason_not_due(policy, history, trade_on=trade_on)
    calendar = due_dates.calendar_trigger(policy, history, trade_on=trade_on)
    waits_softly = policy.soft_breach == Policy.SoftBreach.WAITS
    is_hard = waits_softly and any(one.code == out_of_hard_range.CODE for one in found)
    is_called, money = bool(changed) or is_hard, spare_cash.only_cash(found)
    if not_due is not None and not is_called:
        if money:
            return Look(found, only_cash=True)
        return _narrow(policy, found, fall, not_due) if fall else Look(waits=not_due)
    is_scheduled = bool(calendar) or (not_due is None and policy.look != Policy.Look.DAILY)
    if waits_softly and not (is_scheduled or is_called or money):
        return _waiting(policy, found, fall, trade_on=trade_on)
    return Look((*found, *changed, *calendar))


def _narrow(policy: Policy, found: tuple[Trigger, ...], fall: list[Trigger], not_due: str) -> Look:
    """A look between two dates, as far as the policy lets a fall call for one."""
    classes = frozenset(triggering.codes(policy.fall_classes))
    kept = sharp_falls.of_interest(policy, found, classes=classes)
    if not kept:
        return Look(tuple(fall), f"{fall[0].sentence} Nothing there calls for a trade. {not_due}")
    only = classes if policy.on_fall == Policy.OnFall.CLASSES else frozenset()
    return Look((*fall, *kept), only=only)


def _waiting(policy: Policy, found: tuple[Trigger, ...], fall: list[Trigger], *, trade_on: date) -> Look:
    """A look of every day, on which classes inside their hard ranges wait."""
    kept = tuple(one for one in found if one.code not in SOFT)
    soft = [one for one in found if one.code in SOFT]
    if kept or not soft:
        return Look(kept)
    if fall and policy.on_fall == Policy.OnFall.CLASSES:
        classes = frozenset(triggering.codes(policy.fall_classes))
        if chosen := sharp_falls.of_interest(policy, found, classes=classes):
            return Look((*fall, *chosen), only=classes)
    following = None
    if policy.calendar:
        following = due_dates.period(policy.calendar, trade_on, due_dates.timing(policy))[1]
    return Look(waits=lets_wait(soft[0], following))


def lets_wait(first: Trigger, following: date | None) -> str:
    """That a class outside its band waits, at most until a look by the calendar."""
    when = (
        f"; the next look by the calendar is due on {day_text(following)}, {following.year}"
        if following
        else ""
    )
    return f"{first.sentence} The policy lets it wait for a scheduled look or for cash{when}."
