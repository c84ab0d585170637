"""Ways: what a plan of the frontier asks of a household, and how a revision made along one keeps to it.

A way changes what the engine looks for and nothing of the facts: its objective, where each class is brought back to, and what
drift is thought to cost. It is read back from the revision's own document, so that a renewal asks the same again.
"""

from __future__ import annotations

from dataclasses import replace

from clients.models import Policy
from compliance.refusals import BadInput
from rebalancing.engine import frontier
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.money import ZERO
from rebalancing.models import Revision
from rebalancing.portfolios import money_due, policy_terms
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.proposals import revisions
from rebalancing.waiting import year_end


def objective_of(shown: document.Household) -> Objective | None:
    """The objective that somebody asked for; None for the usual one and for those that a plan's own triggers choose."""
    asked = shown.objective
    is_chosen = asked.mode is Mode.HARVEST or asked.one_way
    return None if is_chosen or asked == Objective() else asked


def is_along(shown: document.Household) -> bool:
    """Whether a document asks for a plan of the frontier by prices of drift: no other plan weighs drift and sends whatever
    improves matters at all."""
    asked = shown.objective
    return asked.mode is Mode.PRICED_DRIFT and asked.hold_below_bps == ZERO and not asked.one_way


def kept(portfolio: Portfolio, shown: document.Household) -> Portfolio:
    """The portfolio along the way of a document, where both are along one: the same destinations and prices of drift."""
    if not (is_along(shown) and is_along(portfolio.household)):
        return portfolio
    policy = portfolio.household.policy
    destinations = {row.id: row.destination for row in shown.policy.classes}
    classes = tuple(
        replace(row, destination=destinations.get(row.id, row.destination)) for row in policy.classes
    )
    along = replace(policy, classes=classes, penalties=shown.policy.penalties)
    return replace(portfolio, household=replace(portfolio.household, policy=along))


def usual(shown: document.Household, policy: Policy) -> document.Household:
    """What would usually be asked of a revision's household: its document without what its triggers or a way narrowed it to.

    A plan that only swaps losses or only moves cash, and gains that wait for January, are one way among others. What an
    advisor asked for stays.
    """
    return year_end.with_gains(widened(shown, policy))


def widened(shown: document.Household, policy: Policy) -> document.Household:
    """The same, with the gains left alone that wait for January."""
    if shown.objective.one_way or is_along(shown):
        terms = replace(shown.policy, penalties=document.Penalties())
        return policy_terms.with_destinations(replace(shown, objective=Objective(), policy=terms), policy)
    return replace(shown, objective=Objective()) if shown.objective.mode is Mode.HARVEST else shown


def documents(wide: document.Household) -> dict[str, document.Household]:
    """Each way by its name, as the document that asks for it; what is due is raised along, as by every plan that trades."""
    return dict(frontier.ways(ordered(money_due.with_all(wide))))


def of(revision: Revision) -> dict[str, document.Household]:
    """Each way of a revision's frontier by its name, as the document that asks for it."""
    return documents(widened(revisions.household_of(revision), revision.policy))


def asked(portfolio: Portfolio, way: str) -> Portfolio:
    """The portfolio as this way asks for it. Raises `BadInput` for one that there is not."""
    found = documents(portfolio.household).get(way)
    if found is None:
        raise BadInput("There is no such plan on the frontier.", "Choose one of those that are listed.")
    return replace(portfolio, household=found)
