"""The best plan costs more than it is worth: spreads, taxes and small orders against what it improves."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.documents.plan import Plan, State, TermName
from rebalancing.engine.wording import dollars
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, is_set, more_than
from rebalancing.waiting.reason import HoldReason

CODE = "cost_above_benefit"
NEEDS = ("cost", "benefit", "left_alone")
ZERO = Decimal(0)
COSTS = frozenset({TermName.TAX, TermName.SPREAD})
DRIFT = frozenset({TermName.DRIFT_INSIDE, TermName.DRIFT_SHORT_OF_DESTINATION, TermName.DRIFT_OUTSIDE})


def fires(facts: Columns) -> Truth:
    """The costs are above the benefit, or the engine leaves everything alone as not worth an order."""
    return more_than(facts["cost"], facts["benefit"]) | is_set(facts["left_alone"])


def facts(plan: Plan) -> dict[str, Fact]:
    """The costs that the plan adds, and what it takes off the price of drift, in dollars."""
    cost = sum((one.plan - one.do_nothing for one in plan.terms if one.name in COSTS), ZERO)
    benefit = sum((one.do_nothing - one.plan for one in plan.terms if one.name in DRIFT), ZERO)
    return {"cost": cost, "benefit": benefit, "left_alone": plan.state is State.HOLD}


def find(plan: Plan) -> list[HoldReason]:
    """One reason where the plan is left alone."""
    told = facts(plan)
    if plan.state is not State.HOLD or not columns.holds(fires, **told):
        return []
    price = sum((one.do_nothing for one in plan.terms if one.name in DRIFT), ZERO)
    return [
        HoldReason(
            code=CODE,
            sentence=f"No trade is worth its cost: the drift is priced at {dollars(price)}, and whatever brings it down costs more.",
            ends_on=None,
            because="It ends when the drift grows or a sale costs less; every scan computes it again.",
            figures={"price_of_drift": f"{price:.2f}"},
        )
    ]
