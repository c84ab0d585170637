"""How two optima of one program differ, handed over in decimals: what leaves the solver's rooms is no longer a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from rebalancing.engine.model.program import Program
from rebalancing.engine.money import CENT
from rebalancing.engine.search.highs import Solution

DRIFT_STEP = Decimal("0.000001")  # A hundredth of a basis point.


@dataclass(frozen=True, slots=True)
class Difference:
    """One optimum less another: dollars of tax and of the objective to the cent, drift as a fraction of the value."""

    tax: Decimal
    drift: Decimal
    objective: Decimal


def difference(program: Program, other: Solution, plan: Solution) -> Difference:
    """``other`` less ``plan``, both optima of ``program`` before rounding to shares."""
    return Difference(
        tax=_dollars(_tax(program, other) - _tax(program, plan)),
        drift=_fraction(_drift(program, other) - _drift(program, plan)),
        objective=_dollars(other.objective - plan.objective),
    )


def _tax(program: Program, solution: Solution) -> float:
    return sum(float(solution.values[columns.tax]) for columns in program.units.values())


def _drift(program: Program, solution: Solution) -> float:
    """Half the sum of the distances from target as a fraction of the value, from the deviation columns."""
    total = float(program.situation.investable)
    distances = sum(
        abs(deviation.from_target(solution.values))
        for deviation in program.deviations
        if not deviation.is_sleeve
    )
    return distances / 2 / total if total > 0 else 0.0


def _dollars(amount: float) -> Decimal:
    return Decimal(repr(round(amount, 4))).quantize(CENT, rounding=ROUND_HALF_EVEN)


def _fraction(share: float) -> Decimal:
    return Decimal(repr(round(share, 8))).quantize(DRIFT_STEP, rounding=ROUND_HALF_EVEN)
