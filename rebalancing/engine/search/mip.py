"""Many choices at once: the rest of a search handed over to the solver's own branch and cut.

Each combination of tax regions that can still beat the incumbent is one mixed-integer program, most promising first, with a
binary for each other choice (``mip_columns``). The best choices are then solved once more as a linear program, so that
the result is as exact as any other. Positions that an answer both sells and buys get their binaries then, and only
then.

The limit is on work: nodes of branch and cut. One thread, a fixed seed and no clock give the same result for the same
document on any machine. The bound is the solver's own, and the plan shows the gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats, Region
from rebalancing.engine.model.trades import POSITION
from rebalancing.engine.search.branch_and_bound import (
    apply_node,
    conflicts,
    root_node,
    solve_again,
    tolerance_of,
)
from rebalancing.engine.search.highs import NoAnswer, Solution, Solver, SolverFailed, new_solver
from rebalancing.engine.search.mip_columns import Binaries, binaries_of, node_of, start_from
from rebalancing.engine.search.nodes import Node, SearchResult

POSITION_ROUNDS_MAX = 6  # After these all positions get their binaries.
OPTIONS: dict[str, str | int | float | bool] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "presolve": "off",
    # The incumbent comes from the search; cuts do nearly all of the rest.
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_detect_symmetry": False,
    # Undoing a perturbation takes longer than the few pivots that it saves.
    "dual_simplex_cost_perturbation_multiplier": 0.0,
    "mip_feasibility_tolerance": 1e-7,
    "mip_rel_gap": 0.0,
}
STOPPED = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kObjectiveBound,
    highspy.HighsModelStatus.kSolutionLimit,
}


@dataclass(slots=True)
class _Run:
    """The best answer so far, the bound on all answers, and what is left of the work."""

    program: Program
    solver: Solver
    nodes_left: int
    closed: frozenset[int]
    cutoff: float
    solution: Solution | None = None
    node: Node | None = None
    bound: float = float("inf")
    nodes: int = 0
    is_complete: bool = True
    positions: set[str] = field(default_factory=set)

    @property
    def value(self) -> float:
        """What an answer must be below."""
        return self.cutoff if self.solution is None else min(self.cutoff, self.solution.objective)


def hand_over(
    program: Program,
    solver: Solver,
    first: SearchResult | None,
    *,
    nodes_max: int,
    closed: frozenset[int] = frozenset(),
    cutoff: float = float("inf"),
) -> SearchResult:
    """The best choices within ``nodes_max`` nodes of branch and cut (never worse than ``first``), and the bound.

    Columns in ``closed`` stay at zero, and answers above ``cutoff`` are not looked for. Raises NoAnswer when no answer is
    found.
    """
    run = _Run(program, solver, nodes_max, closed, cutoff)
    if first is not None:
        run.solution, run.node, run.nodes = first.solution, first.node, first.nodes
    for relaxed, node in _regions(run):
        if relaxed >= run.value - tolerance_of(program):
            run.bound = min(run.bound, relaxed)
        else:
            _prove(run, node)
    if run.solution is None or run.node is None:
        text = "Neither the search nor branch and cut found an answer."
        raise NoAnswer(text, is_proven=run.is_complete, bound=run.bound)
    known = run.bound if first is None else max(run.bound, first.bound)
    return SearchResult(
        run.solution,
        run.node,
        bound=min(known, run.solution.objective),
        nodes=run.nodes,
        is_complete=run.is_complete,
    )


def _regions(run: _Run) -> list[tuple[float, Node]]:
    """Each combination of tax regions with the optimum of its relaxation, most promising first. Combinations that cannot
    beat the incumbent are left out together, as soon as some of their regions say so."""
    program, solver = run.program, run.solver
    nodes = [(float("-inf"), root_node(program))]
    for name, columns in program.units.items():
        if len(columns.regions) == 1:
            continue
        narrower = []
        for known, node in nodes:
            for region in columns.regions:
                child = replace(node, regions={**node.regions, name: region})
                apply_node(program, solver, child, run.closed)
                solution = solver.solve()
                if solution is None:
                    continue
                relaxed = max(known, solution.objective)
                if relaxed >= run.value - tolerance_of(program):
                    run.bound = min(run.bound, relaxed)
                else:
                    narrower.append((relaxed, child))
        nodes = narrower
    return sorted(nodes, key=lambda pair: (pair[0], [region.name for region in pair[1].regions.values()]))


def _prove(run: _Run, node: Node) -> None:
    """The best answer in the regions of ``node``, within the limit; positions get binaries as answers ask for them."""
    program = run.program
    for turn in range(POSITION_ROUNDS_MAX + 2):
        if turn == POSITION_ROUNDS_MAX:
            run.positions.update(group.id for group in program.groups if group.id.startswith(POSITION))
        binaries = binaries_of(program, run.positions)
        bound, values = _branch_and_cut(run, binaries, node)
        asked: set[str] = set()
        if values is not None:
            chosen = node_of(binaries, program, values, node)
            apply_node(program, run.solver, chosen, run.closed)
            solution = run.solver.solve()
            if solution is not None:
                asked = {group.id for group in conflicts(program, chosen, solution)} - run.positions
            if not asked:
                again, settled = solve_again(program, run.solver, chosen, run.closed)
                if run.solution is None or again.objective < run.solution.objective:
                    run.solution, run.node = again, settled
        if not asked or run.nodes_left <= 0:
            run.bound = min(run.bound, bound)
            return
        run.positions |= asked


def _branch_and_cut(run: _Run, binaries: Binaries, node: Node) -> tuple[float, Floats | None]:
    """The bound on all answers in the regions of ``node``, and the best one found; None where none beats the incumbent."""
    program = run.program
    apply_node(program, run.solver, node, run.closed)
    highs = _loaded(run.solver, binaries)
    tolerance = tolerance_of(program)
    highs.setOptionValue("mip_abs_gap", tolerance)
    highs.setOptionValue("mip_max_nodes", max(1, run.nodes_left))
    if run.solution is not None and run.node is not None:
        if _is_inside(run, node):
            known = highspy.HighsSolution()
            known.col_value = start_from(binaries, program, run.solution.values)
            highs.setSolution(known)
        else:
            highs.setOptionValue("objective_bound", run.value - tolerance)
    elif run.cutoff < float("inf"):
        highs.setOptionValue("objective_bound", run.cutoff)
    highs.run()
    state, info = highs.getModelStatus(), highs.getInfo()
    if state not in STOPPED:
        raise SolverFailed(f"The mixed-integer program ended with {highs.modelStatusToString(state)!r}.")
    run.nodes += max(0, int(info.mip_node_count))
    run.nodes_left -= max(0, int(info.mip_node_count))
    if state in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kObjectiveBound}:
        return run.value, None
    run.is_complete &= state == highspy.HighsModelStatus.kOptimal
    is_found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return float(info.mip_dual_bound), np.array(highs.getSolution().col_value) if is_found else None


def _is_inside(run: _Run, node: Node) -> bool:
    """Whether the incumbent lies in the regions of ``node``."""
    assert run.solution is not None, "there is an incumbent"
    values = run.solution.values
    for name, columns in run.program.units.items():
        short, long = float(values[columns.short]), float(values[columns.long])
        region = node.regions[name]
        is_net_loss = short + long < 0
        if region is Region.R3:
            if short + long > 0:
                return False
        elif is_net_loss or (long < 0 if region is Region.R1 else long > 0):
            return False
    return True


def _loaded(solver: Solver, binaries: Binaries) -> Any:
    """The program under the solver's bounds, and its flags, in a new solver."""
    highs = new_solver()
    count = binaries.count
    statuses = [
        *(highs.setOptionValue(name, setting) for name, setting in OPTIONS.items()),
        highs.passModel(solver.model()),
        highs.addCols(
            count, np.zeros(count), np.zeros(count), np.ones(count), 0,
            np.zeros(count, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0),
        ),
        highs.changeColsIntegrality(
            count,
            np.arange(binaries.first, binaries.first + count, dtype=np.int32),
            np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8),
        ),
        highs.addRows(
            len(binaries.lower), np.array(binaries.lower), np.array(binaries.upper), len(binaries.index),
            np.array(binaries.starts, dtype=np.int32), np.array(binaries.index, dtype=np.int32), np.array(binaries.value),
        ),
    ]  # fmt: skip
    if any(status != highspy.HighsStatus.kOk for status in statuses):
        raise SolverFailed(f"The solver refused the mixed-integer program: {statuses}.")
    return highs
