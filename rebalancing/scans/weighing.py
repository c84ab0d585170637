"""The plan, and what holds it back once its figures are known: it is made again without what waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from clients.models import Household
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.waiting import reasons, year_end
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason

Propose = Callable[[Portfolio], tuple[Portfolio, Plan]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The plan that is left, the portfolio that it answers, and what was found on the way."""

    portfolio: Portfolio
    plan: Plan
    reasons: tuple[HoldReason, ...]
    held_back: Plan | None = None  # The plan that would be proposed but for what waits.


def weigh(look: Look, household: Household, *, propose: Propose) -> Weighed:
    """The day's plan: nothing in a disorderly market, no gains where January is better, and the rest with what it tells."""
    portfolio, plan = propose(look.portfolio)
    if plan.state is not State.READY:
        told = reasons.without_plan(look, plan, propose=propose) if plan.state is State.HOLD else ()
        return Weighed(portfolio, plan, told)
    look = replace(look, plan=plan)
    found = reasons.market_wait(look, plan, household)
    if reasons.is_held(found):
        return Weighed(portfolio, plan, found, held_back=plan)
    weighed = for_january(look, household, portfolio, propose=propose)
    if weighed.held_back is None:
        look = replace(look, portfolio=weighed.portfolio, plan=weighed.plan)
        found = (*found, *weighed.reasons, *reasons.with_plan(look, weighed.plan))
        return replace(weighed, reasons=found)
    return replace(weighed, reasons=(*found, *weighed.reasons))


def for_january(look: Look, household: Household, portfolio: Portfolio, *, propose: Propose) -> Weighed:
    """The look's plan, which answers `portfolio`, without the gains for which January is better, and what that tells.

    `held_back` is the whole plan where nothing else of it is left.
    """
    plan = look.plan
    assert plan is not None, "it is weighed once it is made"
    gains = reasons.gains_wait(look, plan, household)
    if not any(one.effect is Effect.PARTLY for one in gains):
        return Weighed(portfolio, plan, gains)
    until = year_end.price(look.portfolio, plan).january_on
    left, rest = propose(year_end.without_gains(look.portfolio, until=until))
    if rest.state is State.READY:
        return Weighed(left, rest, gains)
    return Weighed(left, rest, tuple(replace(one, effect=Effect.HOLDS) for one in gains), held_back=plan)
