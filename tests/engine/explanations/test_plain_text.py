"""The page in words, where a household is not an ordinary one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import State
from rebalancing.engine.documents.tax_units import BudgetKind, GainBudget
from rebalancing.engine.explanations import plain_text
from tests.engine.worked_households import harvest_without_a_wash

D = Decimal


def told(household: Household) -> str:
    return plain_text.page(proposing.propose(household), household)


def with_minimum(amount: str) -> Household:
    made = harvest_without_a_wash()
    first, *rest = made.accounts
    return replace(made, accounts=(replace(first, minimum_cash=D(amount)), *rest))


def test_what_cannot_be_done_is_a_sentence_of_its_own():
    plan = proposing.propose(with_minimum("300000"))

    assert plan.state is State.IMPOSSIBLE
    assert plan.summary == (
        "The request cannot be met in full: Carla's brokerage account stays $68,946 below its minimum cash."
    )


def test_no_weights_are_told_of_less_than_nothing():
    page = told(with_minimum("900000"))

    assert "After payments due and minimum cash, this household has nothing left to invest" in page
    assert "against a target" not in page
    assert "\u2212$" not in page.split("## What it means")[0]


def test_a_budget_used_up_before_the_plan_says_so():
    made = harvest_without_a_wash()
    budget = GainBudget(limit=D(3000), kind=BudgetKind.HARD)
    page = told(replace(made, rules=replace(made.rules, gain_budget=budget)))

    assert (
        "All returns together use $5,585 of the household's gain budget of $3,000; before the trades it was $16,000."
        in page
    )
