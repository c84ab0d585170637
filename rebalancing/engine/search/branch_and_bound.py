"""Branch and bound over the choices that are not linear: tax regions, buying or harvesting a wash group, the order of lots,
and how a wash group with purchases in its window gets its losses allowed.

Depth first. Each node is one linear program with changed bounds. A node splits where its solution both sells at a loss
and buys in one wash group, sells a lot before those ahead of it in its queue, takes more of a loss than the wash-sale
rule allows, or puts the tax below the true tax because no region is chosen. Children are tried cheapest first and nodes
that cannot beat the incumbent are dropped. Nodes left open at the node limit keep their bound, so that the gap is
always proven.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from rebalancing.engine.documents.objective import EditKind
from rebalancing.engine.model import wash_groups
from rebalancing.engine.model.gains import UnitColumns
from rebalancing.engine.model.lot_queues import Branching, bound_increase, branching, fixed_columns
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Region, unit_function
from rebalancing.engine.model.trades import POSITION, Group
from rebalancing.engine.search import wash_sale_taxes
from rebalancing.engine.search.branching_estimates import estimates
from rebalancing.engine.search.highs import NoAnswer, Solution, Solver, SolverFailed
from rebalancing.engine.search.nodes import Node, SearchResult

TRADED = 1e-4  # Dollars; smaller amounts are solver noise.
NODES_MAX = 4000
CONFLICTS_FOR_DIVE = 8
DIVES_MAX = 25
EXACT_ROUNDS_MAX = 6
EXACT_NODES_MAX = 60
TOLERANCE = 1e-7  # Of investable value: a thousandth of a basis point.


@dataclass(slots=True)
class _Search:
    program: Program
    solver: Solver
    tolerance: float
    nodes_max: int
    closed: frozenset[int]
    incumbent: Solution | None = None
    incumbent_node: Node | None = None
    incumbent_value: float = float("inf")
    open_bound: float = float("inf")
    nodes: int = 0


def search(
    program: Program,
    solver: Solver,
    *,
    closed: frozenset[int] = frozenset(),
    nodes_max: int = NODES_MAX,
    root: Node | None = None,
) -> SearchResult:
    """The optimum of ``program`` with all choices made. Columns in ``closed`` stay at zero.

    ``root`` holds choices that are kept as long as they are feasible. Raises SolverFailed when no solution is found.
    """
    result = _branch_and_bound(program, solver, closed, nodes_max, root or root_node(program))
    if isinstance(result, SearchResult):
        return reranked_by_wash_rules(program, solver, result, closed)
    if root is not None:
        return search(program, solver, closed=closed, nodes_max=nodes_max)
    text = "No choice of tax regions and purchases admits an answer."
    raise NoAnswer(text, is_proven=result < nodes_max)


def search_with_limit(
    program: Program,
    solver: Solver,
    *,
    closed: frozenset[int] = frozenset(),
    nodes_max: int,
    root: Node | None = None,
) -> SearchResult:
    """``search`` in ``nodes_max`` nodes; in as many as it takes where those lead to no solution."""
    try:
        return search(program, solver, closed=closed, nodes_max=nodes_max, root=root)
    except SolverFailed:
        return search(program, solver, closed=closed)


def root_node(program: Program) -> Node:
    """No choice but those an advisor's edits imply: a group that an edit buys is not harvested, and a group that an edit
    sells at a loss is not bought. A group with edits of both kinds stays open; both are carried out."""
    regions = {name: _first_region(columns) for name, columns in program.units.items()}
    edits = program.situation.household.edits
    exact = {(edit.account, edit.security) for edit in edits if edit.kind is EditKind.SELL}
    harvest, buy = set(), set()
    for group in program.groups if edits else ():
        is_bought = any(program.lower[column] > 0 for column in group.buy)
        is_sold = any(program.lower[column] > 0 for column in group.harvest)
        if is_sold and not is_bought:
            harvest.add(group.id)
        # A sale of so many shares does not say which lots; they can be those at a loss.
        elif is_bought and not (is_sold or any(program.sells[c].position in exact for c in group.harvest)):
            buy.add(group.id)
    return Node(regions, frozenset(harvest), frozenset(buy))


def _branch_and_bound(
    program: Program, solver: Solver, closed: frozenset[int], nodes_max: int, root: Node
) -> SearchResult | int:
    """The optimum below ``root`` by the program's own objective; the number of nodes looked at where no solution is found."""
    run = _Search(program, solver, tolerance_of(program), nodes_max, closed)
    stack = [(float("-inf"), root)]
    _dive(run, root)
    while stack:
        known, node = stack.pop()
        if known >= run.incumbent_value - run.tolerance or run.nodes >= nodes_max:
            run.open_bound = min(run.open_bound, known)
            continue
        run.nodes += 1
        _process(run, node, stack)
    if run.incumbent is None or run.incumbent_node is None:
        return run.nodes
    bound = min(run.incumbent_value, run.open_bound)
    assert bound <= run.incumbent.objective, "no bound lies above a known solution"
    return SearchResult(run.incumbent, run.incumbent_node, bound, run.nodes, run.nodes < nodes_max)


