"""Whether moves keep the rules: turnover, caps, gain budgets, drift where it is limited, and cash on every day.

Decided exactly. What cannot be kept any more is at least made no worse.
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
from rebalancing.engine.rounding.moves import Desk, Move, cash_of, gain_of


def is_allowed(desk: Desk, account: str, moves: tuple[Move, ...], before: dict[date, Decimal]) -> bool:
    """Whether ``moves`` in ``account`` keep every rule; ``before`` is its cash by day as it stands."""
    situation = desk.program.situation
    minimum = situation.household.rules.minimum_trade
    turned = ZERO
    for move in moves:
        price = situation.securities[move.ticket.security].price
        is_smaller = move.change < 0 or move.ticket.shares == 0
        if is_smaller and move.shares > 0 and move.shares * price < minimum:
            return False
        if desk.turnover_max is not None:
            turned += move.change * price / 2
    if desk.turnover_max is not None and turned > 0 and desk.turnover + turned > desk.turnover_max:
        return False
    if desk.minds_gains:
        gain = sum((gain_of(move) for move in moves), ZERO)
        if gain > 0 and not _has_room(desk, account, gain):
            return False
    return (
        keeps_cash(desk, account, moves, before)
        and _keeps_caps(desk, moves)
        and _keeps_drift(desk, account, moves)
    )


def keeps_cash(desk: Desk, account: str, moves: tuple[Move, ...], before: dict[date, Decimal]) -> bool:
    """Whether the account stays at its minimum on every day, or no lower than it is."""
    situation = desk.program.situation
    minimum = situation.accounts[account].minimum_cash
    changes = [
        (
            situation.settles_on[move.ticket.security],
            cash_of(desk, move.ticket, move.shares) - move.ticket.cash,
        )
        for move in moves
    ]
    for day, balance in before.items():
        after = balance + sum((change for on, change in changes if on <= day), ZERO)
        if after < minimum and after < balance:
            return False
    return True


def _keeps_caps(desk: Desk, moves: tuple[Move, ...]) -> bool:
    situation = desk.program.situation
    under: dict[tuple[CapKind, str], Decimal] = defaultdict(lambda: ZERO)
    for cap in situation.household.rules.caps:
        held = desk.caps[cap.kind, cap.id]
        for move in moves:
            security = situation.securities[move.ticket.security]
            if share := cap.share_of(security):
                sign = ONE if move.ticket.side is Side.BUY else -ONE
                under[cap.kind, cap.id] += sign * move.change * security.price * share
        if held + under[cap.kind, cap.id] > max(cap.weight_max * situation.investable, held):
            return False
    return True


def _keeps_drift(desk: Desk, account: str, moves: tuple[Move, ...]) -> bool:
    """Where drift has a limit of its own: whether the moves keep it, or make it no worse."""
    objective = desk.program.situation.household.objective
    if objective.mode is not Mode.LEAST_TAX or objective.drift_max is None:
        return True
    key = desk.scale_of.get(account)
    now = after = 0.0
    for name, scale in desk.scales.items():
        apart = scale.apart - scale.target
        # Cash that belongs to no class is no drift.
        apart[len(desk.program.situation.household.policy.classes) :] = 0.0
        now += float(np.abs(apart).sum()) / 2
        if name == key:
            for move in moves:
                apart = apart + move.classes
        after += float(np.abs(apart).sum()) / 2
    most = float(objective.drift_max * desk.program.situation.investable)
    return after <= max(most, now)


def _has_room(desk: Desk, account: str, gain: Decimal) -> bool:
    """Whether the account's tax unit may realize ``gain`` more, a dollar kept in hand for the cents of each lot."""
    situation = desk.program.situation
    owner = situation.accounts[account].tax_unit
    objective = situation.household.objective
    if objective.mode is Mode.LEAST_DRIFT:
        total = sum(desk.gains.values(), ZERO)
        if objective.tax_max is not None or (
            objective.gain_max is not None and total + gain + 1 > objective.gain_max
        ):
            return False
    if owner is None:
        return True
    unit = situation.tax_units[owner]
    if not _has_room_in_household(desk, owner, gain):
        return False
    if unit.gain_budget is None:
        return True
    base = sum(unit_taxes.base(unit), ZERO)
    return base + desk.gains[owner] + gain + 1 <= max(unit.gain_budget.limit, base)


def _has_room_in_household(desk: Desk, owner: str, gain: Decimal) -> bool:
    """Whether the household's own budget, over all returns, has room for ``gain`` more in one of them."""
    situation = desk.program.situation
    budget = situation.household.rules.gain_budget
    if budget is None:
        return True
    base = {unit.id: sum(unit_taxes.base(unit), ZERO) for unit in situation.household.tax_units}
    used = {unit: max(ZERO, before + desk.gains[unit]) for unit, before in base.items()}
    here = max(ZERO, base[owner] + desk.gains[owner] + gain + 1)
    after = sum(used.values(), ZERO) - used[owner] + here
    return here == 0 or after <= max(budget.limit, sum((max(ZERO, b) for b in base.values()), ZERO))
