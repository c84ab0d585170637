"""Fewer orders: those too small to send are dropped and the rest is solved again.

The choices of the search (tax regions, wash groups) stay; only columns are closed. An order that raises cash the
account needs is kept, however small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rebalancing.engine.branching import TRADED, Found, Node, solve_again
from rebalancing.engine.plan import Side
from rebalancing.engine.programme import Programme
from rebalancing.engine.solving import Solution, Solver

ROUNDS_MAX = 12
OrderKey = tuple[str, Side, str]  # Account, side, security.


@dataclass(frozen=True, slots=True)
class Pruned:
    """The answer without the small orders, its choices, and the columns that were closed for it."""

    solution: Solution
    node: Node
    closed: frozenset[int]


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
    """``found`` without orders below the minimum, within the most orders allowed, and with few if asked.

    Raises SolverFailed when the solver gives no answer to what had one before.
    """
    household = programme.situation.household
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
    price = order_price(programme)
    if price > 0 or household.rules.orders_max is not None:
        best = _fewer(programme, solver, best, everything, price)
    return best


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
        if rule.startswith("cash") and solution.values[column] > 0.01
    }


def _without(programme: Programme, solver: Solver, best: Pruned, columns: Iterable[int]) -> Pruned:
    closed = best.closed | frozenset(columns)
    solution, node = solve_again(programme, solver, best.node, closed)
    return Pruned(solution, node, closed)


def order_price(programme: Programme) -> float:
    """What one order more is charged with, in dollars, when few are asked for."""
    objective = programme.situation.household.objective
    if objective.order_price is not None:
        return float(objective.order_price)
    # A two-hundredth of a basis point of the household for each order, when few are asked for.
    return float(programme.situation.investable) * 5e-7 if objective.fewest_orders else 0.0


def _fewer(
    programme: Programme,
    solver: Solver,
    best: Pruned,
    everything: dict[OrderKey, list[int]],
    price: float,
) -> Pruned:
    """Leave out one order after the other, the cheapest to miss first, while that pays or there are too many."""
    most = programme.situation.household.rules.orders_max
    while True:
        orders = orders_in(programme, best.solution)
        is_too_many = most is not None and len(orders) > most
        droppable = [k for k, columns in orders.items() if not any(programme.lower[c] > 0 for c in columns)]
        if not droppable:
            return best
        sized = sorted(droppable, key=lambda k: (sum(float(best.solution.values[c]) for c in orders[k]), k))
        tried = [_without(programme, solver, best, everything[key]) for key in sized[:8]]
        cheapest = min(tried, key=lambda t: t.solution.objective)
        saved = len(orders) - len(orders_in(programme, cheapest.solution))
        costs = cheapest.solution.objective - best.solution.objective
        if not is_too_many and costs > price * max(1, saved):
            return best
        best = cheapest
