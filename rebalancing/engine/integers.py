"""Direct index: hundreds of buy-or-harvest choices at once, as one mixed-integer programme with a time limit.

Every tax region, every group and every way to a group's losses becomes a binary. The best choices found are then solved once more as a linear
programme, so that the answer is as exact as any other; the solver's own bound is kept, and the plan shows the gap.
A run that ends at its time limit can end elsewhere on another machine; the plan says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from rebalancing.engine.branching import Found, Node, search, solve_again
from rebalancing.engine.programme import Programme, UnitColumns
from rebalancing.engine.regions import Region
from rebalancing.engine.solving import Solver, SolverFailed, as_model, new_solver
from rebalancing.engine.wash_pricing import Choice, Kind, WashGroup

GAP = 1e-6
NODES_FIRST = 60  # Of the ordinary search, for a first answer.
INFINITY = float("inf")


@dataclass(slots=True)
class _Binaries:
    """Rows and binary columns below and beside those of the programme."""

    first: int
    count: int = 0
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def new(self) -> int:
        self.count += 1
        return self.first + self.count - 1

    def row(self, lower: float, upper: float, entries: dict[int, float]) -> None:
        self.lower.append(lower)
        self.upper.append(upper)
        self.starts.append(len(self.index))
        self.index += entries.keys()
        self.value += entries.values()


def search_integers(programme: Programme, solver: Solver, *, seconds: int) -> Found:
    """The best choices found in ``seconds`` (and never worse than a short ordinary search), with the proven bound.

    Raises SolverFailed when neither finds an answer.
    """
    first = search(programme, solver, nodes_max=NODES_FIRST)
    if first.is_complete:
        return first
    reach = sum(programme.market_value(unit) for unit in programme.sells)
    reach += sum(abs(float(programme.situation.cash_at_end(a))) for a in programme.situation.accounts)
    binaries = _Binaries(len(programme.cost))
    regions = {name: _regions(binaries, unit, reach + 1e5) for name, unit in programme.units.items()}
    flags: dict[str, int] = {}
    for group in programme.groups:
        flag = flags[group.id] = binaries.new()
        for column in group.harvest:
            binaries.row(-INFINITY, 0.0, {column: 1.0, flag: -programme.upper[column]})
        binaries.row(-INFINITY, reach, {**dict.fromkeys(group.buy, 1.0), flag: reach})
    for wash in programme.washes:
        _losses(binaries, programme, wash)
    values, bound, is_proven = _run(programme, binaries, seconds)
    if values is None:
        return Found(first.solution, first.node, max(first.bound, bound), first.nodes, is_complete=False)
    node = Node(
        regions={name: max(found, key=lambda r: values[found[r]]) for name, found in regions.items()},
        harvest=frozenset(name for name, flag in flags.items() if values[flag] > 0.5),
        buy=frozenset(name for name, flag in flags.items() if values[flag] <= 0.5),
        washes={wash.id: _way(wash, values) for wash in programme.washes},
    )
    solution, node = solve_again(programme, solver, node, frozenset())
    if first.solution.objective <= solution.objective:
        solution, node = first.solution, first.node
    proven = min(max(bound, first.bound), solution.objective)
    return Found(solution, node, proven, first.nodes, is_complete=is_proven)


def _losses(binaries: _Binaries, programme: Programme, wash: WashGroup) -> None:
    """The flags of the group's ways to its losses become whole; the law's order is left to the search that follows."""
    for flag in wash.flags:
        binaries.row(0.0, 0.0, {flag: 1.0, binaries.new(): -1.0})
    for place, alone in wash.alone.items():
        for other, lot in enumerate(wash.lots):
            if other != place:
                most = programme.upper[lot.sold]
                binaries.row(-INFINITY, most, {lot.sold: 1.0, alone.flag: most})


def _way(wash: WashGroup, values: Any) -> Choice:
    """The way that the binaries chose for the group."""
    if wash.used_up is not None and values[wash.used_up] > 0.5:
        return Choice(Kind.USED_UP, 0, len(wash.lots) - 1)
    if wash.young is not None and values[wash.young] > 0.5:
        return Choice(Kind.YOUNG)
    chosen = (place for place, alone in wash.alone.items() if values[alone.flag] > 0.5)
    return next((Choice(Kind.ALONE, place) for place in chosen), Choice(Kind.NOTHING))


def _regions(binaries: _Binaries, unit: UnitColumns, most: float) -> dict[Region, int]:
    """One binary for each region; its planes and borders count where it is one."""
    flags = {region: binaries.new() for region in unit.regions}
    binaries.row(1.0, 1.0, dict.fromkeys(flags.values(), 1.0))
    for region, flag in flags.items():
        plane = unit.cuts[region]
        for short, long, level in zip(plane.short, plane.long, plane.level, strict=True):
            entries = {unit.tax: 1.0, unit.short: -float(short), unit.long: -float(long), flag: -most}
            binaries.row(float(level) - most, INFINITY, entries)
        both = {unit.short: 1.0, unit.long: 1.0}
        if region is Region.R3:
            binaries.row(-INFINITY, most, {**both, flag: most})
        else:
            binaries.row(-most, INFINITY, {**both, flag: -most})
            if region is Region.R1:
                binaries.row(-most, INFINITY, {unit.long: 1.0, flag: -most})
            else:
                binaries.row(-INFINITY, most, {unit.long: 1.0, flag: most})
    return flags


def _run(programme: Programme, binaries: _Binaries, seconds: int) -> tuple[Any, float, bool]:
    """The best values in the time, the bound, and whether they are proven; no values when none were found."""
    highs = new_solver()
    for name, setting in {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "mip_rel_gap": GAP,
        "time_limit": float(seconds),
    }.items():
        highs.setOptionValue(name, setting)
    count = binaries.count
    statuses = [
        highs.passModel(as_model(programme)),
        highs.addCols(
            count, np.zeros(count), np.zeros(count), np.ones(count), 0,
            np.zeros(count, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0),
        ),
        highs.addRows(
            len(binaries.lower), np.array(binaries.lower), np.array(binaries.upper), len(binaries.index),
            np.array(binaries.starts, dtype=np.int32), np.array(binaries.index, dtype=np.int32),
            np.array(binaries.value),
        ),
        highs.changeColsIntegrality(
            count,
            np.arange(binaries.first, binaries.first + count, dtype=np.int32),
            np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8),
        ),
    ]  # fmt: skip
    if any(status != highspy.HighsStatus.kOk for status in statuses):
        raise SolverFailed(f"The solver refused the mixed-integer programme: {statuses}.")
    highs.run()
    state, info = highs.getModelStatus(), highs.getInfo()
    known = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit}
    if state not in known:
        raise SolverFailed(f"The mixed-integer programme ended with {highs.modelStatusToString(state)!r}.")
    has_values = info.primal_solution_status == 2
    values = np.array(highs.getSolution().col_value) if has_values else None
    return values, float(info.mip_dual_bound), state == highspy.HighsModelStatus.kOptimal
