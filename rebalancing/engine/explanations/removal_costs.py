"""What removing each order would cost: the household solved again without it, everything else free to change."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.documents.plan import Order, RemovalCost
from rebalancing.engine.model.program import Program
from rebalancing.engine.money import ZERO
from rebalancing.engine.search.branch_and_bound import solve_again
from rebalancing.engine.search.differences import difference
from rebalancing.engine.search.highs import Solver
from rebalancing.engine.search.order_pruning import Pruned, columns_of
from rebalancing.engine.wording import dollars

NODES_MAX = 12  # Of the search where leaving an order out asks for other choices.


def compute(
    program: Program, solver: Solver, pruned: Pruned, orders: tuple[Order, ...]
) -> tuple[RemovalCost, ...]:
    """For each order the tax, drift and objective of the best plan without it, less the plan's.

    Differences of two optima before rounding. Tax regions and wash groups keep their branch where it stays feasible;
    where it does not, a short search picks another, so that a cost can be overstated, never understated. Raises SolverFailed.
    """
    everything = columns_of(program)
    plan_optimum, _ = solve_again(program, solver, pruned.node, pruned.closed)
    costs = []
    for order in orders:
        columns = everything[order.account, order.side, order.security]
        left_out = pruned.closed | frozenset(columns)
        without, _ = solve_again(program, solver, pruned.node, left_out, nodes_max=NODES_MAX)
        more = difference(program, without, plan_optimum)
        costs.append(
            RemovalCost(
                order=order.id,
                tax=more.tax,
                drift=more.drift,
                objective=max(ZERO, more.objective),
                explanation=_sentence(more.tax, more.drift),
            )
        )
    return tuple(costs)


def _sentence(tax: Decimal, drift: Decimal) -> str:
    points = (drift * 100).quantize(Decimal("0.01"))
    parts = []
    if abs(tax) >= 1:
        parts.append(f"{dollars(abs(tax))} {'more' if tax > 0 else 'less'} tax")
    if points != 0:
        parts.append(f"{abs(points)} points {'more' if points > 0 else 'less'} drift")
    return (
        f"Without it: {' and '.join(parts)}."
        if parts
        else "Without it, tax changes by less than $1 and drift by less than 0.01 points."
    )
