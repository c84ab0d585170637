"""Orders that are hardly worth sending are left out: never for more than a fifth of a basis point unless that is asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalancing.engine import proposing
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.plan import FewerOrders, Plan, State
from rebalancing.engine.explanations import plain_text
from rebalancing.engine.verifier import verification
from tests.engine import families
from tests.examples import PLANS

D = Decimal
FIFTH = D("0.00002")  # Of the value: a fifth of a basis point.
MODES = (
    {},
    {"mode": Mode.LEAST_TAX, "drift_max": D("0.03")},
    {"mode": Mode.LEAST_DRIFT, "gain_max": D(1000)},
    {"hold_below_bps": D(0)},
)


def asked(household: Household, **objective: object) -> Household:
    return replace(household, objective=Objective(**objective))


def planned(household: Household, **objective: object) -> Plan:
    return proposing.propose(asked(household, **objective), removal_costs=False)


households = st.builds(
    families.household, st.sampled_from(families.FAMILIES), st.just("small"), st.integers(0, 10_000)
)


@settings(max_examples=PLANS, deadline=None)
@given(households, st.sampled_from(MODES))
def test_unasked_it_never_costs_more_than_a_fifth_of_a_basis_point(household, objective):
    every = planned(household, fewest_orders=False, **objective)
    usual = planned(household, **objective)

    assert usual.objective - every.objective <= every.before.investable * FIFTH + D("0.02")
    assert len(usual.orders) <= len(every.orders)
    # Rounded to fewer orders a plan may meet what it missed, never the other way round.
    assert usual.state is every.state or every.state is State.IMPOSSIBLE
    unmet = {(slack.rule, slack.subject): slack.amount for slack in every.slack}
    assert all(slack.amount <= unmet.get((slack.rule, slack.subject), D(0)) for slack in usual.slack)


@settings(max_examples=PLANS, deadline=None)
@given(households)
def test_what_was_saved_and_what_it_costs_is_told_as_it_is(household):
    every = planned(household, fewest_orders=False)
    usual = planned(household)

    told = usual.fewer_orders
    assert every.fewer_orders is None
    if len(usual.orders) == len(every.orders):
        assert told is None
        assert usual.objective == every.objective
    else:
        assert told.orders_saved == len(every.orders) - len(usual.orders)
        assert abs(told.cost - (usual.objective - every.objective)) <= D("0.02")
    assert verification.verify(household, usual).signed


def test_some_orders_are_saved_and_the_page_says_so():
    saved = 0
    for seed in range(8):
        household = families.household("located", "small", seed)
        plan = planned(household)
        if plan.fewer_orders is not None:
            saved += plan.fewer_orders.orders_saved
            assert plan.fewer_orders.explanation in plain_text.page(plan, household)
    assert saved >= 5


def test_asked_for_it_saves_at_least_as_many():
    fewer = 0
    for seed in range(6):
        household = families.household("everywhere", "small", seed)
        usual, few = planned(household), planned(household, fewest_orders=True)
        dear = planned(household, cost_per_order=D(200))
        assert len(dear.orders) <= len(few.orders) <= len(usual.orders)
        fewer += len(usual.orders) - len(dear.orders)
    assert fewer > 0


def test_not_asked_for_by_name_a_price_is_ignored():
    household = families.household("located", "small", 0)

    every = planned(household, fewest_orders=False)
    priced = planned(household, fewest_orders=False, cost_per_order=D(200))

    assert [order.id for order in priced.orders] == [order.id for order in every.orders]
    assert priced.fewer_orders is None


def test_a_document_that_does_not_say_and_one_that_says_null_are_the_same():
    household = families.household("located", "small", 1)
    text = serializing.text(household)

    assert '"fewest_orders": null' in text
    assert parsing.read_household(text.replace('"fewest_orders": null,', "")) == parsing.read_household(text)


def a_thinned_plan() -> tuple[Household, Plan]:
    household = families.household("located", "small", 1)
    plan = planned(household)
    assert plan.fewer_orders is not None
    return household, plan


@pytest.mark.parametrize(
    "forged",
    [
        lambda plan: {"orders_saved": 0},
        lambda plan: {"cost": plan.objective - plan.bound + D("0.02")},
        lambda plan: {"cost": plan.before.investable * FIFTH * 2},
    ],
    ids=["no order saved", "dearer than the bound allows", "dearer than allowed unasked"],
)
def test_a_verifier_refuses_a_figure_that_cannot_be(forged):
    household, plan = a_thinned_plan()
    exact = replace(plan, fewer_orders=replace(plan.fewer_orders, **forged(plan)))

    found = verification.verify(household, exact).faults

    assert {fault.pointer.split("/")[1] for fault in found} == {"fewer_orders"}


def test_a_verifier_refuses_orders_left_out_where_all_were_wanted():
    household = asked(families.household("located", "small", 0), fewest_orders=False)
    plan = proposing.propose(household, removal_costs=False)
    left_out = FewerOrders(orders_saved=1, cost=D(0), explanation="")

    assert plan.state is State.READY
    assert not verification.verify(household, replace(plan, fewer_orders=left_out)).signed
