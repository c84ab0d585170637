"""Direct index: hundreds of buy-or-harvest choices at once, as mixed-integer programs with a limit.

Every choice becomes a binary (``binaries``). One program is solved for each combination of tax regions, most
promising first, and those whose relaxation cannot beat the best answer known are left out; the first starts from what
a short ordinary search found. The best choices are then solved once more as a linear program, so that the answer is
as exact as any other.

The limit is one of work: nodes of branch and cut, in proportion to the seconds asked for. One thread and a fixed seed
make the same document end at the same answer on any machine, however fast. Only where the clock runs to several
times the seconds asked for is the search cut off by time; that answer another machine may better, and the plan says
so. Either way the bound is the solver's own, and the plan shows the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import highspy
import numpy as np

from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.search.branch_and_bound import Found, search, solve_again, tolerance_of
from rebalancing.engine.search.highs import Solver, SolverFailed, as_model, new_solver
from rebalancing.engine.search.mip_columns import Binaries, binaries_of, node_of, start_from

GAP = 1e-6
NODES_FIRST = 20  # Of the ordinary search, for a first answer.
NODES_PER_SECOND = 20  # What is granted for each second asked for.
CLOCK = 4.0  # Times the seconds asked for, at which the clock cuts the search off.
COMBINATIONS_MAX = 9  # Of tax regions; with more, they stay binaries.
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
class _Best:
    """The best answer so far, what bounds all answers from below, and what is left of the limits."""

    value: float
    values: Floats | None
    bound: float
    nodes: int
    nodes_left: int
    seconds_left: float
    is_complete: bool = True
    is_out_of_time: bool = False


def search_integers(program: Program, solver: Solver, *, seconds: int) -> Found:
    """The best choices within the work that ``seconds`` grant (never worse than a short ordinary search), and the bound.

    Raises SolverFailed when no answer is found at all.
    """
    first = _first_answer(program, solver)
    if first is not None and first.is_complete:
        return first
    made = binaries_of(program)
    best = _Best(
        value=float("inf") if first is None else first.solution.objective,
        values=None,
        bound=float("inf"),
        nodes=0 if first is None else first.nodes,
        nodes_left=NODES_PER_SECOND * seconds,
        seconds_left=CLOCK * seconds,
    )
    start = None if first is None else start_from(made, program, first.solution.values, first.node)
    for relaxed, fixed in _combinations(program, made):
        if relaxed >= best.value - tolerance_of(program):
            best.bound = min(best.bound, relaxed)
        else:
            _branch_and_cut(program, made, fixed, start, best)
    found = None if first is None else (first.solution, first.node)
    if best.values is not None:
        again = solve_again(program, solver, node_of(made, program, best.values), frozenset())
        found = again if found is None or again[0].objective < found[0].objective else found
    if found is None:
        raise SolverFailed("Neither the search nor the mixed-integer program found an answer.")
    known = best.bound if first is None else max(best.bound, first.bound)
    return Found(
        *found,
        bound=min(known, found[0].objective),
        nodes=best.nodes,
        is_complete=best.is_complete,
        is_out_of_time=best.is_out_of_time,
    )


def _first_answer(program: Program, solver: Solver) -> Found | None:
    try:
        return search(program, solver, nodes_max=NODES_FIRST)
    except SolverFailed:
        return None  # Its few nodes led to no answer; the mixed-integer program looks without one.


def _combinations(program: Program, made: Binaries) -> list[tuple[float, dict[int, float]]]:
    """What each combination of tax regions relaxes to, and the flags that hold it; most promising first."""
    names = list(made.regions)
    each = [list(made.regions[name]) for name in names]
    if np.prod([len(regions) for regions in each]) > COMBINATIONS_MAX:
        return [(float("-inf"), {})]
    found = []
    for chosen in product(*each):
        fixed = {
            flag: float(region is chosen[at])
            for at, name in enumerate(names)
            for region, flag in made.regions[name].items()
        }
        highs = _loaded(program, made, fixed)
        highs.run()
        state = highs.getModelStatus()
        if state == highspy.HighsModelStatus.kInfeasible:
            continue
        if state != highspy.HighsModelStatus.kOptimal:
            raise SolverFailed(f"A relaxation ended with {highs.modelStatusToString(state)!r}.")
        found.append((float(highs.getInfo().objective_function_value), fixed))
    return sorted(found, key=lambda pair: (pair[0], sorted(pair[1].items())))


def _loaded(program: Program, made: Binaries, fixed: dict[int, float]) -> Any:
    """The program and its flags, not yet whole, in a solver of its own, with the flags of ``fixed`` held."""
    highs = new_solver()
    for name, setting in OPTIONS.items():
        highs.setOptionValue(name, setting)
    count = made.count
    columns = np.array(list(fixed), dtype=np.int32)
    held = np.array(list(fixed.values()))
    statuses = [
        highs.passModel(as_model(program)),
        highs.addCols(
            count, np.zeros(count), np.zeros(count), np.ones(count), 0,
            np.zeros(count, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0),
        ),
        highs.addRows(
            len(made.lower), np.array(made.lower), np.array(made.upper), len(made.index),
            np.array(made.starts, dtype=np.int32), np.array(made.index, dtype=np.int32), np.array(made.value),
        ),
        highs.changeColsBounds(len(fixed), columns, held, held),
    ]  # fmt: skip
    if any(status != highspy.HighsStatus.kOk for status in statuses):
        raise SolverFailed(f"The solver refused the mixed-integer program: {statuses}.")
    return highs


def _branch_and_cut(
    program: Program, made: Binaries, fixed: dict[int, float], start: Floats | None, best: _Best
) -> None:
    """Look for better answers than ``best`` with the flags of ``fixed`` held, as far as the limits go."""
    highs = _loaded(program, made, fixed)
    highs.changeColsIntegrality(
        made.count,
        np.arange(made.first, made.first + made.count, dtype=np.int32),
        np.full(made.count, int(highspy.HighsVarType.kInteger), dtype=np.uint8),
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
