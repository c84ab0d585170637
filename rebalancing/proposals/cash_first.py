"""The plan that is proposed: where the policy says so, new money only buys and money due out only sells, unless a class
is outside its band all the same.

New money is cash above its band: what a custodian's file shows, whoever sent it. Money that is only expected pays for
nothing.
"""

from __future__ import annotations

from dataclasses import replace

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan, State
from rebalancing.engine.evaluation.situations import lay_out
from rebalancing.engine.portfolio.bands import Side
from rebalancing.portfolios.portfolios import Portfolio


def propose(portfolio: Portfolio) -> tuple[Portfolio, Plan]:
    """The plan for a portfolio, with the portfolio that it answers.

    The cash-only plan is taken when it is ready to trade and leaves every class inside its band; otherwise the usual
    one, which may both buy and sell. What an advisor asks for with an objective or an edit of their own is left alone.
    """
    asked = portfolio.household
    if portfolio.policy.uses_cash_flows and _is_usual(asked) and _moves_cash(asked):
        only_cash = replace(asked, objective=replace(asked.objective, mode=Mode.CASH_ONLY))
        plan = proposing.propose(only_cash)
        if plan.state is State.READY and not any(one.out_of_band for one in plan.after.classes):
            return replace(portfolio, household=only_cash), plan
    return portfolio, proposing.propose(asked)


def _is_usual(household: Household) -> bool:
    return household.objective == Objective() and not household.edits


def _moves_cash(household: Household) -> bool:
    """Whether money is due out of an account that may be traded, or has come in, so that cash is above its band."""
    due = any(flow.amount for account in household.accounts if account.tradable for flow in account.flows)
    return due or any(
        zone.policy.id == household.policy.cash_class and zone.left is Side.OVER
        for scope in lay_out(ordered(household)).scopes
        for zone in scope.zones
    )
