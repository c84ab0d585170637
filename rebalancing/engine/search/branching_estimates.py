"""The estimated cost of settling a conflict of buying and harvesting either way, to rank branches."""

from __future__ import annotations

from rebalancing.engine.evaluation.one_way import main_class
from rebalancing.engine.evaluation.tradables import BuyUnit
from rebalancing.engine.model import wash_groups
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.trades import Group
from rebalancing.engine.search.highs import Solution

TRADED = 1e-4  # Dollars; smaller amounts are solver noise.
SUBSTITUTION_COST = 0.002  # Per dollar bought in the next member of the sleeve instead.
LOSS_WORTH = 0.3  # Tax per dollar of loss.


def estimates(program: Program, group: Group, solution: Solution) -> tuple[float, float]:
    """The estimated cost of giving up the purchases (to harvest), and of giving up the loss sales (to buy)."""
    situation = program.situation
    gains = wash_groups.marginal_gains(program.washes, program.sealed, solution.values)
    losing = sum(
        float(solution.values[c])
        * max(
            0.0,
            -gains[c]
            if c in gains
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
                amount * SUBSTITUTION_COST
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
    """The cost of leaving ``amount`` out of its class: cheap inside the zone; outside, fewer losses can be taken."""
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
            outside = float(weights.outside)
            inside = float(weights.inside) * min(amount, room)
            return (
                inside
                + outside * (beyond - avoidable)
                + avoidable * min(outside, losses_worth / max(sold, TRADED))
            )
    return 0.0
