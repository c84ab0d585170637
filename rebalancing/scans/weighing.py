"""The plan, and what holds it back once its figures are known: it is made again without what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from clients.models import Household
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.frontier import Point
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import frontiers
from rebalancing.waiting import reasons, tax_exceeds_benefit, year_end
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
    gains = reasons.gains_wait(look, plan, household)
    if any(one.effect is Effect.PARTLY for one in gains):
        whole, until = plan, year_end.price(look.portfolio, plan).january_on
        kept = year_end.without_gains(look.portfolio, until=until)
        portfolio, plan = propose(kept)
        if plan.state is not State.READY:
            waiting = tuple(replace(one, effect=Effect.HOLDS) for one in gains)
            return Weighed(portfolio, plan, (*found, *waiting), held_back=whole)
    look = replace(look, portfolio=portfolio, plan=plan)
    return Weighed(portfolio, plan, (*found, *gains, *reasons.with_plan(look, plan)))


def points(household: document.Household, noted: Iterable[HoldReason]) -> tuple[Point, ...]:
    """The alternatives of the usual plan; where its tax is more than it is worth, smaller ones too."""
    weighs_tax = any(one.code == tax_exceeds_benefit.CODE for one in noted)
    return frontiers.trace(household, smaller=weighs_tax)
