"""What it would cost, at a guess, to settle a conflict of buying and harvesting either way: what to try first."""

from __future__ import annotations

from rebalancing.engine.evaluation.tradables import BuyUnit
from rebalancing.engine.model import wash_groups
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.trades import Group, main_class
from rebalancing.engine.search.highs import Solution

TRADED = 1e-4  # Dollars; less is the solver's noise.
SUBSTITUTED = 0.002  # Dollars for each dollar bought in the next member of the sleeve instead.
LOSS_WORTH = 0.3  # Dollars of tax for each dollar of loss.


def estimates(program: Program, group: Group, solution: Solution) -> tuple[float, float]:
    """What it would cost to give up the purchases (and harvest), and to give up the loss sales (and buy)."""
    situation = program.situation
    allowed = wash_groups.marginal_gains(program.washes, program.sealed, solution.values)
    losing = sum(
        float(solution.values[c])
        * max(
            0.0,
            -allowed[c]
            if c in allowed
            else -float(program.sells[c].gain_per_share or 0)
            / float(situation.securities[program.sells[c].security].price),
        )
        for c in group.harvest
    )
    to_buy, to_harvest = LOSS_WORTH * losing, 0.0
    sold = sum(float(solution.values[c]) for c in group.harvest)
    for column in group.buy:
        amount = float(solution.values[column])
        if amount > TRADED:
            unit = program.buys[column - program.buy_from]
            to_harvest += (
                amount * SUBSTITUTED
                if _has_substitute(program, unit)
                else _gap(program, unit, amount, sold, to_buy)
            )
    return to_harvest, to_buy


def _has_substitute(program: Program, unit: BuyUnit) -> bool:
    """Whether the account may buy another security of the same main class, outside the wash group."""
    security = program.situation.securities[unit.security]
    groups = program.groups_by_class[unit.account, main_class(security)]
    return len(groups) > 1


def _gap(program: Program, unit: BuyUnit, amount: float, sold: float, losses_worth: float) -> float:
    """What it costs to leave ``amount`` out of its class: cheap inside the zone; beyond, fewer losses can be taken."""
    situation, weights = program.situation, program.weights
    name = main_class(situation.securities[unit.security])
    for scope in situation.scopes:
        if unit.account in scope.accounts:
            room = next(
                float((z.rest - z.lower) * scope.investable) for z in scope.zones if z.policy.id == name
            )
            beyond = max(0.0, amount - room)
            # Selling less leaves less to buy back, at the price of the losses not taken.
            avoidable = min(beyond, sold)
            dear = float(weights.outside)
            inside = float(weights.inside) * min(amount, room)
            return (
                inside + dear * (beyond - avoidable) + avoidable * min(dear, losses_worth / max(sold, TRADED))
            )
    return 0.0
