"""Fewer orders: those too small to send are dropped and the rest is solved again.

The choices of the search (tax regions, wash groups) stay; only columns are closed. An order that raises cash the
account needs is kept, however small.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rebalancing.engine.branching import TRADED, Found, Node, apply
from rebalancing.engine.plan import Side
from rebalancing.engine.programme import Programme
from rebalancing.engine.solving import Solution, Solver, SolverFailed

ROUNDS_MAX = 12
OrderKey = tuple[str, Side, str]  # Account, side, security.


@dataclass(frozen=True, slots=True)
class Pruned:
    """The answer without the small orders, and the columns that were closed for it."""

    solution: Solution
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
    apply(programme, solver, found.node)
    solution = found.solution
    closed: frozenset[int] = frozenset()
    kept: set[OrderKey] = set()
    everything = columns_of(programme)
    for _ in range(ROUNDS_MAX):
        small = _small(programme, solution, everything, kept)
        if not small:
            break
        wanted = closed | {c for key in small for c in everything[key]}
        tried = _solve(programme, solver, found.node, wanted)
        needy = _short_of_cash(programme, tried) - _short_of_cash(programme, solution)
        if needy:
            # These accounts need the cash: their small orders stay.
            kept |= {key for key in small if key[0] in needy}
            continue
        solution, closed = tried, wanted
    price = _order_price(programme)
    if price > 0 or household.rules.orders_max is not None:
        solution, closed = _fewer(programme, solver, found.node, solution, closed, everything, price)
    return Pruned(solution, closed)


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


def _solve(programme: Programme, solver: Solver, node: Node, closed: frozenset[int]) -> Solution:
    apply(programme, solver, node, closed)
    solver.close([c for c in sorted(closed) if programme.lower[c] == 0.0])
    solution = solver.solve()
    if solution is None:
        raise SolverFailed("Leaving out small orders left no answer at all.")
    return solution


def _order_price(programme: Programme) -> float:
    objective = programme.situation.household.objective
    if objective.order_price is not None:
        return float(objective.order_price)
    # A two-hundredth of a basis point of the household for each order, when few are asked for.
    return float(programme.situation.investable) * 5e-7 if objective.fewest_orders else 0.0


def _fewer(
    programme: Programme,
    solver: Solver,
    node: Node,
    solution: Solution,
    closed: frozenset[int],
    everything: dict[OrderKey, list[int]],
    price: float,
) -> tuple[Solution, frozenset[int]]:
    """Leave out one order after the other, the cheapest to miss first, while that pays or there are too many."""
    most = programme.situation.household.rules.orders_max
    while True:
        orders = orders_in(programme, solution)
        is_too_many = most is not None and len(orders) > most
        droppable = [k for k, columns in orders.items() if not any(programme.lower[c] > 0 for c in columns)]
        if not droppable:
            return solution, closed
        sized = sorted(droppable, key=lambda k: (sum(float(solution.values[c]) for c in orders[k]), k))
        best: tuple[float, frozenset[int], Solution] | None = None
        for key in sized[:8]:
            wanted = closed | frozenset(everything[key])
            tried = _solve(programme, solver, node, wanted)
            if best is None or tried.objective < best[0]:
                best = tried.objective, wanted, tried
        assert best is not None, "there was at least one order to leave out"
        saved = len(orders) - len(orders_in(programme, best[2]))
        if not is_too_many and best[0] - solution.objective > price * max(1, saved):
            return solution, closed
        solution, closed = best[2], best[1]