def tolerance_of(program: Program) -> float:
    """Differences of the objective, in dollars, that the search ignores."""
    return max(TOLERANCE * float(program.situation.investable), 1e-6)


def reranked_by_wash_rules(
    program: Program, solver: Solver, result: SearchResult, closed: frozenset[int] = frozenset()
) -> SearchResult:
    """``result``; where the exact wash-sale rules tax it higher than the program does, the best alternative whose tax the
    program has exactly, if that is cheaper. The bound stays."""
    best = current = result
    understated, group = wash_sale_taxes.understatement(program, result.solution)
    least = result.solution.objective + understated
    for _ in range(EXACT_ROUNDS_MAX):
        if group is None or understated <= tolerance_of(program):
            break
        candidates = []
        for choice in wash_groups.exact_choices(group, current.node.washes.get(group.id)):
            washes = {**current.node.washes, group.id: choice}
            root = replace(current.node, regions=root_node(program).regions, washes=washes)
            candidate = _branch_and_bound(program, solver, closed, EXACT_NODES_MAX, root)
            if isinstance(candidate, SearchResult):
                candidates.append((*wash_sale_taxes.understatement(program, candidate.solution), candidate))
        if not candidates:
            break
        understated, group, current = min(candidates, key=lambda c: c[2].solution.objective + c[0])
        if current.solution.objective + understated < least:
            least, best = current.solution.objective + understated, current
    by_group = wash_sale_taxes.by_group(program, result.solution) if program.washes else {}
    return replace(result, solution=best.solution, node=best.node, understated=by_group)


def _dive(run: _Search, node: Node) -> None:
    """Diving heuristic for a first incumbent where many groups conflict: settle all at once, each the cheaper way."""
    for _ in range(DIVES_MAX):
        apply_node(run.program, run.solver, node, run.closed)
        solution = run.solver.solve()
        if solution is None:
            return
        met = conflicts(run.program, node, solution)
        queues = _queue_branchings(run.program, node, solution, run.closed)
        washes = _wash_branchings(run.program, node, solution, run.closed)
        if not met and _children(run, node, solution) is None:
            run.incumbent, run.incumbent_node, run.incumbent_value = solution, node, solution.objective
            return
        is_begun = node.harvest or node.buy or node.queues or node.washes
        if len(met) + len(queues) + len(washes) < CONFLICTS_FOR_DIVE and not is_begun:
            return
        harvest, buy = set(node.harvest), set(node.buy)
        # Wash groups first: settling one settles its positions too, and both at once could close everything.
        in_washes = [group for group in met if not group.id.startswith(POSITION)]
        for group in in_washes or met:
            to_harvest, to_buy = estimates(run.program, group, solution)
            (harvest if to_harvest <= to_buy else buy).add(group.id)
        regions = dict(node.regions)
        for unit_id, columns in run.program.units.items():
            if regions[unit_id] is Region.ANY:
                gap, nearest = _tax_gap(columns, solution)
                if gap > run.tolerance:
                    regions[unit_id] = next(iter(nearest))
        spans = {**node.queues, **{each.queue: each.cheapest_first[0] for each in queues}}
        choices = {**node.washes, **{each.group: each.choices[0] for each in washes}}
        node = Node(regions, frozenset(harvest), frozenset(buy), spans, choices, node.ordered)


