"""Fewer orders: those below the minimum are dropped, then those not worth the price of an order, and the rest is re-solved.

The choices of the search (tax regions, wash groups) stay; only columns are closed. An order that raises cash the
account needs is kept, however small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.plan import CASH_LIMITS, Side
from rebalancing.engine.model.program import Program
from rebalancing.engine.search.branch_and_bound import TRADED, apply_node, is_feasible, solve_again
from rebalancing.engine.search.highs import Solution, Solver
from rebalancing.engine.search.nodes import Node, SearchResult

ROUNDS_MAX = 12
DEFAULT_ORDER_PRICE = 2e-6  # Of the investable value: a fiftieth of a basis point for each order.
COST_MAX = Decimal(
    "0.00002"
)  # Of the investable value: the most that leaving out orders may cost by default.
TOLD_FROM = 1.0  # Dollars: smaller orders of the optimum are digits, and nobody is told of them.
CANDIDATES = 4  # Orders tried each time, the smallest first.
OrderKey = tuple[str, Side, str]  # Account, side, security.


@dataclass(frozen=True, slots=True)
class Pruned:
    """The solution without the small orders, its choices, and the columns that were closed for it."""

    solution: Solution
    node: Node
    closed: frozenset[int]


def has_same_trades(program: Program, a: Pruned, b: Pruned) -> bool:
    """Whether two solutions trade the same under the same choices."""
    if a.node != b.node:
        return False
    count = len(program.sells) + len(program.buys)
    return bool(np.abs(a.solution.values[:count] - b.solution.values[:count]).max(initial=0.0) < TRADED)


def orders_in(program: Program, solution: Solution) -> dict[OrderKey, list[int]]:
    """The columns traded in ``solution``, by order."""
    orders: dict[OrderKey, list[int]] = defaultdict(list)
    values = solution.values
    for column in np.flatnonzero(values[: program.buy_from + len(program.buys)] > TRADED).tolist():
        if column < program.buy_from:
            sell = program.sells[column]
            orders[sell.account, Side.SELL, sell.security].append(column)
        else:
            buy = program.buys[column - program.buy_from]
            orders[buy.account, Side.BUY, buy.security].append(column)
    return dict(orders)


def columns_of(program: Program) -> dict[OrderKey, list[int]]:
    """All columns of each possible order, traded or not."""
    orders: dict[OrderKey, list[int]] = defaultdict(list)
    for column, sell in enumerate(program.sells):
        orders[sell.account, Side.SELL, sell.security].append(column)
    for column, buy in enumerate(program.buys, start=program.buy_from):
        orders[buy.account, Side.BUY, buy.security].append(column)
    return dict(orders)


def prune_small_orders(program: Program, solver: Solver, result: SearchResult) -> Pruned:
    """``result`` without orders below the minimum, and with no more orders than the rules allow.

    Raises SolverFailed when the solver finds no solution.
    """
    best = Pruned(result.solution, result.node, result.closed)
    kept: set[OrderKey] = set()
    columns_by_order = columns_of(program)
    for _ in range(ROUNDS_MAX):
        small = _small(program, best.solution, columns_by_order, kept)
        if not small:
            break
        candidate = _without(program, solver, best, {c for key in small for c in columns_by_order[key]})
        needy = _short_of_cash(program, candidate.solution) - _short_of_cash(program, best.solution)
        if needy:
            # These accounts need the cash: their small sales stay.
            kept |= {key for key in small if key[0] in needy and key[1] is Side.SELL}
            rest = {c for key in small if key not in kept for c in columns_by_order[key]}
            if not rest:
                continue
            candidate = _without(program, solver, best, rest)
        best = candidate
    return _at_most(program, solver, best, columns_by_order)


def _small(
    program: Program, solution: Solution, columns_by_order: dict[OrderKey, list[int]], kept: set[OrderKey]
) -> list[OrderKey]:
    minimums = program.situation.minimum_trades
    small = []
    for key, columns in orders_in(program, solution).items():
        amount = sum(float(solution.values[c]) for c in columns)
        if amount >= float(minimums[key[0]]) or key in kept or any(program.lower[c] > 0 for c in columns):
            continue
        if key[1] is Side.SELL and _closes(program, amount, key):
            continue
        small.append(key)
    return small


def left_below_minimum(program: Program, found: Solution, kept: set[OrderKey]) -> dict[OrderKey, Decimal]:
    """Orders of the optimum that are smaller than their account allows and that the plan does not have, in dollars."""
    left = {}
    for key in _small(program, found, columns_of(program), kept):
        amount = sum(float(found.values[c]) for c in orders_in(program, found)[key])
        if amount >= TOLD_FROM:
            left[key] = Decimal(repr(round(amount, 2)))
    return left


def _closes(program: Program, amount: float, key: OrderKey) -> bool:
    account, _, security = key
    situation = program.situation
    held = situation.quantity((account, security)) * situation.securities[security].price
    return amount >= float(held) - TRADED


def _short_of_cash(program: Program, solution: Solution) -> set[str]:
    return {
        account
        for (rule, account), column in program.slacks.items()
        if rule in CASH_LIMITS and solution.values[column] > 0.01
    }


def _without(program: Program, solver: Solver, best: Pruned, columns: Iterable[int]) -> Pruned:
    closed = best.closed | frozenset(columns)
    solution, node = solve_again(program, solver, best.node, closed)
    return Pruned(solution, node, closed)


def _at_most(
    program: Program, solver: Solver, best: Pruned, columns_by_order: dict[OrderKey, list[int]]
) -> Pruned:
    """While there are too many orders, leave out one at a time, the one that costs least first."""
    most = program.situation.household.rules.orders_max
    while most is not None and len(orders_in(program, best.solution)) > most:
        sized = _droppable(program, best)
        if not sized:
            break
        candidates = [_without(program, solver, best, columns_by_order[key]) for key in sized[:CANDIDATES]]
        best = min(candidates, key=lambda c: c.solution.objective)
    return best


def order_price(program: Program) -> float:
    """The price of one order, in dollars; zero where every order that pays is wanted."""
    objective = program.situation.household.objective
    if objective.fewest_orders is False:
        return 0.0
    if objective.cost_per_order is not None:
        return float(objective.cost_per_order)
    return float(program.situation.investable) * DEFAULT_ORDER_PRICE


def prune_marginal_orders(program: Program, solver: Solver, pruned: Pruned) -> Pruned:
    """``pruned`` without the orders that are not worth the price of an order; itself where all of them are.

    Unless the document asks for few orders, their total cost stays within ``COST_MAX``.
    """
    price, columns_by_order = order_price(program), columns_of(program)
    objective = program.situation.household.objective
    most = float("inf")
    if not wants_few_orders(objective):
        most = pruned.solution.objective + float(COST_MAX * program.situation.investable)
    best, batch = pruned, len(orders_in(program, pruned.solution)) // 2
    while price > 0:
        sized = _droppable(program, best)
        # Many small orders may be worthless together; trying them at once takes one solve instead of many.
        together = [sized[:batch]] if batch > 1 else [[key] for key in sized[:CANDIDATES]]
        attempts = (_resolved_without(program, solver, best, keys, columns_by_order) for keys in together)
        candidates = [attempt for attempt in attempts if attempt is not None]
        cheapest = min(candidates, key=lambda c: c.solution.objective, default=None)
        if cheapest is not None and cheapest.solution.objective <= most:
            saved = len(orders_in(program, best.solution)) - len(orders_in(program, cheapest.solution))
            costs = cheapest.solution.objective - best.solution.objective
            if costs <= price * (1 if batch > 1 else max(1, saved)):
                best = cheapest
                continue
        if batch <= 1:
            break
        batch //= 2
    return best


def wants_few_orders(objective: Objective) -> bool:
    """Whether the document asks for few orders, by ``fewest_orders`` or by a price."""
    return objective.fewest_orders is not False and (
        objective.fewest_orders is True or objective.cost_per_order is not None
    )


def _droppable(program: Program, best: Pruned) -> list[OrderKey]:
    """The orders that no edit asks for, the smallest first."""
    values = best.solution.values
    orders = {
        key: sum(float(values[c]) for c in columns)
        for key, columns in orders_in(program, best.solution).items()
        if not any(program.lower[c] > 0 for c in columns)
    }
    return sorted(orders, key=lambda key: (orders[key], key))


def _resolved_without(
    program: Program,
    solver: Solver,
    best: Pruned,
    keys: list[OrderKey],
    columns_by_order: dict[OrderKey, list[int]],
) -> Pruned | None:
    """The solution without ``keys`` under the same choices; None where there is none, or where more choices are needed."""
    closed = best.closed | {column for key in keys for column in columns_by_order[key]}
    apply_node(program, solver, best.node, closed)
    solution = solver.solve() if keys else None
    if solution is None or not is_feasible(program, best.node, solution, closed):
        return None
    return Pruned(solution, best.node, closed)
