"""Shaping a plan: what an advisor asks for, several wishes at once, worked out on today's facts before anything is stored.

A wish is about one trade: leave it alone, sell or buy exactly so much, sell this lot, trade another security instead, or in
another account. All of them are handed to the engine as edits and solved together; everything else is planned around them.
What each wish costs is the difference to the plan without it. `proposals.revise` makes the revision from the same
working out, so that what was looked at is what is stored, or the facts have moved and it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from compliance.refusals import BadInput, Blocked, Conflict
from rebalancing import market_days
from rebalancing.engine.documents import validation
from rebalancing.engine.documents.objective import Edit, Objective
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.documents.serializing import digest
from rebalancing.models import Proposal, Revision
from rebalancing.portfolios import portfolios
from rebalancing.proposals import chosen_classes, harvests, revisions, ways
from rebalancing.proposals import wishes as wishing
from rebalancing.proposals.wishes import Wish
from rebalancing.triggers import measures, triggers
from rebalancing.triggers.trigger import Trigger
from rebalancing.waiting import overrides, year_end

CORRECT = "Correct the record, then try again."
OTHERWISE = "Ask for something else, or for less of it."
WAIT_OR_SAY = (
    "Choose a plan that leaves them alone, or decide on the household's page to trade anyway, with a reason."
)


class Moved(Conflict):
    """The facts are others than those on which the plan was worked out that somebody looked at."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A plan on today's facts, with what was asked of it; nothing of it is stored. ``said`` says each wish in words."""

    portfolio: portfolios.Portfolio
    plan: Plan
    called_by: tuple[Trigger, ...]
    edits: tuple[tuple[Edit, ...], ...]
    said: tuple[str, ...]
    last: Revision

    @property
    def digest(self) -> str:
        """What somebody who keeps it has seen: the plan, which names the document that it answers."""
        return digest(self.plan)

    def without(self, number: int) -> Plan:
        """The plan with all wishes but one."""
        edits = tuple(edit for place, one in enumerate(self.edits) if place != number for edit in one)
        household = replace(self.portfolio.household, edits=edits)
        _, plan = _proposed(replace(self.portfolio, household=household), self.called_by, self.last)
        return plan


@dataclass(frozen=True, slots=True)
class WishCost:
    """What one wish adds: dollars of estimated tax, and distance from target as a fraction of one; None where the plan without
    it could not be worked out."""

    said: str
    tax: Decimal | None
    drift: Decimal | None


def try_out(
    proposal: Proposal,
    last: Revision,
    *,
    objective: Objective | None,
    wishes: Sequence[Wish] = (),
    edits: Sequence[Edit] = (),
    way: str = "",
    at: datetime,
) -> Tried:
    """Work a plan out on today's facts, with every wish; ``edits`` are asked as they are. Stores nothing.

    With ``way`` it is that plan of the frontier, around what the last revision was asked.

    Raises `wishes.Unasked` for a wish that cannot be asked, `Blocked` where the household cannot be measured.
    """
    shown = revisions.household_of(last)
    if way:
        objective, edits = (None if ways.is_along(shown) else ways.objective_of(shown)), shown.edits
    portfolio = portfolios.load(
        proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
        objective=objective,
        edits=edits,
    )
    if isinstance(portfolio, portfolios.NotMeasurable):
        raise Blocked(" ".join(portfolio.reasons), CORRECT)
    asked = wishing.edits_of(wishes, portfolio.household, revisions.plan_of(last))
    every = (*edits, *(edit for one in asked for edit in one))
    if wishes:
        portfolio = replace(portfolio, household=replace(portfolio.household, edits=every))
        if faults := validation.faults_in(portfolio.household):
            raise BadInput(" ".join(f"{fault}." for fault in faults), OTHERWISE)
    waits = year_end.CODE not in overrides.in_force(proposal.household, on=portfolio.household.trade_on)
    portfolio = chosen_classes.as_in(portfolio, shown) if way else ways.kept(portfolio, shown)
    if waits:
        portfolio = year_end.kept_back(portfolio, shown, edits=every)
    called_by = tuple(triggers.find(portfolio, measures.measure(portfolio)))
    if way:
        portfolio = ways.asked(portfolio, way)
    portfolio, plan = _proposed(portfolio, called_by, last)
    said = tuple(wishing.in_words(wish, portfolio.household) for wish in wishes)
    return Tried(portfolio, plan, called_by, asked, said, last)


def keepable(tried: Tried, *, seen: str = "") -> Tried:
    """The same where it may become a revision. Raises `Moved` where somebody saw another plan, `Blocked` where nothing would be
    traded or a limit could not be met."""
    if seen and seen != tried.digest:
        raise Moved(
            "Prices, holdings or the policy changed since this was worked out, so the plan is another one now.",
            "It was worked out again below. Look at it, then keep it.",
        )
    if tried.plan.state is not State.READY:
        raise Blocked(tried.plan.summary, "Withdraw the proposal, or ask for something else.")
    return tried


def why_not(tried: Tried) -> str:
    """Why what was worked out cannot become a revision; empty where it can."""
    try:
        keepable(tried)
    except Blocked as blocked:
        return str(blocked)
    return ""


def costs(tried: Tried) -> tuple[WishCost, ...]:
    """What each wish costs on top of the others: the plan with all of them, less the plan without it."""
    found = []
    for number, said in enumerate(tried.said):
        without = tried.without(number)
        if State.IMPOSSIBLE in (without.state, tried.plan.state):
            found.append(WishCost(said, None, None))
        else:
            tax = tried.plan.tax_change - without.tax_change
            found.append(WishCost(said, tax, tried.plan.after.drift - without.after.drift))
    return tuple(found)


def _proposed(
    portfolio: portfolios.Portfolio, called_by: Sequence[Trigger], last: Revision
) -> tuple[portfolios.Portfolio, Plan]:
    investable = measures.measure(portfolio).investable
    return harvests.proposer(called_by, investable, last=last)(portfolio)
