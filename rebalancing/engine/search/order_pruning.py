"""Fewer orders: those too small to send are dropped, then those that are hardly worth sending, and the rest is solved again.

The choices of the search (tax regions, wash groups) stay; only columns are closed. An order that raises cash the
account needs is kept, however small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from rebalancing.engine.documents.household import Objective
from rebalancing.engine.documents.plan import CASH_LIMITS, Side
from rebalancing.engine.model.programme import Programme
from rebalancing.engine.search.branch_and_bound import TRADED, Found, Node, apply, obeys, solve_again
from rebalancing.engine.search.highs import Solution, Solver

ROUNDS_MAX = 12
STANDARD_PRICE = 2e-6  # Of the investable value: a fiftieth of a basis point for each order.
COST_MAX = Decimal(
    "0.00002"
)  # Of the investable value: what leaving out orders may cost unless it was asked for.
SMALLEST = 4  # So many orders are tried each time, the smallest first.
OrderKey = tuple[str, Side, str]  # Account, side, security.


@dataclass(frozen=True, slots=True)
class Pruned:
    """The answer without the small orders, its choices, and the columns that were closed for it."""

    solution: Solution
    node: Node
    closed: frozenset[int]


def is_same_answer(programme: Programme, one: Pruned, other: Pruned) -> bool:
    """Whether two answers trade the same under the same choices."""
    if one.node != other.node:
        return False
    count = len(programme.sells) + len(programme.buys)
    return bool(np.abs(one.solution.values[:count] - other.solution.values[:count]).max(initial=0.0) < TRADED)


def orders_in(programme: Programme, solution: Solution) -> dict[OrderKey, list[int]]:
    """The columns traded in ``solution``, by order."""
    found: dict[OrderKey, list[int]] = defaultdict(list)
    values = solution.values
    for column, sell in enumerate(programme.sells):
        if values[column] > TRADED:
            found[sell.account, Side.SELL, sell.security].append(column)
    for column, buy in enumerate(programme.buys, start=programme.buy_from):
        if values[column] > TRADED:
            found[buy.account, Side.BUY, buy.security].append(column)
    return dict(found)


def columns_of(programme: Programme) -> dict[OrderKey, list[int]]:
    """All columns of each possible order, traded or not."""
    found: dict[OrderKey, list[int]] = defaultdict(list)
    for column, sell in enumerate(programme.sells):
        found[sell.account, Side.SELL, sell.security].append(column)
    for column, buy in enumerate(programme.buys, start=programme.buy_from):
        found[buy.account, Side.BUY, buy.security].append(column)
    return dict(found)


def prune(programme: Programme, solver: Solver, found: Found) -> Pruned:
    """``found`` without orders below the minimum, and within the most orders allowed.

    Raises SolverFailed when the solver gives no answer to what had one before.
    """
    best = Pruned(found.solution, found.node, frozenset())
    kept: set[OrderKey] = set()
    everything = columns_of(programme)
    for _ in range(ROUNDS_MAX):
        small = _small(programme, best.solution, everything, kept)
        if not small:
            break
        tried = _without(programme, solver, best, {c for key in small for c in everything[key]})
        needy = _short_of_cash(programme, tried.solution) - _short_of_cash(programme, best.solution)
        if needy:
            # These accounts need the cash: their small sales stay.
            kept |= {key for key in small if key[0] in needy and key[1] is Side.SELL}
            rest = {c for key in small if key not in kept for c in everything[key]}
            if not rest:
                continue
            tried = _without(programme, solver, best, rest)
        best = tried
    return _at_most(programme, solver, best, everything)


def _small(
    programme: Programme, solution: Solution, everything: dict[OrderKey, list[int]], kept: set[OrderKey]
) -> list[OrderKey]:
    minimum = float(programme.situation.household.rules.minimum_trade)
    small = []
    for key, columns in orders_in(programme, solution).items():
        amount = sum(float(solution.values[c]) for c in columns)
        if amount >= minimum or key in kept or any(programme.lower[c] > 0 for c in columns):
            continue
        if key[1] is Side.SELL and _closes(programme, amount, key):
            continue
        small.append(key)
    return small


def _closes(programme: Programme, amount: float, key: OrderKey) -> bool:
    account, _, security = key
    situation = programme.situation
    held = situation.quantity((account, security)) * situation.securities[security].price
    return amount >= float(held) - TRADED


def _short_of_cash(programme: Programme, solution: Solution) -> set[str]:
    return {
        account
        for (rule, account), column in programme.slacks.items()
        if rule in CASH_LIMITS and solution.values[column] > 0.01
    }


def _without(programme: Programme, solver: Solver, best: Pruned, columns: Iterable[int]) -> Pruned:
    closed = best.closed | frozenset(columns)
    solution, node = solve_again(programme, solver, best.node, closed)
    return Pruned(solution, node, closed)


def _at_most(
    programme: Programme, solver: Solver, best: Pruned, everything: dict[OrderKey, list[int]]
) -> Pruned:
    """While there are too many orders, leave out one after the other, the cheapest to miss first."""
    most = programme.situation.household.rules.orders_max
    while most is not None and len(orders_in(programme, best.solution)) > most:
        sized = _droppable(programme, best)
        if not sized:
            break
        tried = [_without(programme, solver, best, everything[key]) for key in sized[:SMALLEST]]
        best = min(tried, key=lambda t: t.solution.objective)
    return best


def order_price(programme: Programme) -> float:
    """What one order more is charged with, in dollars; zero where every order that pays is wanted."""
    objective = programme.situation.household.objective
    if objective.fewest_orders is False:
        return 0.0
    if objective.order_price is not None:
        return float(objective.order_price)
    return float(programme.situation.investable) * STANDARD_PRICE


def fewer(programme: Programme, solver: Solver, pruned: Pruned) -> Pruned:
    """``pruned`` without the orders that are not worth the price of an order; itself where all of them are.

    Where few orders were not asked for, what they cost together stays within ``COST_MAX``.
    """
    price, everything = order_price(programme), columns_of(programme)
    objective = programme.situation.household.objective
    most = float("inf")
    if not is_asked_for(objective):
        most = pruned.solution.objective + float(COST_MAX * programme.situation.investable)
    best, batch = pruned, len(orders_in(programme, pruned.solution)) // 2
    while price > 0:
        sized = _droppable(programme, best)
        # Many small orders may be worth nothing together; that takes one answer of the solver instead of many.
        together = [sized[:batch]] if batch > 1 else [[key] for key in sized[:SMALLEST]]
        tried = [
            t for keys in together if (t := _tried(programme, solver, best, keys, everything)) is not None
        ]
        cheapest = min(tried, key=lambda t: t.solution.objective, default=None)
        if cheapest is not None and cheapest.solution.objective <= most:
            saved = len(orders_in(programme, best.solution)) - len(orders_in(programme, cheapest.solution))
            costs = cheapest.solution.objective - best.solution.objective
            if costs <= price * (1 if batch > 1 else max(1, saved)):
                best = cheapest
                continue
        if batch <= 1:
            break
        batch //= 2
    return best


def is_asked_for(objective: Objective) -> bool:
    """Whether few orders are wanted whatever they cost, by name or by a price."""
    return objective.fewest_orders is not False and (
        objective.fewest_orders is True or objective.order_price is not None
    )


def _droppable(programme: Programme, best: Pruned) -> list[OrderKey]:
    """The orders that no advisor asked for, the smallest first."""
    values = best.solution.values
    orders = {
        key: sum(float(values[c]) for c in columns)
        for key, columns in orders_in(programme, best.solution).items()
        if not any(programme.lower[c] > 0 for c in columns)
    }
    return sorted(orders, key=lambda key: (orders[key], key))


def _tried(
    programme: Programme,
    solver: Solver,
    best: Pruned,
    keys: list[OrderKey],
    everything: dict[OrderKey, list[int]],
) -> Pruned | None:
    """The answer without ``keys`` under the same choices; None where they admit none, or leave something to decide."""
    closed = best.closed | {column for key in keys for column in everything[key]}
    apply(programme, solver, best.node, closed)
    solution = solver.solve() if keys else None
    if solution is None or not obeys(programme, best.node, solution, closed):
        return None
    return Pruned(solution, best.node, closed)
