"""No order smaller than its account allows reaches a reviewer, and each that was left out is told with its reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents import parsing, serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.plan import Order, Plan, Side, SkipReason, State
from rebalancing.engine.documents.validation import faults_in
from rebalancing.engine.verifier import verification
from tests.engine import families

D = Decimal
SEEDS = range(8)


def household(seed: int, weight: Decimal | None = None, family: str = "located") -> Household:
    made = families.household(family, "small", seed)
    return replace(made, rules=replace(made.rules, minimum_trade_weight=weight))


def planned(asked: Household) -> Plan:
    return proposing.propose(asked, removal_costs=False)


def value_of(asked: Household, account: str) -> Decimal:
    prices = {one.id: one.price for one in asked.securities}
    (cash,) = [one.cash_settled for one in asked.accounts if one.id == account]
    return cash + sum(lot.quantity * prices[lot.security] for lot in asked.lots if lot.account == account)


def closes(asked: Household, order: Order) -> bool:
    held = sum(
        lot.quantity for lot in asked.lots if (lot.account, lot.security) == (order.account, order.security)
    )
    return order.side is Side.SELL and order.shares == held


def left_out(plan: Plan, reason: SkipReason) -> list[tuple[str, Side, str]]:
    return [(one.account, one.side, one.security) for one in plan.skipped if one.reason is reason]


def places(plan: Plan) -> set[tuple[str, Side, str]]:
    return {(one.account, one.side, one.security) for one in plan.orders}


@pytest.mark.parametrize("weight", [D("0.01"), D("0.05")])
def test_no_order_is_smaller_than_the_share_of_its_account(weight: Decimal) -> None:
    fewer = 0
    for seed in SEEDS:
        asked = household(seed, weight)
        plan = planned(asked)

        assert verification.verify(asked, plan).signed
        for order in plan.orders:
            least = max(asked.rules.minimum_trade, weight * value_of(asked, order.account))
            assert order.shares * order.price >= least or closes(asked, order), order
        fewer += len(planned(household(seed)).orders) - len(plan.orders)
    assert fewer > 0


def test_what_is_left_out_as_too_small_is_told_with_both_figures() -> None:
    told = 0
    for seed in SEEDS:
        asked = household(seed, D("0.05"))
        plan = planned(asked)
        found = left_out(plan, SkipReason.BELOW_MINIMUM)

        assert not set(found) & places(plan)
        for one in plan.skipped:
            if one.reason is SkipReason.BELOW_MINIMUM:
                least = max(asked.rules.minimum_trade, D("0.05") * value_of(asked, one.account))
                assert one.explanation.endswith(f"the smallest order of this account, ${least:,.0f}.")
        told += len(found)
    assert told > 0


def test_an_order_that_changes_hardly_anything_is_told_with_what_an_order_has_to_be_worth() -> None:
    told = 0
    for seed in SEEDS:
        asked = household(seed)
        every = planned(replace(asked, objective=Objective(fewest_orders=False)))
        usual = planned(asked)

        found = left_out(usual, SkipReason.NOT_WORTH_AN_ORDER)

        assert set(found) == (places(every) - places(usual) if usual.fewer_orders else set())
        assert left_out(every, SkipReason.NOT_WORTH_AN_ORDER) == []
        price = usual.before.investable * D("0.000002")
        for one in usual.skipped:
            if one.reason is SkipReason.NOT_WORTH_AN_ORDER:
                assert one.explanation.endswith(f"where it is worth ${price:,.2f} or more.")
        told += len(found)
    assert told >= 5


def test_nothing_is_told_of_a_plan_that_sends_nothing() -> None:
    asked = replace(household(0), objective=Objective(hold_below_bps=D(10_000)))

    plan = planned(asked)

    assert plan.state is State.HOLD
    assert left_out(plan, SkipReason.NOT_WORTH_AN_ORDER) == left_out(plan, SkipReason.BELOW_MINIMUM) == []


def test_the_verifier_refuses_an_order_below_the_share() -> None:
    for seed in SEEDS:
        asked = household(seed)
        plan = planned(asked)
        at = [n for n, one in enumerate(plan.orders) if not closes(asked, one)]
        smallest = min(
            (plan.orders[n].shares * plan.orders[n].price / value_of(asked, plan.orders[n].account), n)
            for n in at
        )
        stricter = household(seed, min(D(1), smallest[0] * D("1.01")))

        forged = replace(plan, input_digest=serializing.digest(stricter))
        found = {fault.pointer for fault in verification.verify(stricter, forged).faults}

        assert f"/orders/{smallest[1]}" in found


def test_cash_that_is_needed_is_raised_however_small_the_sale() -> None:
    asked = household(0, D("0.05"))
    account = next(one for one in asked.accounts if any(lot.account == one.id for lot in asked.lots))
    short = replace(
        asked,
        accounts=tuple(
            replace(one, cash_settled=D(0), minimum_cash=D(300)) if one.id == account.id else one
            for one in asked.accounts
        ),
    )

    plan = planned(short)

    assert verification.verify(short, plan).signed
    after = next(one.cash for one in plan.after.accounts if one.account == account.id)
    assert after >= 300


def test_a_document_without_a_share_keeps_its_bytes() -> None:
    text = serializing.text(household(0))

    assert "minimum_trade_weight" not in text
    assert serializing.text(parsing.read_household(text)) == text
    said = serializing.text(household(0, D("0.001")))
    assert parsing.read_household(said).rules.minimum_trade_weight == D("0.001")


@pytest.mark.parametrize("weight", [D("-0.01"), D("1.5")])
def test_a_share_is_a_fraction(weight: Decimal) -> None:
    assert [fault.pointer for fault in faults_in(household(0, weight))] == ["/rules/minimum_trade_weight"]
