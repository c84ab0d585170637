"""Lots whose gain becomes long-term soon: each is left alone until then, with what that saves. Where they are all that
is worth selling, the household waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from rebalancing.engine.documents.household import Lot
from rebalancing.engine.documents.plan import Plan, SkipReason, State, UnitTax
from rebalancing.engine.evaluation.standing_lots import averaged, with_gifts
from rebalancing.engine.tax.holding_periods import days_until_long_term, first_long_term_day
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, more_than
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

CODE = "almost_long_term"
NEEDS = ("gain", "days", "wait_days", "saving")
ZERO, ONE_DAY = Decimal(0), 1
LONG_AGO = timedelta(days=367)
SHORT_TERM = frozenset({SkipReason.ALMOST_LONG_TERM, SkipReason.SHORT_TERM_GAIN})
"""Why a lot with a short-term gain is passed over."""

Propose = Callable[[Portfolio], tuple[Portfolio, Plan]]


def fires(facts: Columns) -> Truth:
    """A gain that is short-term today, long-term within the policy's days, and taxed less then."""
    return (
        more_than(facts["gain"], ZERO)
        & at_least(facts["days"], ONE_DAY)
        & at_least(facts["wait_days"], facts["days"])
        & more_than(facts["saving"], ZERO)
    )


def facts(lot: Lot, *, gain: Decimal, since: date, on: date, wait_days: int, tax: UnitTax) -> dict[str, Fact]:
    """`saving`: the gain times what the next dollar of short-term gain is taxed more than one of long-term."""
    return {
        "gain": gain,
        "days": days_until_long_term(since, on),
        "wait_days": wait_days,
        "saving": gain * (tax.marginal_short - tax.marginal_long),
    }


def find(look: Look, plan: Plan) -> list[HoldReason]:
    """The lots that the plan leaves alone for this; where no short-term gain may be taken anyway, their day is told too."""
    lots = {one.id: one for one in _waiting(look)}
    skipped = [one for one in plan.skipped if one.reason in SHORT_TERM]
    return _told(
        look,
        plan,
        [(lots[one.lot], one.gain) for one in skipped if one.lot in lots and one.gain is not None],
        effect=Effect.PARTLY,
    )


def find_alone(look: Look, plan: Plan, *, propose: Propose) -> list[HoldReason]:
    """The lots that would be sold today if their gain were long-term, where without them nothing is worth trading: the plan
    is made once more as it will be then.
    """
    waiting = {one.id: one for one in _waiting(look)}
    if not waiting:
        return []
    since = look.trade_on - LONG_AGO
    lots = tuple(
        replace(waiting[lot.id], adjusted_acquired=since) if lot.id in waiting else lot
        for lot in look.portfolio.household.lots
    )
    household = replace(look.portfolio.household, lots=lots)
    _, then = propose(replace(look.portfolio, household=household))
    if then.state is not State.READY:
        return []
    sales = [sale for order in then.orders for sale in order.lots if sale.lot in waiting]
    return _told(
        look,
        plan,
        [(waiting[one.lot], one.gain) for one in sales if one.gain is not None],
        effect=Effect.HOLDS,
    )


def _waiting(look: Look) -> list[Lot]:
    """The lots of taxed accounts that stand at a gain which is long-term within the policy's days."""
    household = with_gifts(look.portfolio.household)
    wait_days = household.rules.wait_for_long_term_days
    taxed = {one.id for one in household.accounts if one.is_taxed}
    prices = {one.id: one.price for one in household.securities}
    costs = {one.id: one.basis for one in averaged(household).lots}
    return [
        lot
        for lot in household.lots
        if lot.account in taxed
        and (cost := costs[lot.id]) is not None
        and lot.held_since is not None
        and lot.quantity * prices[lot.security] > cost
        and ONE_DAY <= days_until_long_term(lot.held_since, look.trade_on) <= wait_days
    ]


def _told(look: Look, plan: Plan, gains: list[tuple[Lot, Decimal]], *, effect: Effect) -> list[HoldReason]:
    """Each lot with its gain, what waiting saves and until when."""
    household = look.portfolio.household
    units = {one.id: one.tax_unit for one in household.accounts}
    taxes = {one.tax_unit: one for one in plan.tax}
    found = []
    for lot, gain in gains:
        since, tax = lot.held_since, taxes.get(units[lot.account] or "")
        if since is None or tax is None:
            continue
        wait_days = household.rules.wait_for_long_term_days
        given = facts(lot, gain=gain, since=since, on=look.trade_on, wait_days=wait_days, tax=tax)
        if columns.holds(fires, **given):
            found.append(_reason(look, lot, gain=gain, since=since, given=given, effect=effect))
    return found


def _reason(
    look: Look, lot: Lot, *, gain: Decimal, since: date, given: dict[str, Fact], effect: Effect
) -> HoldReason:
    names = {one.id: one.name or one.id for one in look.portfolio.household.accounts}
    long_on, days, saving = first_long_term_day(since), given["days"], given["saving"]
    assert isinstance(saving, Decimal), "computed above"
    is_left = (
        "would be sold, and nothing else is worth trading" if effect is Effect.HOLDS else "is left alone"
    )
    return HoldReason(
        code=CODE,
        sentence=(
            f"{lot.security} in {names[lot.account]} bought on {day_text(lot.acquired or since)} {is_left}: its gain of "
            f"{dollars(gain)} is long-term in {days} day{'' if days == 1 else 's'}, which saves about {dollars(saving)}."
        ),
        ends_on=long_on,
        because=f"It ends on {day_text(long_on)}, {long_on.year}, the first day on which the gain is long-term.",
        figures={"lot": lot.id, "gain": f"{gain:.2f}", "days": str(days), "saving": f"{saving:.2f}"},
        effect=effect,
        subject=lot.id,
    )
