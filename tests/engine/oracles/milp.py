"""The slow way to the same optimum: one mixed-integer program with a binary for every choice.

It takes the arrays of the program, but none of the branching: tax regions, buy-or-harvest and the order in which lots
leave are binaries with big constants, and HiGHS proves the optimum with its own branch and cut.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import highspy
import numpy as np

from rebalancing.engine.documents.household import LotMethod
from rebalancing.engine.model.gains import UnitColumns
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Region
from rebalancing.engine.model.wash_groups import WashGroup

GAP = 1e-9
INFINITY = highspy.kHighsInf


class Rows:
    """Rows to be added below those of the program."""

    def __init__(self) -> None:
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.starts: list[int] = [0]
        self.index: list[int] = []
        self.value: list[float] = []

    def add(self, lower: float, upper: float, entries: dict[int, float]) -> None:
        self.lower.append(lower)
        self.upper.append(upper)
        self.index += entries.keys()
        self.value += entries.values()
        self.starts.append(len(self.index))


def optimum(program: Program, *, seconds: float = 600.0) -> float:
    """The least objective over all choices; raises AssertionError when it is not proven in time."""
    highs = highspy.Highs()
    for name, setting in {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "mip_rel_gap": GAP,
        "mip_abs_gap": 1e-4,
        "mip_feasibility_tolerance": 1e-7,
        "time_limit": seconds,
    }.items():
        assert highs.setOptionValue(name, setting) == highspy.HighsStatus.kOk
    rows = Rows()
    binaries = len(program.cost)
    columns = 0

    def binary() -> int:
        nonlocal columns
        columns += 1
        return binaries + columns - 1

    reach = sum(program.market_value(unit) for unit in program.sells)
    reach += sum(abs(float(program.situation.cash_at_end(a))) for a in program.situation.accounts)
    for unit in program.units.values():
        _regions(rows, unit, binary, reach + 1e5)
    for group in program.groups:
        choice = binary()
        for column in group.harvest:
            limit = program.upper[column]
            rows.add(-INFINITY, 0.0, {column: 1.0, choice: -limit})
        rows.add(-INFINITY, 2 * reach, {**dict.fromkeys(group.buy, 1.0), choice: 2 * reach})
    _order(rows, program, binary)
    for wash in program.washes:
        _losses(rows, program, wash, binary)
    _pass(highs, program, rows, columns)
    assert highs.run() == highspy.HighsStatus.kOk
    state = highs.getModelStatus()
    assert state == highspy.HighsModelStatus.kOptimal, highs.modelStatusToString(state)
    return float(highs.getInfo().objective_function_value)


def _regions(rows: Rows, unit: UnitColumns, binary: Callable[[], int], big_gain: float) -> None:
    """Exactly one region holds; its bounds and planes count only where its binary is one.

    The constants are no larger than gains can be: with much larger ones the solver's own tolerances lose the optimum.
    """
    chosen = {region: binary() for region in unit.regions}
    rows.add(1.0, 1.0, dict.fromkeys(chosen.values(), 1.0))
    for region, flag in chosen.items():
        plane = unit.cuts[region]
        for short, long, level in zip(plane.short, plane.long, plane.level, strict=True):
            big = big_gain
            rows.add(level - big, INFINITY, {unit.tax: 1.0, unit.short: -short, unit.long: -long, flag: -big})
        if region in {Region.R1, Region.R2}:
            rows.add(-big_gain, INFINITY, {unit.short: 1.0, unit.long: 1.0, flag: -big_gain})
        if region is Region.R1:
            rows.add(-big_gain, INFINITY, {unit.long: 1.0, flag: -big_gain})
        if region is Region.R2:
            rows.add(-INFINITY, big_gain, {unit.long: 1.0, flag: big_gain})
        if region is Region.R3:
            rows.add(-INFINITY, big_gain, {unit.short: 1.0, unit.long: 1.0, flag: big_gain})


def _order(rows: Rows, program: Program, binary: Callable[[], int]) -> None:
    """Lot by lot, where the custodian decides: nothing of the next lot leaves unless all of the one before has left."""
    queues: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for column, unit in enumerate(program.sells):
        if unit.lot is not None and unit.lot.method is not LotMethod.SPECIFIC:
            at = (str(unit.lot.acquired or ""), unit.lot.id, column)
            queues.setdefault((unit.account, unit.security), []).append(at)
    for queue in queues.values():
        columns = [column for *_, column in sorted(queue)]
        for before, behind in pairwise(columns):
            has_left = binary()
            all_of_it = program.market_value(program.sells[before])
            most = program.market_value(program.sells[behind])
            rows.add(0.0, INFINITY, {before: 1.0, has_left: -all_of_it})
            rows.add(-INFINITY, 0.0, {behind: 1.0, has_left: -most})


def _losses(rows: Rows, program: Program, wash: WashGroup, binary: Callable[[], int]) -> None:
    """Losses inside the window are allowed in one of the ways the rule leaves, or not at all; each way is a binary."""
    for flag in wash.flags:
        rows.add(0.0, 0.0, {flag: 1.0, binary(): -1.0})
    for place, single in wash.single.items():
        for other, lot in enumerate(wash.lots):
            if other != place:
                most = program.upper[lot.sold]
                rows.add(-INFINITY, most, {lot.sold: 1.0, single.flag: most})
    if wash.releasing:
        return
    for place, lot in enumerate(wash.lots):
        if lot.allowed is not None and not lot.is_recent:
            # What stays is used up by the lots sold so far before anything of this one counts.
            begun = binary()
            rows.add(-INFINITY, 0.0, {lot.allowed: 1.0, begun: -program.upper[lot.sold]})
            used = {c: before.weight for before in wash.lots[: place + 1] for c in before.disallowed}
            rows.add(0.0, INFINITY, {**used, begun: -wash.required})


def _pass(highs: highspy.Highs, program: Program, rows: Rows, columns: int) -> None:
    model = highspy.HighsLp()
    model.num_col_ = len(program.cost) + columns
    model.num_row_ = len(program.row_lower)
    model.offset_ = program.offset
    model.col_cost_ = np.array(program.cost + [0.0] * columns)
    model.col_lower_ = np.array(program.lower + [0.0] * columns)
    model.col_upper_ = np.array(program.upper + [1.0] * columns)
    # What the program says about queues beforehand is left out: the binaries alone keep the order.
    lower = np.array(program.row_lower)
    lower[program.chain_rows] = -INFINITY
    model.row_lower_ = lower
    model.row_upper_ = np.array(program.row_upper)
    model.integrality_ = [highspy.HighsVarType.kContinuous] * len(program.cost) + [
        highspy.HighsVarType.kInteger
    ] * columns
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    ends = [len(program.index)] * (columns + 1)
    model.a_matrix_.start_ = np.array([*program.starts, *ends], dtype=np.int32)
    model.a_matrix_.index_ = np.array(program.index, dtype=np.int32)
    model.a_matrix_.value_ = np.array(program.value)
    assert highs.passModel(model) == highspy.HighsStatus.kOk
    assert (
        highs.addRows(
            len(rows.lower),
            np.array(rows.lower),
            np.array(rows.upper),
            len(rows.index),
            np.array(rows.starts[:-1], dtype=np.int32),
            np.array(rows.index, dtype=np.int32),
            np.array(rows.value),
        )
        == highspy.HighsStatus.kOk
    )
