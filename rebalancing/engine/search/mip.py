"""Direct index: hundreds of buy-or-harvest choices at once, as mixed-integer programs with a limit.

Every choice becomes a binary (``mip_columns``). One program is solved for each combination of tax regions, most promising
first; combinations whose relaxation cannot beat the incumbent are left out. The first starts from the solution of a
short ordinary search. The best choices are then solved once more as a linear program, so that the result is as exact
as any other.

The limit is on work: nodes of branch and cut, in proportion to the requested seconds. One thread and a fixed seed give
the same result for the same document on any machine. Only when the clock reaches several times the requested seconds
is the search cut off by time; another machine may then find a better plan, and the plan says so. Either way the bound
is the solver's own, and the plan shows the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import highspy
import numpy as np

from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.search.branch_and_bound import SearchResult, search, solve_again, tolerance_of
from rebalancing.engine.search.highs import Solver, SolverFailed, as_model, new_solver
from rebalancing.engine.search.mip_columns import Binaries, binaries_of, node_of, start_from

GAP = 1e-6
NODES_FIRST = 20  # Of the ordinary search, for a first incumbent.
NODES_PER_SECOND = 20  # Per requested second.
CLOCK = 4.0  # Times the requested seconds, at which the clock cuts the search off.
COMBINATIONS_MAX = 9  # Of tax regions; beyond that, regions stay binaries.
OPTIONS: dict[str, str | int | float | bool] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": GAP,
}
STOPPED = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kSolutionLimit,
    highspy.HighsModelStatus.kTimeLimit,
}


@dataclass(slots=True)
class _Incumbent:
    """The best solution so far, the bound on all solutions, and what is left of the limits."""

    value: float
    values: Floats | None
    bound: float
    nodes: int
    nodes_left: int
    seconds_left: float
    is_complete: bool = True
    is_out_of_time: bool = False


def search_integers(program: Program, solver: Solver, *, seconds: int) -> SearchResult:
    """The best choices within the work that ``seconds`` allow (never worse than a short ordinary search), and the bound.

    Raises SolverFailed when no solution is found.
    """
    first = _first_incumbent(program, solver)
    if first is not None and first.is_complete:
        return first
    binaries = binaries_of(program)
    best = _Incumbent(
        value=float("inf") if first is None else first.solution.objective,
        values=None,
        bound=float("inf"),
        nodes=0 if first is None else first.nodes,
        nodes_left=NODES_PER_SECOND * seconds,
        seconds_left=CLOCK * seconds,
    )
    start = None if first is None else start_from(binaries, program, first.solution.values, first.node)
    for relaxed, fixed in _combinations(program, binaries):
        if relaxed >= best.value - tolerance_of(program):
            best.bound = min(best.bound, relaxed)
        else:
            _branch_and_cut(program, binaries, fixed, start, best)
    result = None if first is None else (first.solution, first.node)
    if best.values is not None:
        again = solve_again(program, solver, node_of(binaries, program, best.values), frozenset())
        result = again if result is None or again[0].objective < result[0].objective else result
    if result is None:
        raise SolverFailed("Neither the search nor the mixed-integer program found an answer.")
    known = best.bound if first is None else max(best.bound, first.bound)
    return SearchResult(
        *result,
        bound=min(known, result[0].objective),
        nodes=best.nodes,
        is_complete=best.is_complete,
        is_out_of_time=best.is_out_of_time,
    )


def _first_incumbent(program: Program, solver: Solver) -> SearchResult | None:
    try:
        return search(program, solver, nodes_max=NODES_FIRST)
    except SolverFailed:
        return None  # No incumbent within so few nodes; the mixed-integer program starts without one.


def _combinations(program: Program, binaries: Binaries) -> list[tuple[float, dict[int, float]]]:
    """The relaxed optimum of each combination of tax regions, and the flags that fix it; most promising first."""
    names = list(binaries.regions)
    each = [list(binaries.regions[name]) for name in names]
    if np.prod([len(regions) for regions in each]) > COMBINATIONS_MAX:
        return [(float("-inf"), {})]
    relaxations = []
    for chosen in product(*each):
        fixed = {
            flag: float(region is chosen[at])
            for at, name in enumerate(names)
            for region, flag in binaries.regions[name].items()
        }
        highs = _loaded(program, binaries, fixed)
        highs.run()
        state = highs.getModelStatus()
        if state == highspy.HighsModelStatus.kInfeasible:
            continue
        if state != highspy.HighsModelStatus.kOptimal:
            raise SolverFailed(f"A relaxation ended with {highs.modelStatusToString(state)!r}.")
        relaxations.append((float(highs.getInfo().objective_function_value), fixed))
    return sorted(relaxations, key=lambda pair: (pair[0], sorted(pair[1].items())))


def _loaded(program: Program, binaries: Binaries, fixed: dict[int, float]) -> Any:
    """The program and its flags, not yet integral, in a new solver, with the flags of ``fixed`` at their values."""
    highs = new_solver()
    for name, setting in OPTIONS.items():
        highs.setOptionValue(name, setting)
    count = binaries.count
    columns = np.array(list(fixed), dtype=np.int32)
    settings = np.array(list(fixed.values()))
    statuses = [
        highs.passModel(as_model(program)),
        highs.addCols(
            count, np.zeros(count), np.zeros(count), np.ones(count), 0,
            np.zeros(count, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0),
        ),
        highs.addRows(
            len(binaries.lower), np.array(binaries.lower), np.array(binaries.upper), len(binaries.index),
            np.array(binaries.starts, dtype=np.int32), np.array(binaries.index, dtype=np.int32), np.array(binaries.value),
        ),
        highs.changeColsBounds(len(fixed), columns, settings, settings),
    ]  # fmt: skip
    if any(status != highspy.HighsStatus.kOk for status in statuses):
        raise SolverFailed(f"The solver refused the mixed-integer program: {statuses}.")
    return highs


def _branch_and_cut(
    program: Program, binaries: Binaries, fixed: dict[int, float], start: Floats | None, best: _Incumbent
) -> None:
    """Look for a better incumbent with the flags of ``fixed`` at their values, within the limits."""
    highs = _loaded(program, binaries, fixed)
    highs.changeColsIntegrality(
        binaries.count,
        np.arange(binaries.first, binaries.first + binaries.count, dtype=np.int32),
        np.full(binaries.count, int(highspy.HighsVarType.kInteger), dtype=np.uint8),
    )
    highs.setOptionValue("mip_abs_gap", tolerance_of(program))
    highs.setOptionValue("mip_max_nodes", max(1, best.nodes_left))
    highs.setOptionValue("time_limit", max(0.0, best.seconds_left))
    if start is not None and all(start[flag] == value for flag, value in fixed.items()):
        known = highspy.HighsSolution()
        known.col_value = list(start)
        highs.setSolution(known)
    highs.run()
    state, info = highs.getModelStatus(), highs.getInfo()
    if state not in STOPPED:
        raise SolverFailed(f"The mixed-integer program ended with {highs.modelStatusToString(state)!r}.")
    if state == highspy.HighsModelStatus.kInfeasible:
        return
    best.seconds_left -= float(highs.getRunTime())
    best.nodes += int(info.mip_node_count)
    best.nodes_left -= int(info.mip_node_count)
    best.bound = min(best.bound, float(info.mip_dual_bound))
    best.is_complete &= state == highspy.HighsModelStatus.kOptimal
    best.is_out_of_time |= state == highspy.HighsModelStatus.kTimeLimit
    if info.primal_solution_status == 2 and float(info.objective_function_value) < best.value:
        best.value = float(info.objective_function_value)
        best.values = np.array(highs.getSolution().col_value)
