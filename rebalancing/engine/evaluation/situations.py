"""A household laid out for solving: looked-up rows, dated cash, values, and what weights refer to.

Everything here is exact and is read by the program, the rounding and the evaluation. The verifier makes its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    Destination,
    Household,
    Level,
    Lot,
    Security,
)
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation.standing_lots import averaged, with_gifts
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.settlement import settlement_date
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.bands import Band, Side, side_left
from rebalancing.engine.portfolio.class_values import by_class
from rebalancing.engine.portfolio.destinations import destination_of
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices

Position = tuple[str, str]  # Account, security.

# Edges are breaches themselves, so that "to the edge" stops this part of the half-width inside it.
EDGE_MARGIN = Decimal("0.02")
MEASURED_FROM_TARGET = frozenset({Mode.LEAST_TAX, Mode.LEAST_DRIFT})


@dataclass(frozen=True, slots=True)
class CashEvent:
    """Cash that moves on a day whatever we trade."""

    on: date
    amount: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Zone:
    """What deviations of a class cost, as fractions of the value: nothing at ``rest``, little up to ``lower`` and
    ``upper``, and much beyond.

    ``rest`` is the target, or the destination of a class that has left its band on the side ``left``: what is short of
    it there costs nearly as much as standing outside, and what goes past it more than another class can gain by that.
    """

    policy: ClassPolicy
    rest: Decimal
    lower: Decimal
    upper: Decimal
    breached: bool
    left: Side | None = None

    def rates(self, prices: ObjectivePrices) -> tuple[Decimal, Decimal]:
        """Dollars for each dollar below and above ``rest``, up to ``lower`` and ``upper``."""
        if self.left is None:
            return prices.inside, prices.inside
        if self.left is Side.UNDER:
            return prices.short, prices.past
        return prices.past, prices.short


@dataclass(frozen=True, slots=True)
class Scope:
    """What one set of weights refers to: the household (``account`` None), or one account. Sleeves that have targets stand
    beside the classes, since their values are in those of the classes already.
    """

    account: str | None
    accounts: tuple[str, ...]
    investable: Decimal
    values: dict[str, Decimal]
    zones: tuple[Zone, ...]
    sleeves: tuple[Zone, ...] = ()
    sleeve_values: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    household: Household
    accounts: dict[str, Account]
    securities: dict[str, Security]
    tax_units: dict[str, TaxUnit]
    lots: dict[str, Lot]
    lots_by_position: dict[Position, tuple[Lot, ...]]
    settles_on: dict[str, date]
    events: dict[str, tuple[CashEvent, ...]]
    values_by_account: dict[str, dict[str, Decimal]]
    scopes: tuple[Scope, ...]
    investable: Decimal
    minimum_trades: dict[str, Decimal]
    """The smallest order of each account, in dollars."""

    def quantity(self, position: Position) -> Decimal:
        return sum((lot.quantity for lot in self.lots_by_position.get(position, ())), ZERO)

    def cash_days(self, account: str) -> tuple[date, ...]:
        """The days on whose evening the account's cash is looked at: from the first on which a trade could settle to
        the last on which anything moves. They are the same whatever is traded, so that doing nothing can be compared."""
        settles = set(self.settles_on.values())
        moves = {event.on for event in self.events[account]}
        return tuple(sorted(day for day in settles | moves if day >= min(settles))) if settles else ()

    def cash_at_end(self, account: str) -> Decimal:
        """Cash of the account when everything known has happened and nothing is traded."""
        return self.accounts[account].cash_settled + sum((e.amount for e in self.events[account]), ZERO)


def lay_out(household: Household) -> Situation:
    """``household`` (rows in order, validated) as a situation, with average basis where it is in force."""
    household = with_gifts(averaged(household))
    accounts = {account.id: account for account in household.accounts}
    securities = {security.id: security for security in household.securities}
    grouped: dict[Position, list[Lot]] = defaultdict(list)
    for lot in household.lots:
        grouped[lot.account, lot.security].append(lot)
    lots_by_position = {position: tuple(grouped[position]) for position in sorted(grouped)}
    events = {account.id: _events(account) for account in household.accounts}
    cycles = {security.settles_in_days for security in household.securities}
    days = {cycle: settlement_date(household.trade_on, cycle, new_york()) for cycle in cycles}
    values = {
        account: _class_values(household, accounts[account], securities, lots_by_position, events[account])
        for account in accounts
    }
    scopes = _scopes(household, values)
    if household.policy.sleeve_targets:
        in_sleeves = {a: _sleeve_values(a, securities, lots_by_position) for a in accounts}
        scopes = tuple(_divided(household, scope, in_sleeves) for scope in scopes)
    return Situation(
        household=household,
        accounts=accounts,
        securities=securities,
        tax_units={unit.id: unit for unit in household.tax_units},
        lots={lot.id: lot for lot in household.lots},
        lots_by_position=lots_by_position,
        settles_on={security.id: days[security.settles_in_days] for security in household.securities},
        events=events,
        values_by_account=values,
        scopes=scopes,
        investable=sum((scope.investable for scope in scopes), ZERO),
        minimum_trades=_minimum_trades(household, securities),
    )


def _minimum_trades(household: Household, securities: dict[str, Security]) -> dict[str, Decimal]:
    """The smallest order of each account: in dollars, or the share of what the account holds where that is more."""
    rules = household.rules
    if rules.minimum_trade_weight is None:
        return {account.id: rules.minimum_trade for account in household.accounts}
    held = {account.id: account.cash_settled for account in household.accounts}
    for lot in household.lots:
        held[lot.account] += lot.quantity * securities[lot.security].price
    weight = rules.minimum_trade_weight
    return {account: max(rules.minimum_trade, value * weight) for account, value in held.items()}


def _events(account: Account) -> tuple[CashEvent, ...]:
    due = [CashEvent(c.on, c.amount, c.label or "unsettled trade") for c in account.cash_unsettled]
    due += [
        CashEvent(flow.on, flow.amount, flow.label or ("contribution" if flow.amount > 0 else "withdrawal"))
        for flow in account.flows
    ]
    return tuple(sorted(due, key=lambda event: (event.on, -event.amount, event.label)))


def _class_values(
    household: Household,
    account: Account,
    securities: dict[str, Security],
    lots_by_position: dict[Position, tuple[Lot, ...]],
    events: tuple[CashEvent, ...],
) -> dict[str, Decimal]:
    """The account's value by class; free cash under the cash class, or under "" where there is none."""
    held = (
        (
            securities[security].price * sum((lot.quantity for lot in lots), ZERO),
            [(part.asset_class, part.weight) for part in securities[security].weights],
        )
        for (owner, security), lots in lots_by_position.items()
        if owner == account.id
    )
    cash = account.cash_settled + sum((event.amount for event in events), ZERO) - account.minimum_cash
    return by_class(held, cash_class=household.policy.cash_class or "", cash=cash)


