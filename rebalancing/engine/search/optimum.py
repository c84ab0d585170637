"""The one entrance to the search: which method answers a program is chosen here, by what the program is like.

Our own search (``branch_and_bound``) settles a few conflicts in some dozens of linear programs. Where many losses compete
with purchases at once, as where each security is a class of its own, its bound hardly rises; then, and where it has not
ended after ``NODES_OWN`` nodes, its incumbent and its bound are handed over to branch and cut (``mip``).

Limits are slacks at a price, so that a program always has an answer. Where the answer leaves a limit unmet that has to be
met, the program is asked again with those slacks closed: either there is an answer that meets it, or it is proven that
there is none, or neither is known within the work allowed. No other limit is broken further for it.
"""

from __future__ import annotations

from dataclasses import replace

from rebalancing.engine.documents.plan import MUST_BE_MET
from rebalancing.engine.evaluation import harvesting
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.trades import POSITION
from rebalancing.engine.search.branch_and_bound import (
    NODES_MAX,
    apply_node,
    conflicts,
    reranked_by_wash_rules,
    root_node,
    search,
    search_with_limit,
)
from rebalancing.engine.search.highs import NoAnswer, Solution, Solver
from rebalancing.engine.search.mip import hand_over
from rebalancing.engine.search.nodes import SearchResult

NODES_OWN = 150  # Of our own search, before it hands over.
NODES_OWN_WITH_WASHES = (
    1500  # Likewise with losses inside the window, whose choices branch and cut is slower at.
)
NODES_FIRST = 1  # Likewise where many conflicts stand at the root: the dive that comes before it gives a first incumbent.
MANY = 8  # Wash groups both sold at a loss and bought.
NODES_PER_SECOND = 20  # Of branch and cut, for each second that a document grants.
UNMET = 0.01  # Dollars.
OPEN: frozenset[int] = frozenset()


def find(program: Program, solver: Solver, *, nodes_max: int = NODES_MAX) -> SearchResult:
    """The optimum of ``program``, proven where the work allows it. Raises SolverFailed when no answer is found."""
    if nodes_max < NODES_OWN:
        return search_with_limit(program, solver, nodes_max=nodes_max)
    found = _find(program, solver, OPEN)
    closed = _unmet(program, found.solution)
    if not closed:
        return found
    # What has to be met is not met by breaking another limit further than it would be, or stands without any trade.
    allowed = _allowed(program, solver, found.solution)
    while True:
        try:
            again = _find(program, solver, closed)
        except NoAnswer as none:
            return replace(found, is_impossible=none.is_proven)
        further = frozenset(
            column for column, most in allowed.items() if float(again.solution.values[column]) > most
        )
        if not further:
            return replace(again, closed=closed)
        if any(allowed[column] > 2 * UNMET for column in further):
            return found  # Only a limit that is unmet anyhow could be held where it is; whether that is possible is not known.
        closed |= further


def _allowed(program: Program, solver: Solver, found: Solution) -> dict[int, float]:
    """By how much each limit may be unmet, by its slack: as the first answer has it, or as it stands without any trade."""
    trades = frozenset(range(program.buy_from + len(program.buys)))
    apply_node(program, solver, root_node(program), trades)
    standing = solver.solve()
    return {
        column: UNMET + max(float(each.values[column]) for each in (found, standing) if each is not None)
        for column in program.slacks.values()
    }


def _find(program: Program, solver: Solver, closed: frozenset[int]) -> SearchResult:
    """The optimum with the columns in ``closed`` at zero. Raises NoAnswer."""
    objective = program.situation.household.objective
    has_many = objective.integer or _conflicts_at_root(program, solver, closed) >= MANY
    try:
        own = NODES_OWN_WITH_WASHES if program.washes else NODES_OWN
        first = search(program, solver, closed=closed, nodes_max=NODES_FIRST if has_many else own)
    except NoAnswer as none:
        if none.is_proven:
            raise
        first = None  # No incumbent within so few nodes; branch and cut starts without one.
    if first is not None and first.is_complete:
        return first
    nodes = NODES_PER_SECOND * objective.time_limit_seconds
    handed = hand_over(program, solver, first, nodes_max=nodes, closed=closed)
    return reranked_by_wash_rules(program, solver, handed, closed)


def _conflicts_at_root(program: Program, solver: Solver, closed: frozenset[int]) -> int:
    root = root_node(program)
    apply_node(program, solver, root, closed)
    solution = solver.solve()
    if solution is None:
        return 0
    return sum(not group.id.startswith(POSITION) for group in conflicts(program, root, solution))


def _unmet(program: Program, solution: Solution) -> frozenset[int]:
    """The slacks of limits that must be met and are not."""
    if harvesting.is_harvest(program.situation.household):
        return OPEN  # What is unmet there is unmet without it.
    return frozenset(
        column
        for (rule, _), column in program.slacks.items()
        if rule in MUST_BE_MET and float(solution.values[column]) > UNMET
    )
