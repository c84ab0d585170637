"""The mode that raises cash: which accounts it comes from, as withdrawals that the solver must provide for."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

from rebalancing.engine.documents.household import DatedAmount, Household
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.evaluation import tradables
from rebalancing.engine.evaluation.neutral_names import names_of
from rebalancing.engine.evaluation.situations import lay_out
from rebalancing.engine.money import CENT, ZERO
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices


def with_cash_set_aside(household: Household, prices: ObjectivePrices) -> Household:
    """In the mode that raises cash: the amount as a withdrawal to come, from where it costs least."""
    objective = household.objective
    if objective.mode is not Mode.RAISE_CASH or objective.raise_amount is None:
        return household
    amount = objective.raise_amount
    if objective.raise_account is not None:
        return _withdrawing(household, {objective.raise_account: amount})
    # In order of what the accounts are and hold, so that no name decides where a remainder comes from.
    neutral = names_of(household).accounts
    ordered = sorted(household.accounts, key=lambda account: neutral[account.id])
    taxed = [a.id for a in ordered if a.is_taxed and a.tradable]
    others = [a.id for a in ordered if not a.is_taxed and a.tradable]
    shares: dict[str, Decimal] = {}
    # Taxed accounts first: a withdrawal from the others is a distribution with a tax of its own.
    for group in (taxed, others):
        left = amount - sum(shares.values(), ZERO)
        if left > 0 and group:
            shares.update(_split(household, group, left))
    missing = amount - sum(shares.values(), ZERO)
    if missing > 0:
        first = (taxed or others or [ordered[0].id])[0]
        shares[first] = shares.get(first, ZERO) + missing
    return _withdrawing(household, shares)


def _split(household: Household, group: list[str], amount: Decimal) -> dict[str, Decimal]:
    """``amount`` over the accounts of ``group``: free cash first, then what can be sold."""
    situation = lay_out(household)
    opportunities = tradables.find(situation)
    shares: dict[str, Decimal] = dict.fromkeys(group, ZERO)
    room = {a: max(ZERO, situation.cash_at_end(a) - situation.accounts[a].minimum_cash) for a in group}
    sellable = dict.fromkeys(group, ZERO)
    for unit in opportunities.open_sells():
        if unit.account in sellable:
            sellable[unit.account] += unit.quantity * situation.securities[unit.security].price
    for source, part in ((room, Decimal(1)), (sellable, Decimal("0.995"))):
        total = sum(source.values(), ZERO)
        left = min(amount - sum(shares.values(), ZERO), total * part)
        for account in group:
            if total > 0 and left > 0:
                shares[account] += (left * source[account] / total).quantize(CENT, rounding=ROUND_FLOOR)
    short = amount - sum(shares.values(), ZERO)
    if ZERO < short < CENT * (2 * len(group) + 1):
        shares[group[-1]] += short
    return {account: share for account, share in shares.items() if share > 0}


def _withdrawing(household: Household, amounts: dict[str, Decimal]) -> Household:
    days = lay_out(household).settles_on
    on = max(days.values(), default=household.trade_on)
    accounts = tuple(
        replace(
            account,
            flows=(*account.flows, DatedAmount(on=on, amount=-amounts[account.id], label="cash set aside")),
        )
        if account.id in amounts
        else account
        for account in household.accounts
    )
    return replace(household, accounts=accounts)
