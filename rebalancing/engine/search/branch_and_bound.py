"""The choices that are not linear, settled lazily: tax regions, to buy or to harvest a wash group, the order of lots,
and what known purchases leave of losses.

Depth first. Each node is one linear program with bounds; where its answer both sells at a loss and buys in one
wash group, sells a lot before those in front of it in its queue, takes more of a loss than the wash-sale rule allows, or
puts the tax below the true tax because no region was chosen, the node splits. Children are tried cheapest first, nodes that cannot beat the best plan known are dropped, and what is left open when the limit of nodes
is reached keeps its bound, so that the gap is always proven.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from rebalancing.engine.documents.objective import EditKind
from rebalancing.engine.model import wash_groups
from rebalancing.engine.model.gains import UnitColumns
from rebalancing.engine.model.lot_queues import Branching, Span, bound_increase, branching, fixed_columns
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Region, unit_function
from rebalancing.engine.model.trades import POSITION, Group
from rebalancing.engine.search import wash_sale_taxes
from rebalancing.engine.search.branching_estimates import estimates
from rebalancing.engine.search.highs import Solution, Solver, SolverFailed

TRADED = 1e-4  # Dollars; less is the solver's noise.
NODES_MAX = 4000
MANY_CONFLICTS = 8
DIVES_MAX = 25
PLAINER_MAX = 6
PLAINER_NODES = 60
TOLERANCE = 1e-7  # Of investable value: a thousandth of a basis point.


@dataclass(frozen=True, slots=True)
class Node:
    """Choices so far. ``harvest`` groups may not be bought, ``buy`` groups may not be sold at a loss, and of the
    lots of each of ``queues`` those before its span are sold in full, those behind it not at all. ``washes``: how groups
    with purchases round them get at their losses."""

    regions: dict[str, Region]
    harvest: frozenset[str] = frozenset()
    buy: frozenset[str] = frozenset()
    queues: dict[str, Span] = field(default_factory=dict)
    washes: dict[str, wash_groups.Choice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The best answer, the choices it rests on, and a bound below which no answer can lie.

    ``is_out_of_time`` where the clock and not a count of nodes cut the search off.
    """

    solution: Solution
    node: Node
    bound: float
    nodes: int
    is_complete: bool
    is_out_of_time: bool = False


@dataclass(slots=True)
class _Search:
    program: Program
    solver: Solver
    tolerance: float
    nodes_max: int
    closed: frozenset[int]
    best: Solution | None = None
    best_node: Node | None = None
    best_value: float = float("inf")
    open_bound: float = float("inf")
    nodes: int = 0


def search(
    program: Program,
    solver: Solver,
    *,
    closed: frozenset[int] = frozenset(),
    nodes_max: int = NODES_MAX,
    root: Node | None = None,
) -> Found:
    """The optimum of ``program`` with all choices made. Columns in ``closed`` stay at zero.

    ``root`` holds choices that stay made while they admit an answer. Raises SolverFailed when there is none at all.
    """
    found = _best(program, solver, closed, nodes_max, root or root_node(program))
    if found is None and root is not None:
        return search(program, solver, closed=closed, nodes_max=nodes_max)
    if found is None:
        raise SolverFailed("No choice of tax regions and purchases admits an answer.")
    return _as_owed(program, solver, found, closed)


def search_briefly(
    program: Program,
    solver: Solver,
    *,
    closed: frozenset[int] = frozenset(),
    nodes_max: int,
    root: Node | None = None,
) -> Found:
    """``search`` in ``nodes_max`` nodes; in as many as it takes where those lead to no answer at all."""
    try:
        return search(program, solver, closed=closed, nodes_max=nodes_max, root=root)
    except SolverFailed:
        return search(program, solver, closed=closed)


