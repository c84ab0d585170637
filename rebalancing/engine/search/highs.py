"""The interface to HiGHS: one program, solved repeatedly with changed bounds.

Dual simplex, presolve off, always one thread (the number of threads belongs to the process, and a different one makes
``run`` fail without an exception). Every status is checked, and only a proven optimum is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import highspy
import numpy as np

from rebalancing.engine.model.program import Program, as_array
from rebalancing.engine.model.tax_planes import Floats, Region
from rebalancing.engine.search.lp_format import NEGLIGIBLE, Bounds

DUAL, PRIMAL = 1, 4  # HiGHS's own numbers.
OPTIONS: dict[str, str | int | float | bool] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "presolve": "off",
    "solver": "simplex",
    "simplex_strategy": DUAL,
    "random_seed": 0,
    "primal_feasibility_tolerance": 1e-7,
    # Finer than the differences of the tie-break: a coarser one leaves ties, and so the choice of trades, to the pivots.
    "dual_feasibility_tolerance": 1e-9,
}


PROVEN = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)

QP_STEPS_MAX = 2000
Square = tuple[dict[int, float], float, float]
"""Columns with their signs, a constant and a weight: half the weight times the square of the signed sum and constant."""


class SolverFailed(RuntimeError):
    """The solver gave no proven optimum. Nothing follows from such a run, least of all "no trades"."""


class NoAnswer(SolverFailed):
    """No choices admit an answer, or none was found within the work allowed; ``is_proven``: there is none. ``bound``: what is
    known of the objective of any answer all the same."""

    def __init__(self, text: str, *, is_proven: bool, bound: float = float("-inf")) -> None:
        super().__init__(text)
        self.is_proven, self.bound = is_proven, bound


@dataclass(frozen=True)
class Solution:
    """A proven optimum of the program under the current bounds. Duals are dollars per dollar of room.

    ``raw`` is the solver's own copy; the duals of most solutions are never needed.
    """

    objective: float
    values: Floats
    raw: Any

    @cached_property
    def row_duals(self) -> Floats:
        return np.array(self.raw.row_dual)

    @cached_property
    def column_duals(self) -> Floats:
        return np.array(self.raw.col_dual)


def solver_version() -> str:
    """Name and version of the solver, as every plan states them."""
    return f"HiGHS {new_solver().version()}"


def new_solver() -> Any:
    """An empty solver; highspy leaves the constructor untyped."""
    make: Any = highspy.Highs
    return make()


class Solver:
    """One program inside the solver. Bounds may be changed; each solve starts from the last basis."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lower = as_array(program.lower)
        self.upper = as_array(program.upper)
        self._highs = new_solver()
        for name, value in OPTIONS.items():
            self._accept(self._highs.setOptionValue(name, value), f"option {name}")
        self._accept(self._highs.passModel(as_model(program)), "the model")
        self._regions: dict[str, Region] = {}
        self._zero: set[int] = set()
        self._full: dict[int, float] = {}
        self._solution: Solution | None = None
        self._is_current = False

    def solve(self) -> Solution | None:
        """The optimum, or None when the current bounds are infeasible. Raises SolverFailed otherwise."""
        if not self._is_current:
            self._solution, self._is_current = self._run(), True
        return self._solution

    def _run(self) -> Solution | None:
        status, state = self._highs.run(), self._highs.getModelStatus()
        # A warm start can end in numerical trouble. Solve afresh, then by the primal simplex, else refuse the result.
        for strategy in (DUAL, PRIMAL):
            if status == highspy.HighsStatus.kOk and state in PROVEN:
                break
            self._highs.clearSolver()
            self._accept(self._highs.setOptionValue("simplex_strategy", strategy), "the strategy")
            status, state = self._highs.run(), self._highs.getModelStatus()
        self._highs.setOptionValue("simplex_strategy", DUAL)
        self._accept(status, "the run")
        if state == highspy.HighsModelStatus.kInfeasible:
            return None
        if state != highspy.HighsModelStatus.kOptimal:
            status_text = self._highs.modelStatusToString(state)
            raise SolverFailed(f"The solver stopped with {status_text!r}, not with an optimum.")
        solution = self._highs.getSolution()
        values = np.array(solution.col_value)
        assert len(values) == len(self.program.cost), "one value for each column"
        return Solution(float(self._highs.getObjectiveValue()), values, solution)

    def set_bounds(self, columns: list[int], lower: list[float], upper: list[float]) -> None:
        """Set the bounds of ``columns``."""
        assert len(columns) == len(lower) == len(upper), "two bounds for each column"
        if columns:
            self._is_current = False
            self._accept(
                self._highs.changeColsBounds(
                    len(columns), np.array(columns, dtype=np.int32), as_array(lower), as_array(upper)
                ),
                "bounds",
            )

    def fix(self, zero: set[int], full: dict[int, float] | None = None) -> None:
        """Fix exactly the columns ``zero`` at zero and ``full`` at their dollars; all fixed before get their bounds back."""
        full = full or {}
        opened = sorted((self._zero - zero | self._full.keys()) - full.keys() - (zero - self._zero))
        closed = sorted(zero - self._zero)
        filled = sorted(full.keys() - self._full.keys())
        fixed = [*([0.0] * len(closed)), *(full[c] for c in filled)]
        self.set_bounds(
            [*opened, *closed, *filled], [*self.lower[opened], *fixed], [*self.upper[opened], *fixed]
        )
        self._zero, self._full = set(zero), dict(full)

    def choose_region(self, unit_id: str, region: Region) -> None:
        """Keep the unit's net gains in ``region`` and activate the planes of its tax there."""
        if self._regions.get(unit_id) is region:
            return
        self._is_current = False
        columns = self.program.units[unit_id]
        for other, rows in columns.cut_rows.items():
            levels = columns.cuts[other].level
            for row, level in zip(rows, levels, strict=True):
                low = float(level) if other is region else -highspy.kHighsInf
                self._accept(self._highs.changeRowBounds(row, low, highspy.kHighsInf), "a row")
        infinity = highspy.kHighsInf
        low, high = {Region.R1: (0.0, infinity), Region.R2: (-infinity, 0.0)}.get(
            region, (-infinity, infinity)
        )
        self.set_bounds([columns.long], [low], [high])
        low, high = {
            Region.ANY: (-infinity, infinity),
            Region.R3: (-infinity, 0.0),
        }.get(region, (0.0, infinity))
        self._accept(self._highs.changeRowBounds(columns.sum_row, low, high), "a row")
        self._regions[unit_id] = region

    def model(self) -> Any:
        """The program under the current bounds, as a model for another solver."""
        return self._highs.getLp()

    def bounds(self) -> Bounds:
        """The current bounds."""
        model = self._highs.getLp()
        return Bounds(
            lower=np.array(model.col_lower_),
            upper=np.array(model.col_upper_),
            row_lower=np.array(model.row_lower_),
            row_upper=np.array(model.row_upper_),
        )

    def least_squares(self, fixed: dict[int, float], parts: list[Square]) -> Floats | None:
        """The values that minimize the sum of ``parts`` under the current bounds with ``fixed`` columns at their values;
        None where the solver proves no optimum."""
        model = self._highs.getLp()
        lower, upper = np.array(model.col_lower_), np.array(model.col_upper_)
        for column, value in fixed.items():
            at = min(max(value, lower[column]), upper[column])
            lower[column] = upper[column] = at
        cost = np.zeros(model.num_col_)
        entries: dict[int, dict[int, float]] = {}
        scale = 1.0 / max(share for _, _, share in parts)
        for signs, shift, share in parts:
            for column, sign in signs.items():
                cost[column] += scale * share * sign * shift
                for other, turned in signs.items():
                    if other >= column:
                        entries.setdefault(column, {})[other] = scale * share * sign * turned
        model.col_lower_, model.col_upper_, model.col_cost_, model.offset_ = lower, upper, cost, 0.0
        hessian = highspy.HighsHessian()
        hessian.dim_, hessian.format_ = model.num_col_, highspy.HessianFormat.kTriangular
        starts, index, value_at = [0], [], []
        for column in range(model.num_col_):
            for other, entry in sorted(entries.get(column, {}).items()):
                index.append(other)
                value_at.append(entry)
            starts.append(len(index))
        hessian.start_ = np.array(starts, dtype=np.int32)
        hessian.index_ = np.array(index, dtype=np.int32)
        hessian.value_ = as_array(value_at)
        square = new_solver()
        for name, setting in {**OPTIONS, "qp_iteration_limit": QP_STEPS_MAX}.items():
            self._accept(square.setOptionValue(name, setting), f"option {name}")
        self._accept(square.passModel(model), "the model")
        self._accept(square.passHessian(hessian), "the squares")
        square.run()
        if square.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(square.getSolution().col_value)

    def reprice(self, columns: list[int], costs: list[float]) -> None:
        """Set the costs of ``columns``."""
        self._is_current = False
        self._accept(
            self._highs.changeColsCost(len(columns), np.array(columns, dtype=np.int32), as_array(costs)),
            "costs",
        )

    @staticmethod
    def _accept(status: highspy.HighsStatus, what: str) -> None:
        if status != highspy.HighsStatus.kOk:
            raise SolverFailed(f"The solver refused {what}: {status}.")


def as_model(program: Program) -> highspy.HighsLp:
    """The program as a HiGHS model."""
    model = highspy.HighsLp()
    model.num_col_ = len(program.cost)
    model.num_row_ = len(program.row_lower)
    model.offset_ = program.offset
    model.col_cost_ = as_array(program.cost)
    model.col_lower_ = as_array(program.lower)
    model.col_upper_ = as_array(program.upper)
    model.row_lower_ = as_array(program.row_lower)
    model.row_upper_ = as_array(program.row_upper)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.num_col_ = model.num_col_
    model.a_matrix_.num_row_ = model.num_row_
    model.a_matrix_.start_ = np.array([*program.starts, len(program.index)], dtype=np.int32)
    model.a_matrix_.index_ = np.array(program.index, dtype=np.int32)
    entries = as_array(program.value)
    # The solver drops such entries itself, with a warning.
    entries[np.abs(entries) < NEGLIGIBLE] = 0.0
    model.a_matrix_.value_ = entries
    return model
