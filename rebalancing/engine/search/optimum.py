"""The one entrance to the search: which method answers a program is chosen here, by what the program is like.

Our own search (``branch_and_bound``) settles a few conflicts in some dozens of linear programs. Where many losses compete
with purchases at once, as where each security is a class of its own, its bound hardly rises; then, and where it has not
ended after ``NODES_OWN`` nodes, its incumbent and its bound are handed over to branch and cut (``mip``).
"""

from __future__ import annotations

from rebalancing.engine.model.program import Program
from rebalancing.engine.model.trades import POSITION
from rebalancing.engine.search.branch_and_bound import (
    NODES_MAX,
    SearchResult,
    apply_node,
    conflicts,
    reranked_by_wash_rules,
    root_node,
    search,
    search_with_limit,
)
from rebalancing.engine.search.highs import Solver, SolverFailed
from rebalancing.engine.search.mip import hand_over

NODES_OWN = 150  # Of our own search, before it hands over.
NODES_FIRST = 12  # Likewise where many conflicts stand at the root, for a first incumbent.
MANY = 8  # Wash groups both sold at a loss and bought.
NODES_PER_SECOND = 20  # Of branch and cut, for each second that a document grants.


def find(program: Program, solver: Solver, *, nodes_max: int = NODES_MAX) -> SearchResult:
    """The optimum of ``program``, proven where the work allows it. Raises SolverFailed when no answer is found."""
    objective = program.situation.household.objective
    if nodes_max < NODES_OWN:
        return search_with_limit(program, solver, nodes_max=nodes_max)
    has_many = objective.integer or _conflicts_at_root(program, solver) >= MANY
    try:
        first = search(program, solver, nodes_max=NODES_FIRST if has_many else NODES_OWN)
    except SolverFailed:
        first = None  # No incumbent within so few nodes; branch and cut starts without one.
    if first is not None and first.is_complete:
        return first
    nodes = NODES_PER_SECOND * objective.time_limit_seconds
    return reranked_by_wash_rules(program, solver, hand_over(program, solver, first, nodes_max=nodes))


def _conflicts_at_root(program: Program, solver: Solver) -> int:
    root = root_node(program)
    apply_node(program, solver, root)
    solution = solver.solve()
    if solution is None:
        return 0
    return sum(not group.id.startswith(POSITION) for group in conflicts(program, root, solution))