def _is_open(group: Group, node: Node) -> bool:
    return group.id not in node.harvest and group.id not in node.buy


def apply_node(program: Program, solver: Solver, node: Node, closed: frozenset[int] = frozenset()) -> None:
    """Set the solver's bounds to those of ``node``, with the columns in ``closed`` at zero too."""
    for unit, region in node.regions.items():
        solver.choose_region(unit, region)
    zero, full = fixed_columns(program.queues, node.queues, _closed_columns(program, node, closed))
    for group in program.washes:
        choice = node.washes.get(group.id)
        if choice is not None:
            flags = wash_groups.fixed_flags(group, choice)
            full.update((column, value) for column, value in flags.items() if column not in zero)
    for ordered in program.ordered:
        ones = node.ordered.get(ordered.id)
        if ones is not None:
            zero |= set(ordered.flags) - ones
            full.update(dict.fromkeys(ones, 1.0))
    assert zero.isdisjoint(full), "no column is held at zero and in full"
    solver.fix(zero, full)


def _closed_columns(program: Program, node: Node, closed: frozenset[int]) -> set[int]:
    """The columns at zero under the choices of ``node`` between buying and harvesting and on losses, with ``closed``."""
    zero = set(closed)
    for group in program.groups:
        if group.id in node.harvest:
            zero.update(group.buy)
        elif group.id in node.buy:
            zero.update(group.harvest)
    for wash in program.washes:
        choice = node.washes.get(wash.id)
        if choice is not None:
            zero |= wash_groups.closed_columns(wash, choice)
    return {column for column in zero if program.lower[column] == 0.0}


def _queue_branchings(
    program: Program, node: Node, solution: Solution, closed: frozenset[int]
) -> list[Branching]:
    """Where the solution breaks the order of a queue, and how to branch there."""
    if not program.queues:
        return []
    zero = _closed_columns(program, node, closed)
    spans = ((queue, queue.span(node.queues.get(queue.id), zero)) for queue in program.queues)
    branchings = (branching(queue, span, solution.values) for queue, span in spans)
    return [each for each in branchings if each is not None]


def _wash_branchings(
    program: Program, node: Node, solution: Solution, closed: frozenset[int]
) -> list[wash_groups.Branching]:
    """Where the solution takes more of a group's losses than the wash-sale rule allows, and how to branch there."""
    if not program.washes:
        return []
    zero = _closed_columns(program, node, closed)
    branchings = (
        wash_groups.branching(group, node.washes.get(group.id), solution.values, zero)
        for group in program.washes
    )
    return [each for each in branchings if each is not None]


def solve_again(
    program: Program, solver: Solver, node: Node, closed: frozenset[int], *, nodes_max: int = NODES_MAX
) -> tuple[Solution, Node]:
    """The optimum with ``closed`` columns at zero, under the choices of ``node`` where they remain feasible.

    A search for other choices ends after ``nodes_max`` nodes. Slacks among the columns are opened again where there is no
    solution without. Raises SolverFailed when none are feasible.
    """
    try:
        return _solve_again(program, solver, node, closed, nodes_max)
    except SolverFailed:
        rest = closed.difference(program.slacks.values())
        if rest == closed:
            raise
        return _solve_again(program, solver, node, rest, nodes_max)


def _solve_again(
    program: Program, solver: Solver, node: Node, closed: frozenset[int], nodes_max: int
) -> tuple[Solution, Node]:
    apply_node(program, solver, node, closed)
    solution = solver.solve()
    if solution is None:
        result = search_with_limit(program, solver, closed=closed, nodes_max=nodes_max)
    elif not is_feasible(program, node, solution, closed):
        # With columns closed the solution can sell, buy and lose where it did not before.
        result = search_with_limit(program, solver, closed=closed, nodes_max=nodes_max, root=node)
    else:
        return solution, node
    return result.solution, result.node


