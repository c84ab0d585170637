"""Every choice of a program as a binary: the rows and columns a mixed-integer solver needs besides the program's own.

A flag is one where a group is harvested and nothing of it bought, where a queue is sold up to a step, or where a group with
purchases in its window gets its losses allowed in one way. Tax regions are no flags: each combination of them is a
program of its own (``mip``). That a position is not sold and bought at once is left out until an answer does it
(``positions``), since hardly any does.

The big-M constants are as small as they can be: a flag forbids what could really be sold, and what its class may hold
(``_rooms``). With constants as large as the household the solver proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.evaluation.situations import Scope
from rebalancing.engine.model.lot_queues import Queue
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.model.trades import POSITION, Group
from rebalancing.engine.model.wash_groups import Choice, Kind, WashGroup
from rebalancing.engine.search.branch_and_bound import TRADED
from rebalancing.engine.search.nodes import Node

INFINITY = float("inf")
ROUNDED = 0.5  # A flag is one above this.
Entries = Mapping[int, float]


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
    groups: dict[str, int] = field(default_factory=dict)
    queues: dict[str, list[int]] = field(default_factory=dict)
    begun: dict[str, dict[int, int]] = field(default_factory=dict)  # By wash group and the lot's place.
    # The flag of each program column that must be integral.
    integral: dict[int, int] = field(default_factory=dict)

    def flag(self) -> int:
        """A new flag; its column."""
        self.count += 1
        return self.first + self.count - 1

    def row(self, lower: float, upper: float, entries: Entries) -> None:
        """A new row with its bounds and its entries by column."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.starts.append(len(self.index))
        self.index += entries.keys()
        self.value += entries.values()


def binaries_of(program: Program, positions: Collection[str] = ()) -> Binaries:
    """A flag for each choice of ``program``; of the groups that are positions only for those named."""
    binaries, totals = Binaries(len(program.cost)), _Totals(program)
    for group in program.groups:
        if not group.id.startswith(POSITION) or group.id in positions:
            _group_flag(binaries, program, group, totals)
    for queue in program.queues:
        binaries.queues[queue.id] = _queue_flags(binaries, queue)
    for wash in program.washes:
        _wash_flags(binaries, program, wash)
    for ordered in program.ordered:
        for column in ordered.flags:
            flag = binaries.integral[column] = binaries.flag()
            binaries.row(0.0, 0.0, {column: 1.0, flag: -1.0})
    return binaries


class _Totals:
    """What can be bought in each account at most, and what can be sold of each class in each scope, by column."""

    def __init__(self, program: Program) -> None:
        situation = program.situation
        self.affordable = {a: max(0.0, float(situation.cash_at_end(a))) for a in situation.accounts}
        self.sold: dict[tuple[str, str], list[tuple[int, float]]] = {}
        scope_of = {a: scope.account or "" for scope in situation.scopes for a in scope.accounts}
        for column, sell in enumerate(program.sells):
            self.affordable[sell.account] += program.market_value(sell)
            for part in situation.securities[sell.security].weights:
                if sell.account in scope_of and part.weight > 0:
                    at = scope_of[sell.account], part.asset_class
                    self.sold.setdefault(at, []).append((column, float(part.weight)))
        # An edit can ask for more.
        for column, unit in enumerate(program.buys, start=program.buy_from):
            self.affordable[unit.account] += program.lower[column]


def _group_flag(binaries: Binaries, program: Program, group: Group, totals: _Totals) -> None:
    flag = binaries.groups[group.id] = binaries.flag()
    for column in group.harvest:
        binaries.row(-INFINITY, 0.0, {column: 1.0, flag: -program.upper[column]})
    bought = dict.fromkeys(group.buy, 1.0)
    for room, more in _rooms(program, group, totals):
        entries = {**bought, **{column: -part for column, part in more.items()}}
        binaries.row(-INFINITY, room, {**entries, flag: room})
    most = sum(totals.affordable[account] for account in _accounts(program, group))
    binaries.row(-INFINITY, most, {**bought, flag: most})


def _accounts(program: Program, group: Group) -> set[str]:
    return {program.buys[column - program.buy_from].account for column in group.buy}


def _rooms(program: Program, group: Group, totals: _Totals) -> Iterator[tuple[float, Entries]]:
    """The most dollars of the group that can be bought where nothing of it is harvested, or that are worth buying: a constant,
    and what each dollar of other columns adds to it."""
    if any(program.lower[column] > 0 for column in group.buy):
        return
    by_scope: dict[str, tuple[Scope, list[int]]] = {}
    for column in group.buy:
        unit = program.buys[column - program.buy_from]
        scope = next((s for s in program.situation.scopes if unit.account in s.accounts), None)
        if scope is None or scope.investable <= 0:
            return
        by_scope.setdefault(scope.account or "", (scope, []))[1].append(column)
    room, more, own = 0.0, dict[int, float](), set(group.harvest)
    for scope, columns in by_scope.values():
        shared = _class_in_common(program, columns)
        if shared is None:
            return
        most = _most_of(program, scope, *shared, columns)
        if most is None:
            return
        name, least = shared
        room += most[0] / least
        # The group's own losses are not sold beside its purchases.
        others = (pair for pair in totals.sold.get((scope.account or "", name), ()) if pair[0] not in own)
        for column, part in (*most[1].items(), *others):
            more[column] = more.get(column, 0.0) + part / least
    yield room, more


