"""Whether moves keep the rules: turnover, caps, gain budgets, drift where it is limited, and cash on every day.

Decided exactly. A rule that is already broken must at least not get worse.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import numpy as np

from rebalancing.engine.documents.household import CapKind
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.rounding.moves import Blotter, Move, cash_of, gain_of

CENTS_OF_A_TICKET = 0.02  # Dollars by which the cash of a ticket can differ from its estimate.


def is_allowed(blotter: Blotter, account: str, moves: tuple[Move, ...], before: dict[date, Decimal]) -> bool:
    """Whether ``moves`` in ``account`` keep every rule; ``before`` is its current cash by day."""
    situation = blotter.program.situation
    minimum = situation.minimum_trades[account]
    traded = ZERO
    for move in moves:
        price = situation.securities[move.ticket.security].price
        is_smaller = move.change < 0 or move.ticket.shares == 0
        if is_smaller and move.shares > 0 and move.shares * price < minimum:
            return False
        if blotter.turnover_max is not None:
            traded += move.change * price / 2
    if blotter.turnover_max is not None and traded > 0 and blotter.turnover + traded > blotter.turnover_max:
        return False
    if blotter.limits_gains:
        gain = sum((gain_of(move) for move in moves), ZERO)
        if gain > 0 and not _has_room(blotter, account, gain):
            return False
    return (
        keeps_cash(blotter, account, moves, before)
        and _keeps_caps(blotter, moves)
        and _keeps_drift(blotter, account, moves)
    )


def keeps_cash(blotter: Blotter, account: str, moves: tuple[Move, ...], before: dict[date, Decimal]) -> bool:
    """Whether the account stays at its minimum on every day, or no lower than it is."""
    situation = blotter.program.situation
    minimum = situation.accounts[account].minimum_cash
    changes = [
        (
            situation.settles_on[move.ticket.security],
            cash_of(blotter, move.ticket, move.shares) - move.ticket.cash,
        )
        for move in moves
    ]
    for day, balance in before.items():
        after = balance + sum((change for on, change in changes if on <= day), ZERO)
        if after < minimum and after < balance:
            return False
    return True


def _keeps_caps(blotter: Blotter, moves: tuple[Move, ...]) -> bool:
    situation = blotter.program.situation
    change: dict[tuple[CapKind, str], Decimal] = defaultdict(lambda: ZERO)
    for cap in situation.household.rules.caps:
        held = blotter.caps[cap.kind, cap.id]
        for move in moves:
            security = situation.securities[move.ticket.security]
            if share := cap.share_of(security):
                sign = ONE if move.ticket.side is Side.BUY else -ONE
                change[cap.kind, cap.id] += sign * move.change * security.price * share
        if held + change[cap.kind, cap.id] > max(cap.weight_max * situation.investable, held):
            return False
    return True


def drift_limit(blotter: Blotter) -> float | None:
    """The most dollars of drift, less what cents of cash can add; None where drift has no limit."""
    objective = blotter.program.situation.household.objective
    if objective.mode is not Mode.LEAST_TAX or objective.drift_max is None:
        return None
    cents_aside = CENTS_OF_A_TICKET * len(blotter.tickets)
    return max(0.0, float(objective.drift_max * blotter.program.situation.investable) - cents_aside)


def drift_after(blotter: Blotter, account: str | None = None, moves: tuple[Move, ...] = ()) -> float:
    """Dollars of drift after ``moves`` in ``account``."""
    policy = blotter.program.situation.household.policy
    # Cash that belongs to no class is no drift, and the dollars of sleeves are among their classes' already.
    count = len(policy.classes)
    total = 0.0
    for name, scope in blotter.scopes.items():
        off_target = scope.deviation - scope.target
        if account is not None and name == blotter.scope_of.get(account):
            for move in moves:
                off_target = off_target + move.classes
        total += float(np.abs(off_target[:count]).sum()) / 2
    return total


def _keeps_drift(blotter: Blotter, account: str, moves: tuple[Move, ...]) -> bool:
    """Whether the moves keep the limit on drift, or make drift no worse; true where drift has no limit."""
    most = drift_limit(blotter)
    return most is None or drift_after(blotter, account, moves) <= max(most, drift_after(blotter))


def _has_room(blotter: Blotter, account: str, gain: Decimal) -> bool:
    """Whether the account's tax unit may realize ``gain`` more, with a dollar of margin for the cents of each lot."""
    situation = blotter.program.situation
    owner = situation.accounts[account].tax_unit
    objective = situation.household.objective
    if objective.mode is Mode.LEAST_DRIFT:
        total = sum(blotter.gains.values(), ZERO)
        if objective.tax_max is not None or (
            objective.gain_max is not None and total + gain + 1 > objective.gain_max
        ):
            return False
    if owner is None:
        return True
    unit = situation.tax_units[owner]
    if not _has_room_in_household(blotter, owner, gain):
        return False
    if unit.gain_budget is None:
        return True
    base = sum(unit_taxes.base(unit), ZERO)
    return base + blotter.gains[owner] + gain + 1 <= max(unit.gain_budget.limit, base)


def _has_room_in_household(blotter: Blotter, owner: str, gain: Decimal) -> bool:
    """Whether the household's own budget, over all returns, has room for ``gain`` more in one of them."""
    situation = blotter.program.situation
    budget = situation.household.rules.gain_budget
    if budget is None:
        return True
    base = {unit.id: sum(unit_taxes.base(unit), ZERO) for unit in situation.household.tax_units}
    used = {unit: max(ZERO, before + blotter.gains[unit]) for unit, before in base.items()}
    here = max(ZERO, base[owner] + blotter.gains[owner] + gain + 1)
    after = sum(used.values(), ZERO) - used[owner] + here
    return here == 0 or after <= max(budget.limit, sum((max(ZERO, b) for b in base.values()), ZERO))
