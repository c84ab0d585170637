"""The reasons to wait in their order: what is known before a plan is made, and what its figures tell.

The list is written by hand. A new reason is a file of its own with a `CODE`, the facts it `NEEDS`, the pure rule `fires`
over them, and `find`; it is called from one of the two functions here.
"""

from __future__ import annotations

from collections.abc import Iterable

from clients.models import Hold, Household
from compliance.firm.waiting_figures import YEAR_END_GAIN
from rebalancing.engine.documents.plan import Plan
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns
from rebalancing.waiting import (
    almost_long_term,
    circumstances,
    cost_above_benefit,
    data_not_fit,
    disorderly_market,
    distribution_coming,
    holds,
    inside_tolerance,
    market_history,
    overrides,
    policy_pending,
    tax_exceeds_benefit,
    wash_windows,
    withdrawal_soon,
    year_end,
)
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

RULES = (
    circumstances,
    policy_pending,
    data_not_fit,
    inside_tolerance,
    withdrawal_soon,
    distribution_coming,
    disorderly_market,
    year_end,
    tax_exceeds_benefit,
    almost_long_term,
    wash_windows,
    cost_above_benefit,
)
"""Every measured reason, in the order in which it is asked about."""
ASKED = (
    *(f"hold_{kind}" for kind in Hold.Kind.values),
    *(module.CODE for module in RULES if module is not inside_tolerance),
    data_not_fit.TRANSFER,
    data_not_fit.UNRECONCILED,
    data_not_fit.ACTION,
)
"""The codes of everything that may hold back a trade that something calls for."""
BEFORE = frozenset(
    {
        *(f"hold_{kind}" for kind in Hold.Kind.values),
        circumstances.CODE,
        policy_pending.CODE,
        data_not_fit.CODE,
        data_not_fit.TRANSFER,
        data_not_fit.UNRECONCILED,
        data_not_fit.ACTION,
        withdrawal_soon.CODE,
    }
)
"""What is asked before a plan is made: a day that ends there says nothing of the others."""
NOT_DUE = frozenset({withdrawal_soon.CODE})
"""What is asked on a day on which no look is due."""
ONLY_CASH = frozenset({withdrawal_soon.CODE, circumstances.CODE})
"""What lets money that is due or has come in move, and nothing else."""


def before_plan(look: Look, household: Household) -> tuple[HoldReason, ...]:
    """What holds a household back whatever the plan would be, and what is left out of it."""
    found = [
        *holds.find(look.portfolio.rows.holds),
        *circumstances.find(
            household,
            raises_cash=look.raises_cash,
            on=look.trade_on,
            figures=look.figures,
            market=look.portfolio.rows.market,
        ),
        *policy_pending.find(look, household),
        *data_not_fit.find(look),
        *withdrawal_soon.find(look),
    ]
    return _set_aside(found, household, look)


def _set_aside(found: list[HoldReason], household: Household, look: Look) -> tuple[HoldReason, ...]:
    """The reasons, those marked that somebody decided to trade against."""
    if not any(one.code in overrides.CODES for one in found):
        return tuple(found)
    return overrides.applied(found, overrides.in_force(household, on=look.trade_on))


def is_held(found: Iterable[HoldReason]) -> bool:
    return any(one.effect is Effect.HOLDS for one in found)


def is_inside(look: Look) -> bool:
    """Whether nothing calls for a trade."""
    return columns.holds(inside_tolerance.fires, **inside_tolerance.facts(look))


def fit_to_trade(look: Look) -> tuple[Portfolio, tuple[HoldReason, ...]]:
    """The portfolio as it may be traded today, with what is not bought for now: nobody buys a distribution."""
    coming = tuple(distribution_coming.find(look))
    return distribution_coming.not_bought(look.portfolio, coming), coming


def moves_only_cash(look: Look, found: Iterable[HoldReason]) -> bool:
    """Whether only money that came in or is due out may move today: between two looks, before a large withdrawal, and while
    a life event is open.
    """
    waits = any(one.code in ONLY_CASH and one.effect is Effect.PARTLY for one in found)
    return look.only_cash or waits


def market_wait(look: Look, plan: Plan, household: Household) -> tuple[HoldReason, ...]:
    """Whether the market is fit for what the plan would trade."""
    history = market_history.of(look.portfolio, traded={order.security for order in plan.orders})
    if not columns.holds(disorderly_market.fires, **disorderly_market.facts(look, history)):
        return ()
    found = [disorderly_market.find(look, history)]
    return _set_aside(found, household, look)


def gains_wait(look: Look, plan: Plan, household: Household) -> tuple[HoldReason, ...]:
    """Whether the plan's gains are better taken in January; with the effect that this has on the plan."""
    if not late_in_the_year(look):
        return ()
    priced = year_end.price(look.portfolio, plan)
    if not columns.holds(year_end.fires, **year_end.facts(look, priced)):
        is_told = priced.net_gain > 0 and priced.net_gain >= look.figures.of(YEAR_END_GAIN)
        return (year_end.find(priced, Effect.WARNS, speaks_for_january=False),) if is_told else ()
    goes_on = look.raises_cash or year_end.proceeds_all_the_same(look)
    found = [year_end.find(priced, Effect.WARNS if goes_on else Effect.PARTLY)]
    return _set_aside(found, household, look)


def late_in_the_year(look: Look) -> bool:
    """Whether January is near enough to price it: two more computations for each return are not made for nothing."""
    return columns.holds(year_end.is_late, **year_end.window(look))


def with_plan(look: Look, plan: Plan) -> tuple[HoldReason, ...]:
    """What the plan's own figures tell its reviewer, and what it leaves alone until a day."""
    weighed = tax_exceeds_benefit.weigh(look, plan)
    found = []
    if columns.holds(tax_exceeds_benefit.fires, **tax_exceeds_benefit.facts(look, weighed)):
        found.append(tax_exceeds_benefit.find(look, weighed))
    return (*found, *almost_long_term.find(look, plan), *wash_windows.find(look, plan))


def without_plan(look: Look, plan: Plan, *, propose: almost_long_term.Propose) -> tuple[HoldReason, ...]:
    """Why the best plan is to leave all alone: what is worth selling waits, or nothing is worth its cost."""
    waiting = almost_long_term.find_alone(look, plan, propose=propose)
    return tuple(waiting or cost_above_benefit.find(plan))


def is_not_worth_its_cost(noted: tuple[HoldReason, ...]) -> bool:
    """Whether the best plan was to leave all alone, and not because of what waits."""
    return any(one.code == cost_above_benefit.CODE for one in noted)
