"""How a signed plan is corrupted: an order, a lot, a row, a position, or the household it is of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.household import Cap, CapKind, Household, Restriction, SecurityStatus
from rebalancing.engine.documents.objective import Edit, EditKind, Mode, Objective
from rebalancing.engine.documents.plan import Order, Plan, Side, Slack, State
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import BudgetKind, GainBudget
from rebalancing.engine.tax.holding_periods import Term
from tests.engine import families

CENT = Decimal("0.01")
Corruption = Callable[[Household, Plan, random.Random], tuple[Household, Plan] | None]


@cache
def good_plans() -> tuple[tuple[Household, Plan], ...]:
    """Signed plans of different families, sizes and modes."""
    asked = [families.household(f, "small", seed) for f in families.FAMILIES for seed in range(4)]
    asked += [families.household(f, "typical", 3) for f in families.FAMILIES]
    asked.append(replace(asked[0], objective=Objective(mode=Mode.RAISE_CASH, raise_amount=Decimal(25_000))))
    too_much = Objective(mode=Mode.RAISE_CASH, raise_amount=Decimal(190_000), raise_account="A2")
    asked.append(replace(asked[1], objective=too_much))
    asked.append(replace(asked[4], objective=Objective(mode=Mode.LEAST_TAX, drift_max=Decimal("0.03"))))
    sold = next(lot for lot in asked[9].lots if lot.basis is not None)
    edit = Edit(id="edit", kind=EditKind.SELL_LOT, account=sold.account, lot=sold.id)
    asked.append(replace(asked[9], edits=(edit,)))
    return tuple((household, proposing.propose(household)) for household in asked)


def with_order(plan: Plan, at: int, order: Order) -> Plan:
    return replace(plan, orders=(*plan.orders[:at], order, *plan.orders[at + 1 :]))


def some_order(plan: Plan, rng: random.Random, side: Side | None = None) -> int | None:
    found = [at for at, order in enumerate(plan.orders) if side in {None, order.side}]
    return rng.choice(found) if found else None


def on_order(side: Side | None, change: Callable[[Household, Order], Order | None]) -> Corruption:
    def corrupt(household: Household, plan: Plan, rng: random.Random) -> tuple[Household, Plan] | None:
        at = some_order(plan, rng, side)
        changed = None if at is None else change(household, plan.orders[at])
        return None if at is None or changed is None else (household, with_order(plan, at, changed))

    return corrupt


def on_lot(change: Callable[[Household, Order, int], object | None], *, taxed: bool = True) -> Corruption:
    def corrupt(household: Household, plan: Plan, rng: random.Random) -> tuple[Household, Plan] | None:
        found = [
            (at, part)
            for at, order in enumerate(plan.orders)
            for part, sale in enumerate(order.lots)
            if (sale.gain is not None) or not taxed
        ]
        if not found:
            return None
        at, part = rng.choice(found)
        order = plan.orders[at]
        changed = change(household, order, part)
        if changed is None:
            return None
        lots = (*order.lots[:part], changed, *order.lots[part + 1 :])
        return household, with_order(plan, at, replace(order, lots=lots))

    return corrupt


def on_plan(change: Callable[[Household, Plan], Plan | None]) -> Corruption:
    def corrupt(household: Household, plan: Plan, _: random.Random) -> tuple[Household, Plan] | None:
        changed = change(household, plan)
        return None if changed is None or changed == plan else (household, changed)

    return corrupt


def on_row(name: str, field: str, by: Decimal = CENT) -> Corruption:
    """One figure of one row of a list in the plan, moved by ``by``."""

    def corrupt(household: Household, plan: Plan, rng: random.Random) -> tuple[Household, Plan] | None:
        rows = getattr(plan, name)
        if not rows:
            return None
        at = rng.randrange(len(rows))
        value = getattr(rows[at], field)
        if value is None:
            return None
        row = replace(rows[at], **{field: value + by})
        return household, replace(plan, **{name: (*rows[:at], row, *rows[at + 1 :])})

    return corrupt


def on_position(when: str, field: str, part: str, by: Decimal) -> Corruption:
    def corrupt(household: Household, plan: Plan, rng: random.Random) -> tuple[Household, Plan] | None:
        position = getattr(plan, when)
        rows = getattr(position, part)
        at = rng.randrange(len(rows))
        row = replace(rows[at], **{field: getattr(rows[at], field) + by})
        changed = replace(position, **{part: (*rows[:at], row, *rows[at + 1 :])})
        return household, replace(plan, **{when: changed})

    return corrupt


def a_lot_swapped(household: Household, order: Order, part: int) -> object | None:
    taken = {sale.lot for sale in order.lots}
    for lot in household.lots:
        same = (lot.account, lot.security) == (order.account, order.security)
        sale = order.lots[part]
        if same and lot.id not in taken and lot.basis is not None and lot.quantity >= sale.shares:
            sold = next(other for other in household.lots if other.id == sale.lot)
            if (lot.basis / lot.quantity, lot.held_since) != (sold.basis / sold.quantity, sold.held_since):
                return replace(sale, lot=lot.id)
    return None


def flip(term: Term | None) -> Term:
    return Term.SHORT if term is Term.LONG else Term.LONG


def an_order_missing(household: Household, plan: Plan, rng: random.Random) -> tuple[Household, Plan] | None:
    at = some_order(plan, rng)
    return None if at is None else (household, replace(plan, orders=plan.orders[:at] + plan.orders[at + 1 :]))


def an_order_twice(household: Household, plan: Plan, rng: random.Random) -> tuple[Household, Plan] | None:
    at = some_order(plan, rng)
    return None if at is None else (household, replace(plan, orders=(*plan.orders, plan.orders[at])))


def reproposed(change: Callable[[Household, Plan], Household | None]) -> Corruption:
    """The household behind the plan changed (and its digest told anew): a rule the plan now breaks."""

    def corrupt(household: Household, plan: Plan, _: random.Random) -> tuple[Household, Plan] | None:
        changed = change(household, plan)
        if changed is None:
            return None
        return changed, replace(plan, input_digest=serializing.digest(changed))

    return corrupt


def first(plan: Plan, side: Side) -> Order | None:
    return next((order for order in plan.orders if order.side is side), None)


def restricted(side: Side) -> Callable[[Household, Plan], Household | None]:
    def change(household: Household, plan: Plan) -> Household | None:
        order = first(plan, side)
        if order is None:
            return None
        name = "do_not_buy" if side is Side.BUY else "do_not_sell"
        rules = replace(household.rules, **{name: (Restriction(security=order.security),)})
        return replace(household, rules=rules)

    return change


def frozen(household: Household, plan: Plan) -> Household | None:
    order = plan.orders[0] if plan.orders else None
    if order is None:
        return None
    return replace(
        household,
        securities=tuple(
            replace(s, status=SecurityStatus.FROZEN) if s.id == order.security else s
            for s in household.securities
        ),
    )


def locked(household: Household, plan: Plan) -> Household | None:
    order = first(plan, Side.SELL)
    if order is None:
        return None
    lots = tuple(
        replace(lot, lock_reason="pledged") if lot.id == order.lots[0].lot else lot for lot in household.lots
    )
    return replace(household, lots=lots)


def bought_around(household: Household, plan: Plan) -> Household | None:
    """A purchase of what the plan sells at a loss that is allowed in part, three weeks ahead, in another account."""
    for order in plan.orders:
        if any(sale.gain is not None and sale.gain + sale.disallowed < 0 for sale in order.lots):
            seen = RecentTrade(
                id="drip",
                kind=RecentTradeKind.REINVESTMENT,
                account=household.accounts[-1].id,
                security=order.security,
                on=household.trade_on + timedelta(days=21),
                shares=Decimal(1),
            )
            return replace(household, recent_trades=(*household.recent_trades, seen))
    return None


def sold_at_a_loss_before(days: int) -> Callable[[Household, Plan], Household | None]:
    """What the plan buys was sold at a loss so many days earlier."""

    def change(household: Household, plan: Plan) -> Household | None:
        order = first(plan, Side.BUY)
        if order is None:
            return None
        seen = RecentTrade(
            id="loss",
            kind=RecentTradeKind.LOSS_SALE,
            account=household.accounts[0].id,
            security=order.security,
            on=household.trade_on - timedelta(days=days),
            shares=Decimal(1),
        )
        return replace(household, recent_trades=(*household.recent_trades, seen))

    return change


def more_minimum_cash(household: Household, plan: Plan) -> Household | None:
    if not plan.orders:
        return None
    name = plan.orders[0].account
    accounts = tuple(
        replace(a, minimum_cash=a.minimum_cash + 100_000) if a.id == name else a for a in household.accounts
    )
    return replace(household, accounts=accounts)


def not_tradable(household: Household, plan: Plan) -> Household | None:
    if not plan.orders:
        return None
    name = plan.orders[0].account
    return replace(
        household,
        accounts=tuple(replace(a, tradable=False) if a.id == name else a for a in household.accounts),
    )


def with_rules(**changes: object) -> Callable[[Household, Plan], Household | None]:
    return lambda household, plan: (
        replace(household, rules=replace(household.rules, **changes)) if plan.orders else None
    )


def larger_minimum_trade(household: Household, plan: Plan) -> Household | None:
    """Purchases below the minimum; sales that raise cash the account needs, or close a position, may be small."""
    if first(plan, Side.BUY) is None:
        return None
    return replace(household, rules=replace(household.rules, minimum_trade=Decimal(10_000_000)))


def small_budget(household: Household, plan: Plan) -> Household | None:
    units = {row.tax_unit: row for row in plan.tax}
    if not any(row.short + row.long > 1 and row.net_short + row.net_long > 1 for row in units.values()):
        return None
    budget = GainBudget(limit=Decimal(0), kind=BudgetKind.HARD)
    return replace(household, tax_units=tuple(replace(u, gain_budget=budget) for u in household.tax_units))


def capped(household: Household, plan: Plan) -> Household | None:
    order = first(plan, Side.BUY)
    if order is None:
        return None
    cap = Cap(kind=CapKind.SECURITY, id=order.security, weight_max=Decimal(0))
    return replace(household, rules=replace(household.rules, caps=(cap,)))


def short_gains_barred(household: Household, plan: Plan) -> Household | None:
    if household.edits:
        return None
    for order in plan.orders:
        if any(s.gain is not None and s.gain > 1 and s.term is Term.SHORT for s in order.lots):
            return replace(household, rules=replace(household.rules, short_term_gains_allowed=False))
    return None


def left_alone(household: Household, plan: Plan) -> Household | None:
    if not plan.orders:
        return None
    order = plan.orders[0]
    edit = Edit(id="still", kind=EditKind.NO_TRADE, account=order.account, security=order.security)
    return replace(household, edits=(*household.edits, edit))


def an_edit_ignored(household: Household, plan: Plan) -> Household | None:
    sold = {sale.lot for order in plan.orders for sale in order.lots}
    lot = next((lot for lot in household.lots if lot.id not in sold), None)
    if lot is None:
        return None
    edit = Edit(id="ignored", kind=EditKind.SELL_LOT, account=lot.account, lot=lot.id)
    return replace(household, edits=(*household.edits, edit))


def basis_lost(household: Household, plan: Plan) -> Household | None:
    for order in plan.orders:
        for sale in order.lots:
            if sale.gain is not None and not household.edits:
                lots = tuple(replace(x, basis=None) if x.id == sale.lot else x for x in household.lots)
                return replace(household, lots=lots)
    return None


def not_in_a_sleeve(household: Household, plan: Plan) -> Household | None:
    order = first(plan, Side.BUY)
    if order is None:
        return None
    sleeves = tuple(
        replace(s, members=tuple(m for m in s.members if m.security != order.security))
        for s in household.policy.sleeves
    )
    return replace(household, policy=replace(household.policy, sleeves=sleeves))


def another_step(household: Household, plan: Plan) -> Plan | None:
    step = plan.cash[-1]
    return replace(plan, cash=(*plan.cash, replace(step, amount=CENT, balance=step.balance + CENT)))


def a_slack_denied(_: Household, plan: Plan) -> Plan | None:
    return replace(plan, slack=plan.slack[1:]) if plan.slack else None


def a_slack_invented(_: Household, plan: Plan) -> Plan | None:
    slack = Slack(rule="cash", subject="A1", amount=Decimal(5), explanation="")
    return replace(plan, slack=(*plan.slack, slack))


def other_state(_: Household, plan: Plan) -> Plan | None:
    return (
        replace(plan, state=State.HOLD if plan.state is State.READY else State.READY) if plan.orders else None
    )


def _a_cent_moved(plan: Plan, at: int, name: str, less: int, more: int) -> Plan:
    """The plan with a cent of a figure taken from one lot of an order and given to another."""
    orders, lots = list(plan.orders), list(plan.orders[at].lots)
    for part, by in ((less, -CENT), (more, CENT)):
        lots[part] = replace(lots[part], **{name: getattr(lots[part], name) + by})
    orders[at] = replace(orders[at], lots=tuple(lots))
    return replace(plan, orders=tuple(orders))


def a_loss_of_another_lot(_: Household, plan: Plan) -> Plan | None:
    """A cent disallowed of another lot of the same sale: every sum stays."""
    for at, order in enumerate(plan.orders):
        losing = [part for part, sale in enumerate(order.lots) if sale.gain is not None and sale.gain < 0]
        washed = [part for part in losing if order.lots[part].disallowed > 0]
        if not washed or len(losing) < 2:
            continue
        less = washed[0]
        more = next(part for part in losing if part != less)
        return _a_cent_moved(plan, at, "disallowed", less, more)
    return None


def a_loss_deferred_elsewhere(_: Household, plan: Plan) -> Plan | None:
    """A cent of a loss in the basis of another lot of the same sale than the one that takes it: every sum stays."""
    for at, order in enumerate(plan.orders):
        taking = [part for part, sale in enumerate(order.lots) if sale.added_basis > 0]
        taxed = [part for part, sale in enumerate(order.lots) if sale.gain is not None]
        if not taking or len(taxed) < 2:
            continue
        less = taking[0]
        more = next(part for part in taxed if part != less)
        return _a_cent_moved(plan, at, "added_basis", less, more)
    return None


def moved(name: str, by: Decimal) -> Callable[[Household, Plan], Plan | None]:
    return lambda _, plan: replace(plan, **{name: getattr(plan, name) + by})


def swapped_orders(_: Household, plan: Plan) -> Plan | None:
    return replace(plan, orders=plan.orders[::-1]) if len(plan.orders) > 1 else None


def oversold(household: Household, order: Order, part: int) -> object:
    quantity = next(lot.quantity for lot in household.lots if lot.id == order.lots[part].lot)
    return replace(order.lots[part], shares=quantity + 1)