def root_node(program: Program) -> Node:
    """No choice made but those that an advisor's edits make: what is bought by one is not harvested, and what is
    sold by one at a loss is not bought. A group with edits of both kinds stays open; each is carried out."""
    regions = {name: _first_region(columns) for name, columns in program.units.items()}
    edits = program.situation.household.edits
    exact = {(edit.account, edit.security) for edit in edits if edit.kind is EditKind.SELL}
    harvest, buy = set(), set()
    for group in program.groups if edits else ():
        is_bought = any(program.lower[column] > 0 for column in group.buy)
        is_sold = any(program.lower[column] > 0 for column in group.harvest)
        if is_sold and not is_bought:
            harvest.add(group.id)
        # Which lots a sale of so many shares takes is not said; they can be those at a loss.
        elif is_bought and not (is_sold or any(program.sells[c].position in exact for c in group.harvest)):
            buy.add(group.id)
    return Node(regions, frozenset(harvest), frozenset(buy))


def _best(
    program: Program, solver: Solver, closed: frozenset[int], nodes_max: int, root: Node
) -> Found | None:
    """The optimum below ``root``, as the program reckons."""
    run = _Search(program, solver, tolerance_of(program), nodes_max, closed)
    stack = [(float("-inf"), root)]
    _dive(run, root)
    while stack:
        known, node = stack.pop()
        if known >= run.best_value - run.tolerance or run.nodes >= nodes_max:
            run.open_bound = min(run.open_bound, known)
            continue
        run.nodes += 1
        _visit(run, node, stack)
    if run.best is None or run.best_node is None:
        return None
    bound = min(run.best_value, run.open_bound)
    return Found(run.best, run.best_node, bound, run.nodes, run.nodes < nodes_max)


def tolerance_of(program: Program) -> float:
    """Dollars of the objective that are not looked for."""
    return max(TOLERANCE * float(program.situation.investable), 1e-6)


def _as_owed(program: Program, solver: Solver, found: Found, closed: frozenset[int]) -> Found:
    """``found``; where it owes more tax than the program reckons, a plainer answer if that owes less. The bound stays."""
    best = here = found
    more, group = wash_sale_taxes.dearer(program, found.solution)
    least = found.solution.objective + more
    for _ in range(PLAINER_MAX):
        if group is None or more <= tolerance_of(program):
            break
        tried = []
        for way in wash_groups.exact_choices(group, here.node.washes.get(group.id)):
            washes = {**here.node.washes, group.id: way}
            root = replace(here.node, regions=root_node(program).regions, washes=washes)
            answer = _best(program, solver, closed, PLAINER_NODES, root)
            if answer is not None:
                tried.append((*wash_sale_taxes.dearer(program, answer.solution), answer))
        if not tried:
            break
        more, group, here = min(tried, key=lambda one: one[2].solution.objective + one[0])
        if here.solution.objective + more < least:
            least, best = here.solution.objective + more, here
    return replace(found, solution=best.solution, node=best.node)


def _dive(run: _Search, node: Node) -> None:
    """A first good answer where many groups conflict: settle all conflicts at once, the cheaper way for each."""
    for _ in range(DIVES_MAX):
        apply(run.program, run.solver, node, run.closed)
        solution = run.solver.solve()
        if solution is None:
            return
        conflicts = _conflicts(run.program, node, solution)
        asked = _questions(run.program, node, solution, run.closed)
        losses = _losses(run.program, node, solution, run.closed)
        if not conflicts and _children(run, node, solution) is None:
            run.best, run.best_node, run.best_value = solution, node, solution.objective
            return
        is_begun = node.harvest or node.buy or node.queues or node.washes
        if len(conflicts) + len(asked) + len(losses) < MANY_CONFLICTS and not is_begun:
            return
        harvest, buy = set(node.harvest), set(node.buy)
        # Wash groups first: settling one settles its positions too, and both at once could shut everything.
        washes = [group for group in conflicts if not group.id.startswith(POSITION)]
        for group in washes or conflicts:
            to_harvest, to_buy = estimates(run.program, group, solution)
            (harvest if to_harvest <= to_buy else buy).add(group.id)
        regions = dict(node.regions)
        for unit_id, columns in run.program.units.items():
            if regions[unit_id] is Region.ANY:
                gap, nearest = _tax_gap(columns, solution)
                if gap > run.tolerance:
                    regions[unit_id] = next(iter(nearest))
        spans = {**node.queues, **{found.queue: found.cheapest_first[0] for found in asked}}
        ways = {**node.washes, **{found.group: found.choices[0] for found in losses}}
        node = Node(regions, frozenset(harvest), frozenset(buy), spans, ways)


