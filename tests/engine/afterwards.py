"""A household just after its plan was sent and filled, and the same question put to it again."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from unittest import mock

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import ClassPolicy, DatedAmount, Household, Lot, LotMethod
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan, Side
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import situations, standing_lots
from rebalancing.engine.evaluation.situations import Zone, lay_out
from tests.engine.oracles import year_by_hand

D = Decimal
SET_ASIDE = "cash set aside"


def filled(household: Household, plan: Plan) -> Household:
    """Later on the trade day: all orders filled at their prices, none of them settled; what was asked is done."""
    household, on = standing_lots.averaged(household), household.trade_on
    sold = {sale.lot: sale for order in plan.orders for sale in order.lots}
    told = {recent.lot for recent in household.recent_trades}
    lots: list[Lot] = []
    recent = list(household.recent_trades)
    for lot in household.lots:
        sale = sold.get(lot.id)
        if sale is None:
            lots.append(lot)
            continue
        if sale.shares < lot.quantity:
            left = lot.quantity - sale.shares
            basis = None if lot.basis is None else lot.basis * left / lot.quantity
            lots.append(replace(lot, quantity=left, basis=basis))
        else:
            recent = [replace(row, lot=None) if row.lot == lot.id else row for row in recent]
        if lot.acquired is not None and on - lot.acquired <= timedelta(days=30) and lot.id not in told:
            # Sold or not, what was bought in the last 30 days was bought.
            recent.append(
                _recent(
                    unused(f"bought {lot.id}", {row.id for row in recent}),
                    RecentTradeKind.PURCHASE,
                    lot,
                    sale.shares,
                    lot.acquired,
                )
            )
        if sale.gain is not None and sale.gain < 0:
            recent.append(
                _recent(
                    unused(f"sold {lot.id}", {row.id for row in recent}),
                    RecentTradeKind.LOSS_SALE,
                    lot,
                    sale.shares,
                    on,
                )
            )
    methods = {(lot.account, lot.security): lot.method for lot in household.lots}
    due: dict[str, list[DatedAmount]] = defaultdict(list)
    for order in plan.orders:
        signed = order.amount if order.side is Side.SELL else -order.amount
        due[order.account].append(DatedAmount(on=order.settles_on, amount=signed))
        if order.side is Side.BUY:
            lots.append(
                Lot(
                    id=unused(f"new {order.id}", {lot.id for lot in household.lots}),
                    account=order.account,
                    security=order.security,
                    quantity=order.shares,
                    basis=order.amount,
                    acquired=on,
                    method=methods.get((order.account, order.security), LotMethod.SPECIFIC),
                )
            )
    for step in plan.cash:
        if step.description == SET_ASIDE:
            due[step.account].append(DatedAmount(on=step.on, amount=step.amount))
    accounts = []
    for account in household.accounts:
        settled = [c.amount for c in account.cash_unsettled if c.on < on]
        accounts.append(
            replace(
                account,
                cash_settled=account.cash_settled + sum(settled, D(0)),
                cash_unsettled=(*(c for c in account.cash_unsettled if c.on >= on), *due[account.id]),
            )
        )
    rows = {row.tax_unit: row for row in plan.tax}
    return replace(
        household,
        as_of=on,
        lots=tuple(lots),
        recent_trades=tuple(recent),
        accounts=tuple(accounts),
        tax_units=tuple(
            replace(
                unit,
                realized_short=unit.realized_short + rows[unit.id].short,
                realized_long=unit.realized_long + rows[unit.id].long,
            )
            for unit in household.tax_units
        ),
    )


def unused(name: str, taken: set[str]) -> str:
    """``name``, or with a number behind it where an earlier look has given it away."""
    numbers = itertools.count(2)
    found = name
    while found in taken:
        found = f"{name} {next(numbers)}"
    return found


def _recent(name: str, kind: RecentTradeKind, lot: Lot, shares: Decimal, on: object) -> RecentTrade:
    return RecentTrade(id=name, kind=kind, account=lot.account, security=lot.security, on=on, shares=shares)


def asked_again(household: Household, plan: Plan) -> Plan:
    """The plan for the very same question: what it used of its limits is used, and the ways back stay as they stood.

    A class that has left its band is brought back to its destination; back inside, its whole band would count as good
    enough. That is another question, so each class keeps the zone that it had.
    """
    objective = household.objective
    if objective.mode is Mode.RAISE_CASH:
        objective = replace(objective, raise_amount=D(0))
    if objective.gain_max is not None:
        used = sum((row.short + row.long for row in plan.tax), D(0))
        objective = replace(objective, gain_max=objective.gain_max - used)
    if objective.tax_max is not None:
        units = {unit.id: unit for unit in household.tax_units}
        cost = sum(_cost(units[row.tax_unit], row.short, row.long) for row in plan.tax)
        objective = replace(
            objective, tax_max=objective.tax_max - D(round(float(cost), 2)).quantize(D("0.01"))
        )
    aside = {step.account: step for step in plan.cash if step.description == SET_ASIDE}
    first = replace(
        household,
        accounts=tuple(
            replace(
                account,
                flows=(
                    *account.flows,
                    *(DatedAmount(on=s.on, amount=s.amount) for s in [aside.get(account.id)] if s),
                ),
            )
            for account in household.accounts
        ),
    )
    (scope,) = lay_out(ordered(first)).scopes
    zones = {zone.policy.id: zone for zone in scope.zones}
    after = replace(filled(household, plan), objective=replace(objective, hold_below_bps=D(0)))

    def kept(row: ClassPolicy, *_: object, **__: object) -> Zone:
        # Under neutral names a class's own identity is what people call it.
        return replace(zones[row.id if row.id in zones else row.name], policy=row)

    with mock.patch.object(situations, "zone", kept):
        return proposing.propose(after, removal_costs=False)


def _cost(unit: TaxUnit, short: Decimal, long: Decimal) -> Fraction:
    """Tax less the worth of what is carried over, against doing nothing."""
    told = unit.income if unit.income is not None else unit.flat
    worth = Fraction(told.loss_value) if told is not None else Fraction(0)
    years = [
        year_by_hand.year(unit, *gains)
        for gains in ((Fraction(short), Fraction(long)), (Fraction(0), Fraction(0)))
    ]
    costs = [y.federal + y.niit + y.state - worth * (y.carry_short + y.carry_long) for y in years]
    return costs[0] - costs[1]


def plainly(household: Household) -> Household:
    """The household as its regular scan would look at it: no edits, the usual price of drift."""
    return replace(household, edits=(), objective=Objective())
