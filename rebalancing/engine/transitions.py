"""Legacy holdings wound down over years: the same engine, one gain budget a year.

Each year's plan is solved, carried out at unchanged prices, and the next year starts from what is left, with losses
carried over and nothing realized yet. Prices and tax tables stay those of the first year, and the answer says so: it
is a schedule, recomputed each year, not a forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Account, Household, Lot, WindDown
from rebalancing.engine.documents.plan import Order, Plan, Side
from rebalancing.engine.documents.tax_units import BudgetKind, GainBudget, TaxUnit
from rebalancing.engine.evaluation.standing_lots import averaged, part_of_gift
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.proposing import propose


@dataclass(frozen=True, slots=True)
class YearBudget:
    """The trade day of a year (a session of the exchange) and the most net gain for each tax unit, in dollars."""

    trade_on: date
    gain_limit: Decimal


@dataclass(frozen=True, slots=True)
class TransitionYear:
    """One year: its plan, and the legacy holdings before and after it in dollars at unchanged prices."""

    budget: YearBudget
    plan: Plan
    legacy_before: Decimal
    legacy_after: Decimal


@dataclass(frozen=True, slots=True)
class Transition:
    """The schedule. ``finished_on`` is the trade day that sells the last legacy share, None when some are left."""

    household: str
    legacy: tuple[str, ...]
    years: tuple[TransitionYear, ...]
    finished_on: date | None

    @property
    def tax(self) -> Decimal:
        """Tax of all years together, in dollars, undiscounted."""
        return sum((year.plan.tax_change for year in self.years), ZERO)


def legacy_in(household: Household) -> tuple[str, ...]:
    """Securities held that no sleeve names, sorted: what a transition winds down unless told otherwise."""
    named = {member.security for sleeve in household.policy.sleeves for member in sleeve.members}
    return tuple(sorted({lot.security for lot in household.lots} - named))


def wind_down(
    household: Household, budgets: Sequence[YearBudget], *, legacy: tuple[str, ...] | None = None
) -> Transition:
    """``legacy`` (by default ``legacy_in``) sold over ``budgets``, in order of day.

    Raises ValueError for budgets out of order; what ``propose`` raises, also for days beyond the market calendar.
    """
    names = legacy_in(household) if legacy is None else legacy
    days = [budget.trade_on for budget in budgets]
    if days != sorted(set(days)):
        raise ValueError(f"The trade days of a transition must rise: {', '.join(map(str, days))}.")
    known = {found.security: found for found in household.rules.wind_down}
    found = tuple(known.get(name, WindDown(security=name)) for name in names)
    now = replace(household, rules=replace(household.rules, wind_down=found))
    years: list[TransitionYear] = []
    finished: date | None = None
    for budget in budgets:
        asked = _in_year(now, budget, is_first=not years)
        plan = propose(asked, removal_costs=False)
        following = carry_out(asked, plan)
        before, after = _worth(asked, names), _worth(following, names)
        years.append(TransitionYear(budget, plan, before, after))
        if after == 0:
            finished = budget.trade_on
            break
        now = following
    return Transition(household.id, names, tuple(years), finished)


def _in_year(household: Household, budget: YearBudget, *, is_first: bool) -> Household:
    limit = GainBudget(limit=budget.gain_limit, kind=BudgetKind.HARD)
    units = tuple(replace(unit, gain_budget=limit) for unit in household.tax_units)
    if is_first:
        return replace(household, trade_on=budget.trade_on, tax_units=units)
    # Later years know no trades of the last 30 days, and what was due has been paid.
    return replace(
        household, as_of=budget.trade_on, trade_on=budget.trade_on, tax_units=units, recent_trades=()
    )


def _worth(household: Household, names: tuple[str, ...]) -> Decimal:
    prices = {security.id: security.price for security in household.securities}
    held = (lot.quantity * prices[lot.security] for lot in household.lots if lot.security in names)
    return cents(sum(held, ZERO))


def carry_out(household: Household, plan: Plan) -> Household:
    """The household after its plan at the plan's prices, in a new tax year: lots, cash and carryforwards."""
    household = averaged(household)
    sold = {sale.lot: sale for order in plan.orders for sale in order.lots}
    lots: list[Lot] = []
    for lot in household.lots:
        sale = sold.get(lot.id)
        if sale is None:
            lots.append(lot)
        elif sale.shares < lot.quantity and lot.gift is not None:
            lots.append(part_of_gift(lot, lot.quantity - sale.shares))
        elif sale.shares < lot.quantity:
            # What a sale's basis took over from another lot's disallowed loss was never this lot's.
            basis = lot.basis
            if lot.basis is not None:
                basis = None if sale.basis is None else lot.basis - (sale.basis - sale.added_basis)
            lots.append(replace(lot, quantity=lot.quantity - sale.shares, basis=basis))
    lots += [_bought(household, order) for order in plan.orders if order.side is Side.BUY]
    return replace(
        household,
        lots=tuple(lots),
        accounts=tuple(_after(account, plan) for account in household.accounts),
        tax_units=tuple(_next_year(unit, plan) for unit in household.tax_units),
        edits=(),
    )


def _bought(household: Household, order: Order) -> Lot:
    return Lot(
        id=f"{household.trade_on} {order.id}",
        account=order.account,
        security=order.security,
        quantity=order.shares,
        basis=order.amount,
        acquired=household.trade_on,
    )


def _after(account: Account, plan: Plan) -> Account:
    (row,) = [row for row in plan.after.accounts if row.account == account.id]
    return replace(account, cash_settled=row.cash, cash_unsettled=(), flows=())


def _next_year(unit: TaxUnit, plan: Plan) -> TaxUnit:
    (row,) = [row for row in plan.tax if row.tax_unit == unit.id]
    return replace(
        unit,
        realized_short=ZERO,
        realized_long=ZERO,
        realized_unknown="",
        carryforward_short=row.carryforward_short_after,
        carryforward_long=row.carryforward_long_after,
    )