def _is_open(group: Group, node: Node) -> bool:
    return group.id not in node.harvest and group.id not in node.buy


def apply(program: Program, solver: Solver, node: Node, closed: frozenset[int] = frozenset()) -> None:
    """Make the solver's bounds those of ``node``, with the columns in ``closed`` at zero besides."""
    for unit, region in node.regions.items():
        solver.choose(unit, region)
    shut, full = fixed_columns(program.queues, node.queues, _shut(program, node, closed))
    for group in program.washes:
        choice = node.washes.get(group.id)
        if choice is not None:
            filled = wash_groups.fixed_flags(group, choice)
            full.update((column, most) for column, most in filled.items() if column not in shut)
    solver.hold(shut, full)


def _shut(program: Program, node: Node, closed: frozenset[int]) -> set[int]:
    """The columns at zero under the choices of ``node`` between buying and harvesting and on losses, with ``closed``."""
    shut = set(closed)
    for group in program.groups:
        if group.id in node.harvest:
            shut.update(group.buy)
        elif group.id in node.buy:
            shut.update(group.harvest)
    for wash in program.washes:
        choice = node.washes.get(wash.id)
        if choice is not None:
            shut |= wash_groups.closed_columns(wash, choice)
    return {column for column in shut if program.lower[column] == 0.0}


def _questions(program: Program, node: Node, solution: Solution, closed: frozenset[int]) -> list[Branching]:
    """Where the answer breaks the order of a queue, and what to ask there."""
    if not program.queues:
        return []
    shut = _shut(program, node, closed)
    spans = ((queue, queue.span(node.queues.get(queue.id), shut)) for queue in program.queues)
    asked = (branching(queue, span, solution.values) for queue, span in spans)
    return [found for found in asked if found is not None]


def _losses(
    program: Program, node: Node, solution: Solution, closed: frozenset[int]
) -> list[wash_groups.Branching]:
    """Where the answer takes more of a group's losses than the wash-sale rule allows, and what to ask there."""
    if not program.washes:
        return []
    shut = _shut(program, node, closed)
    asked = (
        wash_groups.branching(group, node.washes.get(group.id), solution.values, shut)
        for group in program.washes
    )
    return [found for found in asked if found is not None]


def solve_again(
    program: Program, solver: Solver, node: Node, closed: frozenset[int], *, nodes_max: int = NODES_MAX
) -> tuple[Solution, Node]:
    """The answer with ``closed`` columns at zero, under the choices of ``node`` where they still admit one.

    Where others have to be looked for, that ends after ``nodes_max`` nodes. Raises SolverFailed when none do.
    """
    apply(program, solver, node, closed)
    solution = solver.solve()
    if solution is None:
        found = search_briefly(program, solver, closed=closed, nodes_max=nodes_max)
    elif not obeys(program, node, solution, closed):
        # With columns closed the answer can sell, buy and lose where it did not before.
        found = search_briefly(program, solver, closed=closed, nodes_max=nodes_max, root=node)
    else:
        return solution, node
    return found.solution, found.node


def obeys(program: Program, node: Node, solution: Solution, closed: frozenset[int]) -> bool:
    """Whether the answer sells, buys and loses as it may, so that ``node`` leaves nothing to be decided."""
    return not (
        _conflicts(program, node, solution)
        or _questions(program, node, solution, closed)
        or _losses(program, node, solution, closed)
    )


