"""The orders of a plan at other prices: the same shares of the same lots, signed by the second check, every figure anew."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from rebalancing.engine import proposing, repricing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Plan, Side, State
from rebalancing.engine.verifier import verification
from tests.engine import small_households

D = Decimal
SEEDS = range(120)


def shares(plan: Plan) -> object:
    return [
        (
            order.account,
            order.security,
            order.side,
            order.shares,
            [(lot.lot, lot.shares) for lot in order.lots],
        )
        for order in plan.orders
    ]


def moved(household: Household, seed: int, *, by: str) -> Household:
    """Every price moved by up to a fraction, each by itself."""
    draw = random.Random(seed)
    return replace(
        household,
        securities=tuple(
            replace(one, price=(one.price * (1 + D(by) * draw.randint(-100, 100) / 100)).quantize(D("0.01")))
            if one.price > 1
            else one
            for one in household.securities
        ),
    )


def test_at_the_same_prices_it_is_the_same_plan() -> None:
    seen = 0
    for seed in SEEDS:
        household = small_households.household(seed)
        plan = proposing.propose(household, removal_costs=False)
        if plan.state is not State.READY:
            continue
        again = repricing.repriced(household, plan.orders)
        assert again is not None, seed
        assert (shares(again), again.tax_change, again.objective, again.after, again.cash) == (
            shares(plan),
            plan.tax_change,
            plan.objective,
            plan.after,
            plan.cash,
        ), seed
        seen += 1
    assert seen > len(SEEDS) / 4


def test_at_other_prices_the_shares_stay_the_second_check_signs_and_no_plan_is_better_than_its_bound() -> (
    None
):
    kept = gone = 0
    for seed in SEEDS:
        household = small_households.household(seed)
        plan = proposing.propose(household, removal_costs=False)
        if plan.state is not State.READY:
            continue
        today = moved(household, seed, by="0.01")
        again = repricing.repriced(today, plan.orders)
        if again is None:
            gone += 1
            continue
        assert shares(again) == shares(plan), seed
        verdict = verification.verify(today, again)
        if again.state is State.READY:
            assert verdict.signature is not None, (seed, verdict.faults)
            kept += 1
        for order in again.orders:
            price = next(one.price for one in today.securities if one.id == order.security)
            assert order.price == price
    assert kept > gone, (kept, gone)


def test_a_lot_that_is_gone_is_not_sold() -> None:
    for seed in SEEDS:
        household = small_households.household(seed)
        plan = proposing.propose(household, removal_costs=False)
        sale = next((one for one in plan.orders if one.side is Side.SELL), None)
        if plan.state is not State.READY or sale is None:
            continue
        gone = sale.lots[0].lot
        less = replace(household, lots=tuple(one for one in household.lots if one.id != gone))
        assert repricing.repriced(less, plan.orders) is None
        return
    pytest.fail("no household sells a lot")
