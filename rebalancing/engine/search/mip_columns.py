"""Every choice of a program as a binary: the rows and columns a mixed-integer solver needs besides the program's own.

A flag is one where a group is harvested and nothing of it bought, where a tax region holds, or where a queue is sold up to
a step. The big-M constants are as small as they can be: a flag forbids what could really be sold, and what is worth
buying (``_purchase_limit``). With constants as large as the household the solver proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.evaluation.situations import Scope
from rebalancing.engine.model.gains import UnitColumns
from rebalancing.engine.model.lot_queues import Queue
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats, Region
from rebalancing.engine.model.trades import Group
from rebalancing.engine.model.wash_groups import Choice, Kind, WashGroup
from rebalancing.engine.search.branch_and_bound import TRADED, Node

INFINITY = float("inf")
ROUNDED = 0.5  # A flag is one above this.


@dataclass(slots=True)
class Binaries:
    """Rows and binary columns appended to those of the program, and what each flag means."""

    first: int
    count: int = 0
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    regions: dict[str, dict[Region, int]] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    queues: dict[str, list[int]] = field(default_factory=dict)
    integral: dict[int, int] = field(
        default_factory=dict
    )  # The flag of each program column that must be integral.

    def flag(self) -> int:
        """A new flag; its column."""
        self.count += 1
        return self.first + self.count - 1

    def row(self, lower: float, upper: float, entries: dict[int, float]) -> None:
        """A new row with its bounds and its entries by column."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.starts.append(len(self.index))
        self.index += entries.keys()
        self.value += entries.values()


def binaries_of(program: Program) -> Binaries:
    """A flag for each choice of ``program``."""
    binaries = Binaries(len(program.cost))
    reach = sum(program.market_value(unit) for unit in program.sells)
    reach += sum(abs(float(program.situation.cash_at_end(a))) for a in program.situation.accounts)
    for name, unit in program.units.items():
        binaries.regions[name] = _region_flags(binaries, unit, reach + 1e5)
    for group in program.groups:
        flag = binaries.groups[group.id] = binaries.flag()
        for column in group.harvest:
            binaries.row(-INFINITY, 0.0, {column: 1.0, flag: -program.upper[column]})
        room, sold = _purchase_limit(program, group) or (reach, {})
        bought = dict.fromkeys(group.buy, 1.0)
        binaries.row(-INFINITY, room, {**bought, **sold, flag: room} if room > 0 else {**bought, **sold})
        if sold:
            binaries.row(-INFINITY, reach, {**bought, flag: reach})
    for queue in program.queues:
        binaries.queues[queue.id] = _queue_flags(binaries, queue)
    for wash in program.washes:
        _wash_flags(binaries, program, wash)
    return binaries


def _purchase_limit(program: Program, group: Group) -> tuple[float, dict[int, float]] | None:
    """The most dollars of the group that are worth buying: up to the upper edge of its class, plus what is sold of the class
    (coefficients by column). None where no such limit is valid.

    Beyond the edge a dollar costs at least as much as it does as cash, plus the spread.
    """
    situation, weights = program.situation, program.weights
    if situation.household.objective.mode is not Mode.PRICED_DRIFT or weights.outside > weights.spread:
        return None
    room, sold = 0.0, {}
    own = set(group.harvest)
    seen: set[tuple[str | None, str]] = set()
    for column in group.buy:
        unit = program.buys[column - program.buy_from]
        security = situation.securities[unit.security]
        parts = security.weights
        scope = next((s for s in situation.scopes if unit.account in s.accounts), None)
        is_plain = len(parts) == 1 and parts[0].weight == 1 and unit.location_bps >= 0 and unit.rank >= 1
        # A sleeve that is short may be worth filling past its class's edge.
        is_plain = is_plain and not security.sleeves
        if scope is None or scope.investable <= 0 or not is_plain or program.lower[column] > 0:
            return None
        if (scope.account, parts[0].asset_class) in seen:
            continue
        seen.add((scope.account, parts[0].asset_class))
        room += _below_the_edge(scope, parts[0].asset_class)
        for other, sell in enumerate(program.sells):
            if other in own or sell.account not in scope.accounts:
                continue
            for part in situation.securities[sell.security].weights:
                if part.asset_class == parts[0].asset_class and part.weight > 0:
                    sold[other] = -float(part.weight)
    return room, sold


def _below_the_edge(scope: Scope, asset_class: str) -> float:
    (zone,) = (zone for zone in scope.zones if zone.policy.id == asset_class)
    return float(max(Decimal(0), zone.upper * scope.investable - scope.values[asset_class]))