def _sleeve_values(
    account: str, securities: dict[str, Security], lots_by_position: dict[Position, tuple[Lot, ...]]
) -> dict[str, Decimal]:
    """The account's value by sleeve that has a target."""
    values: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for (owner, security_id), lots in lots_by_position.items():
        if owner == account:
            value = securities[security_id].price * sum((lot.quantity for lot in lots), ZERO)
            for part in securities[security_id].sleeves:
                values[part.sleeve] += value * part.weight
    return dict(values)


def _divided(household: Household, scope: Scope, values: dict[str, dict[str, Decimal]]) -> Scope:
    """``scope`` with the sleeves that have targets."""
    rows = household.policy.sleeve_targets
    total = {
        row.id: sum((values[account].get(row.id, ZERO) for account in scope.accounts), ZERO) for row in rows
    }
    mode, edge_is_breach = household.objective.mode, household.policy.edge_is_breach
    zones = tuple(
        zone(row, total[row.id], scope.investable, mode=mode, edge_is_breach=edge_is_breach)
        if row.is_measured
        # Nothing lies outside: each dollar away from the target costs the same.
        else Zone(policy=row, rest=row.target, lower=ZERO, upper=ONE, breached=False)
        for row in rows
    )
    return replace(scope, sleeves=zones, sleeve_values=total)


def _scopes(household: Household, values: dict[str, dict[str, Decimal]]) -> tuple[Scope, ...]:
    if household.level is Level.ACCOUNT:
        ids = [account.id for account in household.accounts if account.tradable]
        return tuple(_scope(household, account, (account,), values) for account in ids)
    return (_scope(household, None, tuple(values), values),)


def _scope(
    household: Household, account: str | None, members: tuple[str, ...], values: dict[str, dict[str, Decimal]]
) -> Scope:
    total: dict[str, Decimal] = {row.id: ZERO for row in household.policy.classes}
    for member in members:
        for asset_class, value in values[member].items():
            total[asset_class] = total.get(asset_class, ZERO) + value
    investable = sum(total.values(), ZERO)
    return Scope(
        account=account,
        accounts=members,
        investable=investable,
        values=total,
        zones=tuple(
            zone(
                row,
                total[row.id],
                investable,
                mode=household.objective.mode,
                edge_is_breach=household.policy.edge_is_breach,
            )
            for row in household.policy.classes
        ),
    )


def zone(row: ClassPolicy, value: Decimal, investable: Decimal, *, mode: Mode, edge_is_breach: bool) -> Zone:
    """The zone of a class: its band, with the destination it is brought to once it has left the band.

    Which edges are breaches themselves is the one rule of ``bands.side_left``.
    Modes that limit or lessen drift measure it from the target, wherever a class stands.
    """
    low, high = out_of_band(row, value, investable, edge_is_breach=edge_is_breach)
    lower = row.lower + (row.target - row.lower) * EDGE_MARGIN if row.lower > 0 else row.lower
    upper = row.upper - (row.upper - row.target) * EDGE_MARGIN if row.upper < 1 else row.upper
    if not (low or high) or mode in MEASURED_FROM_TARGET:
        return Zone(policy=row, rest=row.target, lower=lower, upper=upper, breached=low or high)
    left = Side.UNDER if low else Side.OVER
    stops_at_edge = row.destination is Destination.EDGE
    band = Band(row.target, lower, upper) if stops_at_edge else Band(row.target, row.lower, row.upper)
    rest = destination_of(band, left, row.destination)
    return Zone(policy=row, rest=rest, lower=lower, upper=upper, breached=True, left=left)


def out_of_band(
    row: ClassPolicy, value: Decimal, investable: Decimal, *, edge_is_breach: bool
) -> tuple[bool, bool]:
    """Whether the class has left its band below, and whether above; by multiplication, exact."""
    if investable <= 0:
        return False, False
    side = side_left(
        value,
        of=investable,
        lower=row.lower,
        target=row.target,
        upper=row.upper,
        edge_is_breach=edge_is_breach,
    )
    return side is Side.UNDER, side is Side.OVER
