"""What must hold of every plan that moves cash only, or that only takes losses: tried on households of their own.

Each household is solved once for all properties of its kind. How many there are is said in tests/examples.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache

import pytest

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Limit, Order, Plan, Side
from rebalancing.engine.verifier import verification
from tests.engine import cash_households, harvests
from tests.examples import PLANS

Case = tuple[Household, Plan]
Check = Callable[[Household, Plan], Iterator[str]]
SHOWN = 3
ZERO, CENT, WEIGHT = Decimal(0), Decimal("0.01"), Decimal("0.000001")


@cache
def cash_plans() -> tuple[Case, ...]:
    return tuple(_solved(cash_households.one_way(seed)) for seed in range(PLANS))


@cache
def harvest_plans() -> tuple[Case, ...]:
    made = (harvests.harvest(seed) for seed in range(2 * PLANS))
    return tuple(_solved(one) for one in made if one is not None)


def _solved(household: Household) -> Case:
    return household, proposing.propose(household, removal_costs=False)


def _groups(household: Household) -> dict[str, str]:
    return {one.id: one.group for one in household.securities}


def _named(orders: list[Order]) -> str:
    return ", ".join(order.id for order in orders)


def _of(plan: Plan, side: Side) -> list[Order]:
    return [order for order in plan.orders if order.side is side]


# ── Whatever the kind ────────────────────────────────────────────────────────────────────────────


def the_second_program_signs_it(household: Household, plan: Plan) -> Iterator[str]:
    for fault in verification.verify(household, plan).faults:
        yield f"{fault.pointer} {fault.sentence}"


def no_bound_lies_above_it(_: Household, plan: Plan) -> Iterator[str]:
    if plan.bound > plan.objective:
        yield f"nothing below {plan.bound} is said to exist, and the plan's objective is {plan.objective}"


# ── Cash alone ───────────────────────────────────────────────────────────────────────────────────


def _short(household: Household) -> set[str]:
    """Accounts whose cash, with everything that is known to come and go, is below its minimum; by hand."""
    return {
        one.id
        for one in household.accounts
        if one.cash_settled + sum(part.amount for part in (*one.cash_unsettled, *one.flows))
        < one.minimum_cash
    }


def _giving(household: Household) -> set[str]:
    """Securities that are mostly of a class that gives; by hand."""
    return {
        one.id
        for one in household.securities
        if any(
            part.asset_class in household.objective.gives
            for part in one.weights
            if part.weight == max(other.weight for other in one.weights)
        )
    }


def it_only_buys_or_only_sells(household: Household, plan: Plan) -> Iterator[str]:
    """Where no class gives."""
    if not household.objective.gives and len({order.side for order in plan.orders}) > 1:
        yield f"it trades both ways: {_named(list(plan.orders))}"


def only_accounts_that_are_short_sell(household: Household, plan: Plan) -> Iterator[str]:
    """… and others only of what gives."""
    short, giving = _short(household), _giving(household)
    if wrong := [o for o in _of(plan, Side.SELL) if o.account not in short and o.security not in giving]:
        yield f"sold without need: {_named(wrong)}"


def no_account_that_is_short_buys(household: Household, plan: Plan) -> Iterator[str]:
    """… nor does any other while one is short and no class gives."""
    short = _short(household)
    is_raising = bool(short) and not household.objective.gives
    if wrong := [o for o in _of(plan, Side.BUY) if is_raising or o.account in short]:
        yield f"bought while cash is short: {_named(wrong)}"


def what_gives_or_is_sold_is_bought_nowhere(household: Household, plan: Plan) -> Iterator[str]:
    groups, giving = _groups(household), _giving(household)
    sold = {groups[order.security] for order in _of(plan, Side.SELL)}
    if wrong := [o for o in _of(plan, Side.BUY) if o.security in giving or groups[o.security] in sold]:
        yield f"bought though it gives or is sold: {_named(wrong)}"


def its_turnover_is_kept_or_told(household: Household, plan: Plan) -> Iterator[str]:
    """One-way turnover: dollars bought and sold, halved, of what is invested. A rule that comes first may need more."""
    limits = [
        one for one in (household.objective.turnover_max, household.rules.turnover_max) if one is not None
    ]
    traded = sum((order.shares * order.price for order in plan.orders), ZERO) / 2
    told = sum((one.amount for one in plan.slack if one.rule is Limit.TURNOVER), ZERO)
    if limits and traded > min(limits) * plan.before.investable + told + CENT:
        yield f"{traded} is traded one way of {plan.before.investable}, the limit is {min(limits)}, told is {told}"


# ── Harvests ─────────────────────────────────────────────────────────────────────────────────────


def it_sells_only_losing_lots_that_were_named(household: Household, plan: Plan) -> Iterator[str]:
    named = {row.lot for row in household.objective.harvest if row.replacements}
    for order in _of(plan, Side.SELL):
        for sale in order.lots:
            if sale.lot not in named or sale.gain is None or sale.gain >= 0 or sale.disallowed:
                yield f"{order.id} sells {sale.lot} with a gain of {sale.gain}, {sale.disallowed} disallowed"


def it_buys_only_their_replacements_in_their_account(household: Household, plan: Plan) -> Iterator[str]:
    stands_in = {row.lot: row.replacements for row in household.objective.harvest}
    wanted = {
        (order.account, other)
        for order in _of(plan, Side.SELL)
        for sale in order.lots
        for other in stands_in.get(sale.lot, ())
    }
    if wrong := [o for o in _of(plan, Side.BUY) if (o.account, o.security) not in wanted]:
        yield f"replaces nothing: {_named(wrong)}"


def no_purchase_disallows_a_loss(household: Household, plan: Plan) -> Iterator[str]:
    groups = _groups(household)
    washed = {one.id for one in household.securities if one.wash_applies}
    sold = {groups[order.security] for order in _of(plan, Side.SELL)}
    if wrong := [o for o in _of(plan, Side.BUY) if o.security in washed and groups[o.security] in sold]:
        yield f"bought back: {_named(wrong)}"


def no_band_is_broken_that_was_not(_: Household, plan: Plan) -> Iterator[str]:
    """… but by what is left over of one increment of a replacement, which stays in cash: much only where little is held."""
    signs = {Side.SELL: 1, Side.BUY: -1}
    left = sum((signs[order.side] * order.amount + order.cost for order in plan.orders), ZERO)
    before = {(one.account, one.asset_class): one.out_of_band for one in plan.before.classes}
    for one in plan.after.classes:
        whole = one.value / one.weight if one.weight else plan.before.investable
        over = max(one.weight - one.upper, one.lower - one.weight) * whole
        is_new = one.out_of_band and not before[one.account, one.asset_class]
        if is_new and over > left + whole * WEIGHT:
            yield f"{one.asset_class} leaves its band: {one.weight}, {one.lower} to {one.upper}"


def it_saves_tax(_: Household, plan: Plan) -> Iterator[str]:
    if plan.tax_change > 0:
        yield f"it costs {plan.tax_change} of tax"


OF_ALL: tuple[Check, ...] = (the_second_program_signs_it, no_bound_lies_above_it)
OF_CASH: tuple[Check, ...] = (
    it_only_buys_or_only_sells,
    only_accounts_that_are_short_sell,
    no_account_that_is_short_buys,
    what_gives_or_is_sold_is_bought_nowhere,
    its_turnover_is_kept_or_told,
)
OF_HARVESTS: tuple[Check, ...] = (
    it_sells_only_losing_lots_that_were_named,
    it_buys_only_their_replacements_in_their_account,
    no_purchase_disallows_a_loss,
    no_band_is_broken_that_was_not,
    it_saves_tax,
)


def failing(cases: tuple[Case, ...], check: Check) -> list[str]:
    """The first faults, each with its household."""
    return [f"{household.id}: {told}" for household, plan in cases for told in check(household, plan)][:SHOWN]


@pytest.mark.parametrize("check", [*OF_ALL, *OF_CASH], ids=lambda one: one.__name__)
def test_of_every_plan_of_cash_alone(check: Check) -> None:
    assert failing(cash_plans(), check) == []


@pytest.mark.parametrize("check", [*OF_ALL, *OF_HARVESTS], ids=lambda one: one.__name__)
def test_of_every_harvest(check: Check) -> None:
    assert failing(harvest_plans(), check) == []


def test_the_households_are_of_every_kind() -> None:
    made = [cash_households.one_way(seed) for seed in range(120)]

    assert {(bool(one.objective.gives), bool(_short(one))) for one in made} == {
        (gives, short) for gives in (True, False) for short in (True, False)
    }
    assert sum(bool(plan.orders) for _, plan in cash_plans()) > PLANS // 3
    assert sum(bool(plan.orders) for _, plan in harvest_plans()) > len(harvest_plans()) // 3
