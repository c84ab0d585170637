"""Ties between classes: where several classes could give way at the same cost, the class farthest from its target relative to
its band does, and classes equally far do so pro rata.

Solutions of equal cost form one face of the program: every column with a reduced cost above the tie-break keeps its
value. On that face the sum of squared distances, each relative to the width of its band, is minimized. The program is
then solved once more with every class fixed where that puts it, so that the result is a vertex with few trades.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from rebalancing.engine.model.classes import Deviation
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.portfolio.objective_prices import TIE_BREAK
from rebalancing.engine.search.branch_and_bound import apply_node, is_feasible
from rebalancing.engine.search.highs import Solver
from rebalancing.engine.search.order_pruning import Pruned

FREE = 5 * float(TIE_BREAK)  # Per dollar: a reduced cost below this counts as a tie.
MOVED = 1e-6  # Of the investable value: a class that moves by less is already leveled.
FIXED_WITHIN = 0.5  # Dollars.
WINDOW = 0.1  # Of the half-width: how far leaving out orders may move a leveled class.
NARROW = 0.01  # Of the value: the half-width used for a band without width.


@dataclass(frozen=True, slots=True)
class Level:
    """The deviation columns of leveled classes, and their values."""

    columns: tuple[int, ...]
    values: tuple[float, ...]
    widths: tuple[float, ...]


NO_LEVEL = Level((), (), ())


def leveled(program: Program, solver: Solver, pruned: Pruned) -> tuple[Pruned, Level]:
    """``pruned`` with the classes that tie leveled; itself where nothing ties."""
    if program.weights.inside <= 0 or not _may_tie(program, pruned):
        return pruned, NO_LEVEL
    apply_node(program, solver, pruned.node, pruned.closed)
    widths = _widths(program)
    square = solver.least_squares(_face(pruned), [(_signs(each), each.shift, 1 / widths[at])
                                                  for at, each in enumerate(program.deviations)])  # fmt: skip
    if square is None:
        return pruned, NO_LEVEL
    least = max(1.0, MOVED * float(program.situation.investable))
    before = pruned.solution.values
    moved = [
        at
        for at, each in enumerate(program.deviations)
        if abs(each.from_target(square) - each.from_target(before)) > least
    ]
    if not moved:
        return pruned, NO_LEVEL
    columns = [(column, widths[at]) for at in moved for column in _signs(program.deviations[at])]
    level = Level(
        tuple(column for column, _ in columns),
        tuple(float(square[column]) for column, _ in columns),
        tuple(width for _, width in columns),
    )
    with keeping(solver, level, within=0.0):
        again = solver.solve()
    if again is None or not is_feasible(program, pruned.node, again, pruned.closed):
        return pruned, NO_LEVEL
    # The duals are those of the optimum before anything was fixed.
    return replace(pruned, solution=replace(pruned.solution, values=again.values)), level


@contextmanager
def keeping(solver: Solver, level: Level, *, within: float = WINDOW) -> Iterator[None]:
    """Keep leveled classes within a fraction of their half-width of where they are."""
    columns = list(level.columns)
    room = [FIXED_WITHIN + within * width for width in level.widths]
    least = [max(0.0, value - part) for value, part in zip(level.values, room, strict=True)]
    most = [value + part for value, part in zip(level.values, room, strict=True)]
    upper = [min(high, float(solver.upper[c])) for high, c in zip(most, columns, strict=True)]
    solver.set_bounds(columns, [min(low, high) for low, high in zip(least, upper, strict=True)], upper)
    try:
        yield
    finally:
        solver.set_bounds(
            columns, [float(solver.lower[c]) for c in columns], [float(solver.upper[c]) for c in columns]
        )


def _signs(each: Deviation) -> dict[int, float]:
    return {**dict.fromkeys(each.under, -1.0), **dict.fromkeys(each.over, 1.0)}


def _widths(program: Program) -> list[float]:
    """Half the width of each class's band in dollars."""
    scopes = {scope.account or "": scope for scope in program.situation.scopes}
    widths = []
    for each in program.deviations:
        scope = scopes[each.scope]
        (row,) = (
            zone.policy for zone in (*scope.zones, *scope.sleeves) if zone.policy.id == each.asset_class
        )
        half = float(row.upper - row.lower) / 2
        widths.append(max(half, NARROW) * float(scope.investable))
    return widths


def _may_tie(program: Program, pruned: Pruned) -> bool:
    """Whether the optimum is not unique: a trade or deviation at its bound has no reduced cost, and two classes can move."""
    all_duals = pruned.solution.column_duals
    movable = [
        each
        for each in program.deviations
        if any(abs(all_duals[c]) <= FREE and program.cost[c] > 0 for c in _signs(each))
    ]
    if len(movable) < 2:
        return False
    count = len(program.sells) + len(program.buys)
    columns = np.array([*range(count), *program.deviation_columns], dtype=np.intp)
    columns = columns[~np.isin(columns, list(pruned.closed))]
    values, duals = pruned.solution.values[columns], pruned.solution.column_duals[columns]
    lower, upper = np.array(program.lower)[columns], np.array(program.upper)[columns]
    at_bound = (values <= lower + 1e-6) | (values >= upper - 1e-6)
    return bool((at_bound & (upper > lower) & (np.abs(duals) <= FREE)).any())


def _face(pruned: Pruned) -> dict[int, float]:
    """The columns whose values are the same in every optimal solution."""
    values: Floats = pruned.solution.values
    fixed = np.flatnonzero(np.abs(pruned.solution.column_duals) > FREE)
    return {int(column): float(values[column]) for column in fixed}
