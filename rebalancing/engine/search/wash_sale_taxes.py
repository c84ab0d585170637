"""The tax a solution really owes on losses inside the wash-sale window, where the program only has a lower limit.

The law takes sales and purchases in its own order (``household_wash_sales``). Where replacement shares are sold beside
other losses, or belong to another taxpayer, a solution can owe more tax than the program says. The search ranks such
solutions by what they owe.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from rebalancing.engine.evaluation import household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.tax_planes import unit_function
from rebalancing.engine.model.wash_groups import TOLERANCE, WashGroup
from rebalancing.engine.money import ONE
from rebalancing.engine.search.highs import Solution
from rebalancing.engine.tax.holding_periods import Term

GainRows = dict[int, tuple[str, int]]
"""The rows of recognized gains: each with its tax unit, and whether it is the long-term one."""


def understatement(program: Program, solution: Solution) -> tuple[float, WashGroup | None]:
    """By how many dollars the program understates the objective of ``solution``, and the group with the largest part of it,
    of those that are not in the law's order already."""
    found = _differences(program, solution)
    groups = {group.id: group for group in program.washes}
    known = {id_: parts for id_, parts in found.items() if id_ in groups}
    worst = max(known, key=lambda id_: known[id_].size, default=None)
    return _objective_of(program, solution, found.values()), None if worst is None else groups[worst]


def by_group(program: Program, solution: Solution) -> dict[str, float]:
    """By how many dollars the program understates the objective of ``solution`` for each group on its own."""
    return owed(program, solution)[1]


def owed(program: Program, solution: Solution) -> tuple[float, dict[str, float]]:
    """The objective of ``solution`` with its losses as the law allows them, and what the program leaves out of it by group."""
    found = _differences(program, solution)
    alone = {id_: _objective_of(program, solution, [parts]) for id_, parts in found.items()}
    return solution.objective + _objective_of(program, solution, found.values()), alone


@dataclass(frozen=True, slots=True)
class _Difference:
    """What the law recognizes beyond what the program does, short-term and long-term by tax unit, and what is lost beyond."""

    gains: dict[str, list[float]]
    lost: float

    @property
    def size(self) -> float:
        return sum(abs(part) for parts in self.gains.values() for part in parts)


def _objective_of(program: Program, solution: Solution, parts: Iterable[_Difference]) -> float:
    """What the differences together add to the objective."""
    moved: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    total = 0.0
    for each in parts:
        total += each.lost
        for unit_id, (short, long) in each.gains.items():
            moved[unit_id][0] += short
            moved[unit_id][1] += long
    weight, values = float(program.weights.tax), solution.values
    for unit_id, (short_more, long_more) in moved.items():
        columns = program.units[unit_id]
        short, long = float(values[columns.short]), float(values[columns.long])
        tax = unit_function(columns.unit)
        points = tax(np.array([short, short + short_more]), np.array([long, long + long_more]))
        total += weight * float(points[1] - points[0])
    return total


def _differences(program: Program, solution: Solution) -> dict[str, _Difference]:
    values, found = solution.values, {}
    rows = {
        row: (str(name[1]), term)
        for row, name in enumerate(program.row_names)
        for term, kind in enumerate(("short_term_gains", "long_term_gains"))
        if name[0] == kind
    }
    for group in program.washes:
        if not group.is_in_order and any(values[lot.sold] > TOLERANCE for lot in group.lots):
            sold = {lot.sold for lot in group.lots} | {lot.sold for lot in group.replacements}
            own = {c for lot in group.lots for c in lot.disallowed}
            found[group.id] = _difference(program, solution, rows, sold, own)
    for ordered in program.ordered:
        if any(values[lot.sold] > TOLERANCE for lot in ordered.lots):
            found[ordered.id] = _difference(program, solution, rows, set(ordered.sold), set(ordered.own))
    return found


def _difference(
    program: Program, solution: Solution, rows: GainRows, sold: set[int], own: set[int]
) -> _Difference:
    """``sold``: the columns of shares of a group that may be sold; ``own``: the columns it has for itself."""
    situation = program.situation
    shares = _sold(program, sold, solution)
    # Answers near each other sell the same of most groups.
    key = tuple(shares.items())
    washed = program.washed.get(key)
    if washed is None:
        washed = program.washed[key] = household_wash_sales.wash(situation, shares, {})
    gains: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    lost = 0.0
    for column in sold:
        unit = program.sells[column]
        if unit.lot is None or unit.lot.id not in shares or unit.gain_per_share is None:
            continue
        wash = washed.lots.get(unit.lot.id, household_wash_sales.LotWash())
        is_long = unit.term is Term.LONG
        true = (
            float(shares[unit.lot.id][0] * unit.gain_per_share) - float(wash.added) + float(wash.disallowed)
        )
        owner = situation.accounts[unit.account].tax_unit or ""
        gains[owner][is_long or wash.is_long] += true - float(wash.tacked)
        gains[owner][1] += float(wash.tacked)
        lost += float(unit_taxes.loss_value(situation.tax_units[owner])) * float(wash.disallowed - wash.added)
    for unit_id, amount in washed.deferred.items():
        lost -= float(unit_taxes.loss_value(situation.tax_units[unit_id]) * amount)
    lost *= float(program.weights.tax)
    for column in (*sold, *own):
        value = float(solution.values[column])
        if value == 0.0:
            continue
        lost -= program.cost[column] * value if column in own else 0.0
        first = program.starts[column]
        last = program.starts[column + 1] if column + 1 < len(program.starts) else len(program.index)
        for at in range(first, last):
            if (place := rows.get(program.index[at])) is not None:
                gains[place[0]][place[1]] += program.value[at] * value
    return _Difference(dict(gains), lost)


def _sold(program: Program, columns: Iterable[int], solution: Solution) -> dict[str, tuple[Decimal, Decimal]]:
    """Shares and proceeds of a group's losing lots and replacement shares that the solution sells."""
    shares_sold = {}
    for column in sorted(columns):
        unit = program.sells[column]
        security = program.situation.securities[unit.security]
        shares = Decimal(repr(round(float(solution.values[column]), 6))) / security.price
        lots = program.situation.lots_by_position[unit.position] if unit.lot is None else (unit.lot,)
        for lot in sorted(lots, key=queue_key):
            part = min(shares, lot.quantity)
            if part > 0:
                shares_sold[lot.id] = part, part * security.price * (ONE - security.half_spread)
                shares -= part
    return shares_sold