def _class_in_common(program: Program, columns: list[int]) -> tuple[str, float] | None:
    """A class that all securities of the purchases belong to, and the least part of it in any; None where there is none."""
    securities = [
        program.situation.securities[program.buys[column - program.buy_from].security] for column in columns
    ]
    parts = [{part.asset_class: float(part.weight) for part in security.weights} for security in securities]
    names = {row.id for row in program.situation.household.policy.classes}.intersection(*parts)
    ranked = sorted((-min(each[name] for each in parts), name) for name in names)
    return (ranked[0][1], -ranked[0][0]) if ranked and ranked[0][0] < 0 else None


def _most_of(
    program: Program, scope: Scope, name: str, least: float, columns: list[int]
) -> tuple[float, Entries] | None:
    """By how many dollars the class may grow in ``scope``, with slack of the drift limit where there is one; None where
    nothing limits it."""
    objective = program.situation.household.objective
    if name == program.situation.household.policy.cash_class:
        return None  # What is bought of it was in it before, as cash.
    (zone,) = (zone for zone in scope.zones if zone.policy.id == name)
    held = scope.values[name]
    limit = program.slacks.get((Limit.DRIFT, ""))
    if limit is not None and objective.drift_max is not None:
        # As much stands above target as below, where every dollar has a class; what is above is no more than the drift.
        times = Decimal(1) if _all_in_classes(program) else Decimal(2)
        above = times * objective.drift_max * program.situation.investable
        return float(zone.policy.target * scope.investable - held + above), {limit: float(times)}
    if objective.mode is not Mode.PRICED_DRIFT or program.weights.outside > program.weights.spread:
        return None
    for column in columns:
        unit = program.buys[column - program.buy_from]
        security = program.situation.securities[unit.security]
        # A sleeve that is short may be worth filling past its class's edge.
        is_plain = least == 1.0 and unit.location_bps >= 0 and unit.rank >= 1 and not security.sleeves
        if not is_plain:
            return None
    # Beyond the edge a dollar costs at least as much as it does as cash, plus the spread.
    return float(max(Decimal(0), zone.upper * scope.investable - held)), {}


def _all_in_classes(program: Program) -> bool:
    """Whether every dollar counts in some class, so that what is above target is no more than what is below."""
    household = program.situation.household
    names = {row.id for row in household.policy.classes}
    return (
        household.policy.cash_class in names
        and sum(row.target for row in household.policy.classes) == 1
        and all(
            sum(part.weight for part in security.weights if part.asset_class in names) == 1
            for security in household.securities
        )
    )


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
    begun = binaries.begun[wash.id] = {}
    for place, lot in enumerate(wash.lots) if wash.is_in_order else ():
        if lot.allowed is not None and not lot.is_recent:
            # The law's order: what was sold so far has matched all replacements before a dollar of this lot counts.
            flag = begun[place] = binaries.flag()
            binaries.row(-INFINITY, 0.0, {lot.allowed: 1.0, flag: -program.upper[lot.sold]})
            used = {
                c: each.weight
                for each in wash.lots[: place + 1]
                for c in each.disallowed
                if not each.is_recent
            }
            binaries.row(0.0, INFINITY, {**used, flag: -wash.required})


def _wash_choice(binaries: Binaries, wash: WashGroup, values: Any) -> Choice:
    """The choice that the binaries make for the group."""
    if wash.matched is not None and values[wash.matched] > ROUNDED:
        begun = (place for place, flag in binaries.begun[wash.id].items() if values[flag] > ROUNDED)
        first = min(begun, default=None)
        last = len(wash.lots) - 1
        return Choice(Kind.MATCHED, 0, last) if first is None else Choice(Kind.MATCHED, first, first)
    if wash.recent is not None and values[wash.recent] > ROUNDED:
        return Choice(Kind.RECENT)
    chosen = (place for place, single in wash.single.items() if values[single.flag] > ROUNDED)
    return next((Choice(Kind.SINGLE, place) for place in chosen), Choice(Kind.NONE))


def node_of(binaries: Binaries, program: Program, values: Any, root: Node) -> Node:
    """The choices that the flags in ``values`` stand for, with the regions and choices of ``root``."""
    boundaries = {
        queue.id: sum(values[flag] > ROUNDED for flag in binaries.queues[queue.id])
        for queue in program.queues
    }
    harvested = {name for name, flag in binaries.groups.items() if values[flag] > ROUNDED}
    return Node(
        regions=root.regions,
        harvest=root.harvest | (harvested - root.buy),
        buy=root.buy | (binaries.groups.keys() - harvested - root.harvest),
        queues={name: (at, at) for name, at in boundaries.items()},
        washes={wash.id: _wash_choice(binaries, wash, values) for wash in program.washes},
        ordered={
            ordered.id: frozenset(column for column in ordered.flags if values[column] > ROUNDED)
            for ordered in program.ordered
        },
    )


def start_from(binaries: Binaries, program: Program, values: Floats) -> list[float]:
    """``values``, an answer to ``program``, with every flag set accordingly: a starting point for the solver."""
    start = [*values.tolist(), *([0.0] * binaries.count)]
    for group in program.groups:
        if group.id in binaries.groups:
            start[binaries.groups[group.id]] = float(any(values[column] > TRADED for column in group.harvest))
    for queue in program.queues:
        for flag, step in zip(binaries.queues[queue.id], queue.steps, strict=False):
            start[flag] = float(step.sold(values) >= step.total - TRADED)
    for column, flag in binaries.integral.items():
        start[flag] = float(values[column] > ROUNDED)
    for wash in program.washes:
        for place, flag in binaries.begun[wash.id].items():
            allowed = wash.lots[place].allowed
            start[flag] = float(allowed is not None and values[allowed] > TRADED)
    return start