def _first_region(columns: UnitColumns) -> Region:
    return columns.regions[0] if len(columns.regions) == 1 else Region.ANY


def _visit(run: _Search, node: Node, stack: list[tuple[float, Node]]) -> None:
    apply(run.program, run.solver, node, run.closed)
    solution = run.solver.solve()
    if solution is None:
        return
    if solution.objective >= run.best_value - run.tolerance:
        run.open_bound = min(run.open_bound, solution.objective)
        return
    children = _children(run, node, solution)
    if children is None:
        run.best, run.best_node, run.best_value = solution, node, solution.objective
        return
    # The cheapest child last: it is the first to be taken from the stack.
    stack.extend(
        (solution.objective + _rise(run, node, child, solution), child) for child in reversed(children)
    )


def _rise(run: _Search, node: Node, child: Node, solution: Solution) -> float:
    """By how much at least the child's objective lies above its parent's, from what its queues force."""
    total = 0.0
    for queue in run.program.queues:
        after = child.queues.get(queue.id)
        if after is not None and after != node.queues.get(queue.id):
            before = queue.span(node.queues.get(queue.id), _shut(run.program, node, run.closed))
            total += bound_increase(queue, before, after, solution.values, solution.column_duals)
    return total


def _children(run: _Search, node: Node, solution: Solution) -> list[Node] | None:
    """How the node splits, most promising first; None when its answer obeys everything."""
    worst: tuple[float, list[Node]] | None = None
    for unit_id, columns in run.program.units.items():
        if node.regions[unit_id] is Region.ANY:
            gap, regions = _tax_gap(columns, solution)
            gap *= float(run.program.weights.tax)
            if gap > run.tolerance and (worst is None or gap > worst[0]):
                worst = gap, [replace(node, regions={**node.regions, unit_id: r}) for r in regions]
    for group in _conflicts(run.program, node, solution):
        to_harvest, to_buy = estimates(run.program, group, solution)
        weight = min(to_harvest, to_buy)
        harvest = replace(node, harvest=node.harvest | {group.id})
        buy = replace(node, buy=node.buy | {group.id})
        children = [harvest, buy] if to_harvest <= to_buy else [buy, harvest]
        if worst is None or weight > worst[0]:
            worst = weight, children
    for asked in _questions(run.program, node, solution, run.closed):
        if worst is None or asked.score > worst[0]:
            worst = (
                asked.score,
                [replace(node, queues={**node.queues, asked.queue: span}) for span in asked.cheapest_first],
            )
    for loss in _losses(run.program, node, solution, run.closed):
        if worst is None or loss.score > worst[0]:
            ways = [replace(node, washes={**node.washes, loss.group: way}) for way in loss.choices]
            worst = loss.score, ways
    return None if worst is None else worst[1]


def _conflicts(program: Program, node: Node, solution: Solution) -> list[Group]:
    """The groups not yet decided in which the answer trades both kinds of columns."""
    traded = set(np.flatnonzero(solution.values > TRADED).tolist())
    # A position has one purchase and many lots: asking for the purchase first ends most questions at once.
    return [
        group
        for group in program.groups
        if not (traded.isdisjoint(group.buy) or traded.isdisjoint(group.harvest)) and _is_open(group, node)
    ]


def _tax_gap(columns: UnitColumns, solution: Solution) -> tuple[float, Iterable[Region]]:
    """How far the tax in the answer lies below the true tax there, and the regions, the nearest first."""
    short, long = float(solution.values[columns.short]), float(solution.values[columns.long])
    true = float(unit_function(columns.unit)(np.array([short]), np.array([long]))[0])
    if short + long < 0:
        here = Region.R3
    else:
        here = Region.R1 if long >= 0 else Region.R2
    regions = sorted(columns.regions, key=lambda region: (region is not here, region.name))
    return true - float(solution.values[columns.tax]), regions