def _region_flags(binaries: Binaries, unit: UnitColumns, most: float) -> dict[Region, int]:
    """One flag for each region; its planes and borders are active where it is one."""
    flags = {region: binaries.flag() for region in unit.regions}
    binaries.row(1.0, 1.0, dict.fromkeys(flags.values(), 1.0))
    both = {unit.short: 1.0, unit.long: 1.0}
    for region, flag in flags.items():
        plane = unit.cuts[region]
        for short, long, level in zip(plane.short, plane.long, plane.level, strict=True):
            tax = {unit.tax: 1.0, unit.short: -float(short), unit.long: -float(long), flag: -most}
            binaries.row(float(level) - most, INFINITY, tax)
        if region is Region.R3:
            binaries.row(-INFINITY, most, {**both, flag: most})
        else:
            binaries.row(-most, INFINITY, {**both, flag: -most})
            if region is Region.R1:
                binaries.row(-most, INFINITY, {unit.long: 1.0, flag: -most})
            else:
                binaries.row(-INFINITY, most, {unit.long: 1.0, flag: most})
    return flags


def _queue_flags(binaries: Binaries, queue: Queue) -> list[int]:
    """One flag for each step but the last: it is sold in full, and the next may be sold."""
    flags = []
    for step, behind in zip(queue.steps, queue.steps[1:], strict=False):
        flag = binaries.flag()
        for column, full in zip(step.columns, step.full, strict=True):
            binaries.row(0.0, INFINITY, {column: 1.0, flag: -full})
        for column, full in zip(behind.columns, behind.full, strict=True):
            binaries.row(-INFINITY, 0.0, {column: 1.0, flag: -full})
        flags.append(flag)
    return flags


def _wash_flags(binaries: Binaries, program: Program, wash: WashGroup) -> None:
    """The flags of the group's choices become integral; the law's order is left to the search that follows."""
    for column in wash.flags:
        flag = binaries.integral[column] = binaries.flag()
        binaries.row(0.0, 0.0, {column: 1.0, flag: -1.0})
    for place, single in wash.single.items():
        for other, lot in enumerate(wash.lots):
            if other != place:
                most = program.upper[lot.sold]
                binaries.row(-INFINITY, most, {lot.sold: 1.0, single.flag: most})


def _wash_choice(wash: WashGroup, values: Any) -> Choice:
    """The choice that the binaries make for the group."""
    if wash.matched is not None and values[wash.matched] > ROUNDED:
        return Choice(Kind.MATCHED, 0, len(wash.lots) - 1)
    if wash.recent is not None and values[wash.recent] > ROUNDED:
        return Choice(Kind.RECENT)
    chosen = (place for place, single in wash.single.items() if values[single.flag] > ROUNDED)
    return next((Choice(Kind.SINGLE, place) for place in chosen), Choice(Kind.NONE))


def node_of(binaries: Binaries, program: Program, values: Any) -> Node:
    """The choices that the flags in ``values`` stand for."""
    boundaries = {
        queue.id: sum(values[flag] > ROUNDED for flag in binaries.queues[queue.id])
        for queue in program.queues
    }
    return Node(
        regions={
            name: max(flags, key=lambda r: values[flags[r]]) for name, flags in binaries.regions.items()
        },
        harvest=frozenset(name for name, flag in binaries.groups.items() if values[flag] > ROUNDED),
        buy=frozenset(name for name, flag in binaries.groups.items() if values[flag] <= ROUNDED),
        queues={name: (at, at) for name, at in boundaries.items()},
        washes={wash.id: _wash_choice(wash, values) for wash in program.washes},
    )


def start_from(binaries: Binaries, program: Program, values: Floats, node: Node) -> Floats:
    """``values``, a solution under ``node``, with every flag set accordingly: a starting point for the solver."""
    start = np.zeros(binaries.first + binaries.count)
    start[: binaries.first] = values
    for name, flags in binaries.regions.items():
        chosen = node.regions[name]
        chosen = chosen if chosen in flags else _region_at(program.units[name], values)
        start[flags[chosen]] = 1.0
    for group in program.groups:
        is_sold = any(values[column] > TRADED for column in group.harvest)
        start[binaries.groups[group.id]] = float(is_sold)
    for queue in program.queues:
        for flag, step in zip(binaries.queues[queue.id], queue.steps, strict=False):
            start[flag] = float(step.sold(values) >= step.total - TRADED)
    for column, flag in binaries.integral.items():
        start[flag] = float(values[column] > ROUNDED)
    return start


def _region_at(unit: UnitColumns, values: Floats) -> Region:
    short, long = float(values[unit.short]), float(values[unit.long])
    here = Region.R3 if short + long < 0 else Region.R1 if long >= 0 else Region.R2
    return here if here in unit.regions else unit.regions[0]
