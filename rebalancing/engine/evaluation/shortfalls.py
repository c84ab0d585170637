"""What each rule with a limit is short by after a set of orders, in exact dollars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Cap
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Limit, Side
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.evaluation.order_lines import Line
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.money import ONE, ZERO, cents


def distance(
    situation: Situation, account: str | None, values: Mapping[str | None, Mapping[str, Decimal]]
) -> Decimal:
    """Half the sum of the distances from target in one scope, in dollars."""
    (scope,) = [scope for scope in situation.scopes if scope.account == account]
    apart = (abs(values[account][z.policy.id] - z.policy.target * scope.investable) for z in scope.zones)
    return sum(apart, ZERO) / 2


def balances(situation: Situation, account: str, lines: tuple[Line, ...]) -> list[tuple[date, Decimal]]:
    """The account's cash at the end of each day on which it moves, from the trade day on."""
    moves: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for event in situation.events[account]:
        moves[event.on] += event.amount
    for line in lines:
        if line.account == account:
            moves[line.settles_on] += line.amount if line.side is Side.SELL else -line.amount
    found, balance = [], situation.accounts[account].cash_settled
    for day in sorted(moves):
        balance += moves[day]
        found.append((day, balance))
    return found


def slacks(
    situation: Situation,
    lines: tuple[Line, ...],
    taxes: Mapping[str, unit_taxes.UnitComputation],
    values: Mapping[str | None, Mapping[str, Decimal]],
) -> dict[tuple[str, str], Decimal]:
    """What each rule with a limit is short by, in dollars; only what is above zero."""
    found: dict[tuple[str, str], Decimal] = {}
    household = situation.household
    for account in household.accounts:
        if account.tradable:
            found.update(_cash_slacks(situation, account.id, lines))
    for cap in household.rules.caps:
        found[cap.rule, cap.id] = held_under(situation, cap, lines) - cap.weight_max * situation.investable
    turnover = sum((line.shares * situation.securities[line.security].price for line in lines), ZERO) / 2
    limits = [household.rules.turnover_max, household.objective.turnover_limit]
    if household.objective.mode is Mode.LEAST_TAX and household.objective.drift_max is not None:
        drift = sum((distance(situation, scope.account, values) for scope in situation.scopes), ZERO)
        found[Limit.DRIFT, ""] = drift - household.objective.drift_max * situation.investable
    given = [limit for limit in limits if limit is not None]
    if given:
        found[Limit.TURNOVER, ""] = turnover - min(given) * situation.investable
    found.update(_tax_slacks(situation, taxes))
    found.update(_forced_slacks(situation, lines))
    return {key: cents(amount) for key, amount in found.items() if cents(amount) > 0}


def _cash_slacks(
    situation: Situation, account: str, lines: tuple[Line, ...]
) -> dict[tuple[str, str], Decimal]:
    minimum = situation.accounts[account].minimum_cash
    moved = dict(balances(situation, account, lines))
    # Before the first day on which a trade could settle nothing we do can help.
    early = situation.cash_days(account)[:-1]
    balance, missing = situation.accounts[account].cash_settled, ZERO
    for day in sorted({*moved, *early}):
        balance = moved.get(day, balance)
        if day in early:
            missing = max(missing, minimum - balance)
    return {(Limit.CASH, account): minimum - balance, (Limit.CASH_UNTIL_SETTLEMENT, account): missing}


def held_under(situation: Situation, cap: Cap, lines: tuple[Line, ...]) -> Decimal:
    """Dollars of everything that counts against ``cap`` after the lines."""
    worth = {one.id: one.price * cap.share_of(one) for one in situation.household.securities}
    total = sum((situation.quantity(at) * worth[at[1]] for at in situation.lots_by_position), ZERO)
    for line in lines:
        total += (ONE if line.side is Side.BUY else -ONE) * line.shares * worth[line.security]
    return total


def _tax_slacks(
    situation: Situation, taxes: Mapping[str, unit_taxes.UnitComputation]
) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    gain, tax = ZERO, ZERO
    used_before, used = budget_used(situation, taxes)
    if situation.household.rules.gain_budget is not None:
        found[Limit.GAIN_BUDGET, ""] = used - max(situation.household.rules.gain_budget.limit, used_before)
    for unit in situation.household.tax_units:
        base = sum(unit_taxes.base(unit), ZERO)
        net = taxes[unit.id].net_short + taxes[unit.id].net_long
        gain += net - base
        tax += unit_taxes.valued(unit, taxes[unit.id])
        tax -= unit_taxes.valued(unit, unit_taxes.compute(unit, ZERO, ZERO))
        if unit.gain_budget is not None:
            found[Limit.GAIN_BUDGET, unit.id] = net - max(unit.gain_budget.limit, base)
    objective = situation.household.objective
    if objective.mode is Mode.LEAST_DRIFT:
        if objective.gain_max is not None:
            found[Limit.NET_GAIN, ""] = gain - objective.gain_max
        if objective.tax_max is not None:
            found[Limit.TAX, ""] = tax - objective.tax_max
    return found


def budget_used(
    situation: Situation, taxes: Mapping[str, unit_taxes.UnitComputation]
) -> tuple[Decimal, Decimal]:
    """What all returns together use of the household's gain budget, without the plan and with it; a net loss uses none."""
    before = after = ZERO
    for unit in situation.household.tax_units:
        before += max(ZERO, sum(unit_taxes.base(unit), ZERO))
        after += max(ZERO, taxes[unit.id].net_short + taxes[unit.id].net_long)
    return before, after


def sold_by_edit(situation: Situation, position: Position) -> Decimal:
    """Shares of the position in the lots that an advisor asked to sell."""
    lots = ((edit, situation.lots[edit.lot]) for edit in situation.household.edits if edit.lot is not None)
    return sum(
        (
            lot.quantity if edit.shares is None else edit.shares
            for edit, lot in lots
            if edit.kind is EditKind.SELL_LOT and (lot.account, lot.security) == position
        ),
        ZERO,
    )


def _forced_slacks(situation: Situation, lines: tuple[Line, ...]) -> dict[tuple[str, str], Decimal]:
    """Forced edits that the lines do not carry out, in dollars."""
    found: dict[tuple[str, str], Decimal] = {}
    for edit in situation.household.edits:
        if edit.kind is EditKind.NO_TRADE:
            continue
        done, asked = ZERO, edit.shares or ZERO
        security = edit.security or ""
        if edit.kind is EditKind.SELL_LOT and edit.lot is not None:
            lot = situation.lots[edit.lot]
            security, asked = lot.security, lot.quantity if edit.shares is None else edit.shares
            if situation.accounts[lot.account].is_taxed:
                sales = (sale for line in lines for sale in line.lots if sale.lot == edit.lot)
                done = sum((sale.shares for sale in sales), ZERO)
            else:
                # Where nothing is taxed shares are shares: what is sold of the position counts for all its edits.
                place = lot.account, security
                sold = sum(
                    (x.shares for x in lines if x.side is Side.SELL and (x.account, x.security) == place),
                    ZERO,
                )
                done = asked if sold >= sold_by_edit(situation, place) else ZERO
        else:
            side = Side.BUY if edit.kind is EditKind.BUY else Side.SELL
            for line in lines:
                if (line.account, line.security, line.side) == (edit.account, security, side):
                    done += line.shares
        found[Limit.EDIT, edit.id] = abs(asked - done) * situation.securities[security].price
    return found
