"""A cheaper answer nearby, where the law allows less of the losses inside the window than the program reckons with.

Lots that the law lets lose nothing are left alone, one wash group at a time, the one whose tax is most understated first:
the program is solved again under the same choices without them, and the answer is kept where it owes less.
"""

from __future__ import annotations

from dataclasses import replace

from rebalancing.engine.model.program import Program
from rebalancing.engine.model.wash_groups import TOLERANCE, Choice, Kind
from rebalancing.engine.search import wash_sale_taxes
from rebalancing.engine.search.branch_and_bound import apply_node, is_feasible, tolerance_of
from rebalancing.engine.search.highs import Solver
from rebalancing.engine.search.nodes import Node, SearchResult

TRIES_MAX = 24  # Linear programs, each with one matching in the law's order.
GROUPS_MAX = 12  # Tried each time.


def repaired(program: Program, solver: Solver, found: SearchResult) -> SearchResult:
    """``found``, or an answer that owes less because it leaves losing lots alone; they are in its ``closed``."""
    best, tries = found, 0
    least, amounts = wash_sale_taxes.owed(program, found.solution)
    while tries < TRIES_MAX:
        worst = sorted(
            (id_ for id_ in amounts if amounts[id_] > tolerance_of(program)),
            key=lambda id_: (-amounts[id_], id_),
        )
        for group in worst[:GROUPS_MAX]:
            tries += 1
            candidate = _without_losses(program, solver, best, group)
            if candidate is None:
                continue
            owed, after = wash_sale_taxes.owed(program, candidate.solution)
            if owed < least - tolerance_of(program):
                best, least, amounts = candidate, owed, after
                break
        else:
            break
    return best


def _without_losses(program: Program, solver: Solver, found: SearchResult, group: str) -> SearchResult | None:
    """The answer that sells no lot of ``group`` at a loss; None where the same choices admit none."""
    lots = {lot.sold for wash in program.washes if wash.id == group for lot in wash.lots}
    lots |= {lot.sold for ordered in program.ordered if ordered.id == group for lot in ordered.lots}
    closed = found.closed | {column for column in lots if program.lower[column] == 0.0}
    if closed == found.closed or not any(found.solution.values[column] > TOLERANCE for column in lots):
        return None
    node = _released(program, found.node, group)
    apply_node(program, solver, node, closed)
    solution = solver.solve()
    if solution is None or not is_feasible(program, node, solution, closed):
        return None
    return replace(found, solution=solution, node=node, closed=closed)


def _released(program: Program, node: Node, group: str) -> Node:
    """``node`` without choices that ask ``group`` for a loss."""
    if any(ordered.id == group for ordered in program.ordered):
        return replace(node, ordered={**node.ordered, group: frozenset()})
    return replace(node, washes={**node.washes, group: Choice(Kind.NONE)})
