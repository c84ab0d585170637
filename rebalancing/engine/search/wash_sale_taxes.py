"""The tax a solution really owes on losses inside the wash-sale window, where the program only has a lower limit.

The law takes sales and purchases in its own order (``household_wash_sales``). Where replacement shares are sold beside
other losses, or belong to another taxpayer, a solution can owe more tax than the program says. The search ranks such
solutions by what they owe.
"""

from __future__ import annotations

from collections import defaultdict
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


def understatement(program: Program, solution: Solution) -> tuple[float, WashGroup | None]:
    """By how many dollars the program understates the objective of ``solution``, and the group with the largest part of it."""
    values = solution.values
    groups = [
        group
        for group in program.washes
        if not group.is_in_order and any(values[column] > TOLERANCE for column in group.allowed)
    ]
    if not groups:
        return 0.0, None
    situation = program.situation
    moved: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    lost, modeled_charge, difference = 0.0, 0.0, {}
    for group in groups:
        sold = _sold(program, group, solution)
        washed = household_wash_sales.wash(situation, sold, {})
        before = sum(abs(part) for parts in moved.values() for part in parts)
        for column in {lot.sold for lot in group.lots} | {lot.sold for lot in group.replacements}:
            unit = program.sells[column]
            if unit.lot is None or unit.lot.id not in sold or unit.gain_per_share is None:
                continue
            wash = washed.lots.get(unit.lot.id, household_wash_sales.LotWash())
            is_long = unit.term is Term.LONG
            full = float(sold[unit.lot.id][0] * unit.gain_per_share)
            true = full - float(wash.added) + float(wash.disallowed)
            owner = situation.accounts[unit.account].tax_unit or ""
            parts = moved[owner]
            parts[is_long or wash.is_long] += true - float(wash.tacked)
            parts[1] += float(wash.tacked)
            parts[is_long] -= _modeled_gain(group, column, solution, full)
            worth = float(unit_taxes.loss_value(situation.tax_units[owner]))
            lost += worth * float(wash.disallowed - wash.added)
        for unit_id, amount in washed.deferred.items():
            lost -= float(unit_taxes.loss_value(situation.tax_units[unit_id]) * amount)
        modeled_charge += sum(
            program.cost[c] * float(values[c]) for lot in group.lots for c in lot.disallowed
        )
        difference[group.id] = sum(abs(part) for parts in moved.values() for part in parts) - before
    total = 0.0
    for unit_id, (short_more, long_more) in moved.items():
        columns = program.units[unit_id]
        short, long = float(values[columns.short]), float(values[columns.long])
        tax = unit_function(columns.unit)
        points = tax(np.array([short, short + short_more]), np.array([long, long + long_more]))
        total += float(points[1] - points[0])
    weight = float(program.weights.tax)
    worst = max(groups, key=lambda group: difference[group.id])
    return weight * (total + lost) - modeled_charge, worst


def _sold(program: Program, group: WashGroup, solution: Solution) -> dict[str, tuple[Decimal, Decimal]]:
    """Shares and proceeds of the group's losing lots and replacement shares that the solution sells."""
    shares_sold = {}
    for column in {lot.sold for lot in group.lots} | {lot.sold for lot in group.replacements}:
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


def _modeled_gain(group: WashGroup, column: int, solution: Solution, full: float) -> float:
    """The gain that the program recognizes for the column: all of it, or of a loss what is allowed."""
    for lot in group.lots:
        if lot.sold == column:
            return 0.0 if lot.allowed is None else -lot.loss * float(solution.values[lot.allowed])
    return full