def is_feasible(program: Program, node: Node, solution: Solution, closed: frozenset[int]) -> bool:
    """Whether the solution respects every choice that is not linear, so that ``node`` need not branch further."""
    return not (
        conflicts(program, node, solution)
        or _queue_branchings(program, node, solution, closed)
        or _wash_branchings(program, node, solution, closed)
    )


def _first_region(columns: UnitColumns) -> Region:
    return columns.regions[0] if len(columns.regions) == 1 else Region.ANY


def _process(run: _Search, node: Node, stack: list[tuple[float, Node]]) -> None:
    apply_node(run.program, run.solver, node, run.closed)
    solution = run.solver.solve()
    if solution is None:
        return
    if solution.objective >= run.incumbent_value - run.tolerance:
        run.open_bound = min(run.open_bound, solution.objective)
        return
    children = _children(run, node, solution)
    if children is None:
        run.incumbent, run.incumbent_node, run.incumbent_value = solution, node, solution.objective
        return
    # The cheapest child last: it is the first to be taken from the stack.
    stack.extend(
        (solution.objective + _bound_increase(run, node, child, solution), child)
        for child in reversed(children)
    )


def _bound_increase(run: _Search, node: Node, child: Node, solution: Solution) -> float:
    """A lower limit on the rise of the objective from ``node`` to ``child``, from the duals of what its queue fixes."""
    total = 0.0
    for queue in run.program.queues:
        after = child.queues.get(queue.id)
        if after is not None and after != node.queues.get(queue.id):
            before = queue.span(node.queues.get(queue.id), _closed_columns(run.program, node, run.closed))
            total += bound_increase(queue, before, after, solution.values, solution.column_duals)
    return total


def _children(run: _Search, node: Node, solution: Solution) -> list[Node] | None:
    """How the node splits, most promising first; None when its solution is feasible."""
    worst: tuple[float, list[Node]] | None = None
    for unit_id, columns in run.program.units.items():
        if node.regions[unit_id] is Region.ANY:
            gap, regions = _tax_gap(columns, solution)
            gap *= float(run.program.weights.tax)
            if gap > run.tolerance and (worst is None or gap > worst[0]):
                worst = gap, [replace(node, regions={**node.regions, unit_id: r}) for r in regions]
    for group in conflicts(run.program, node, solution):
        to_harvest, to_buy = estimates(run.program, group, solution)
        weight = min(to_harvest, to_buy)
        harvest = replace(node, harvest=node.harvest | {group.id})
        buy = replace(node, buy=node.buy | {group.id})
        children = [harvest, buy] if to_harvest <= to_buy else [buy, harvest]
        if worst is None or weight > worst[0]:
            worst = weight, children
    for queue in _queue_branchings(run.program, node, solution, run.closed):
        if worst is None or queue.score > worst[0]:
            spans = queue.cheapest_first
            children = [replace(node, queues={**node.queues, queue.queue: span}) for span in spans]
            worst = queue.score, children
    for wash in _wash_branchings(run.program, node, solution, run.closed):
        if worst is None or wash.score > worst[0]:
            children = [replace(node, washes={**node.washes, wash.group: choice}) for choice in wash.choices]
            worst = wash.score, children
    return None if worst is None else worst[1]


def conflicts(program: Program, node: Node, solution: Solution) -> list[Group]:
    """The undecided groups in which the solution trades both kinds of columns."""
    traded = set(np.flatnonzero(solution.values > TRADED).tolist())
    # A position has one purchase and many lots: testing the purchase first rules out most groups at once.
    return [
        group
        for group in program.groups
        if not (traded.isdisjoint(group.buy) or traded.isdisjoint(group.harvest)) and _is_open(group, node)
    ]


def _tax_gap(columns: UnitColumns, solution: Solution) -> tuple[float, Iterable[Region]]:
    """How far the tax in the solution lies below the true tax there, and the regions, the nearest first."""
    short, long = float(solution.values[columns.short]), float(solution.values[columns.long])
    true = float(unit_function(columns.unit)(np.array([short]), np.array([long]))[0])
    if short + long < 0:
        here = Region.R3
    else:
        here = Region.R1 if long >= 0 else Region.R2
    regions = sorted(columns.regions, key=lambda region: (region is not here, region.name))
    return true - float(solution.values[columns.tax]), regions
