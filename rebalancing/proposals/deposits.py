"""What deposit would cure the drift, and what a given deposit or withdrawal would do, by class and without a plan.

Nothing is sold for a deposit and nothing bought on a withdrawal. Money stays in its account: a deposit is spent where it
arrives, a withdrawal is raised where it leaves, from cash first and then from what is over target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from compliance.refusals import BadInput
from rebalancing.engine.documents.faults import MONEY_MAX
from rebalancing.engine.documents.household import Account, ClassPolicy
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation import tradables
from rebalancing.engine.evaluation.situations import Scope, Situation, lay_out
from rebalancing.engine.market.allocations import apportion
from rebalancing.engine.money import CENT
from rebalancing.engine.portfolio import cash_flows
from rebalancing.engine.portfolio.bands import side_left
from rebalancing.engine.portfolio.cash_flows import Method
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Into:
    """An account that a deposit could go to; `cannot_buy` are classes that are short and not for sale there."""

    account: Account
    cannot_buy: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.account.name or self.account.id


@dataclass(frozen=True, slots=True)
class Cure:
    """The smallest deposits into the household, or into an account that is measured by itself, in dollars: one that brings
    every class inside its band, and one that brings every class to its target. None where no deposit does it, zero where
    none is needed. `spare` is cash that is there already and is spent first.
    """

    account: str | None
    name: str
    spare: Decimal
    into_bands: Decimal | None
    to_targets: Decimal | None
    into: tuple[Into, ...]
    in_the_way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One class: what is bought (positive) or sold there, and where it stands before and after."""

    asset_class: str
    name: str
    trade: Decimal
    before: Decimal
    after: Decimal
    lower: Decimal
    target: Decimal
    upper: Decimal
    is_outside: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What an amount would do: positive comes in, negative goes out. `from_cash` is paid out of cash that is there."""

    account: Account
    amount: Decimal
    from_cash: Decimal
    lines: tuple[Line, ...]
    left_in_cash: tuple[str, ...]

    @property
    def outside(self) -> tuple[str, ...]:
        return tuple(line.name for line in self.lines if line.is_outside)


def cures(portfolio: Portfolio) -> tuple[Cure, ...]:
    """The deposits that would cure the drift, of the household or of each account that is measured by itself."""
    situation = lay_out(ordered(portfolio.household))
    buys = _buys(situation)
    return tuple(
        _cure(portfolio, situation, scope, buys) for scope in situation.scopes if scope.investable > ZERO
    )


def _cure(
    portfolio: Portfolio, situation: Situation, scope: Scope, buys: Mapping[str, frozenset[str]]
) -> Cure:
    rows = {row.id: row for row in portfolio.household.policy.classes}
    names = {key: row.name or key for key, row in rows.items()}
    cash_class = portfolio.household.policy.cash_class or ""
    wanted = {key for key, row in rows.items() if row.target > ZERO and key != cash_class}
    short = {key for key in wanted if scope.values[key] < rows[key].target * scope.investable}
    tradable = [one for one in scope.accounts if situation.accounts[one].tradable]
    spare = sum((_free(situation, one) for one in tradable if short <= buys[one]), ZERO)
    fixed = dict(scope.values)
    fixed[cash_class] = fixed.get(cash_class, ZERO) - spare
    if fixed[cash_class] < ZERO:
        # Money that is due and not there yet is part of what a deposit has to bring.
        spare, fixed[cash_class] = spare + fixed[cash_class], ZERO
    into_bands = cash_flows.contribution_into_bands(
        fixed,
        {key: (row.lower, row.upper) for key, row in rows.items()},
        edge_is_breach=portfolio.edge_is_breach,
    )
    to_targets = cash_flows.contribution_without_sale(fixed, {key: row.target for key, row in rows.items()})
    is_inside = not any(zone.breached for zone in scope.zones)
    account = situation.accounts[scope.account] if scope.account else None
    return Cure(
        account=scope.account,
        name=(account.name or account.id) if account else "",
        spare=max(ZERO, spare),
        into_bands=ZERO if is_inside else _less(into_bands, spare),
        to_targets=_less(to_targets, spare),
        into=tuple(
            Into(situation.accounts[one], tuple(sorted(names[key] for key in short - buys[one])))
            for one in tradable
        ),
        in_the_way=tuple(sorted(names[key] for key, value in fixed.items() if value and not rows[key].upper)),
    )


def _less(needed: Decimal | None, spare: Decimal) -> Decimal | None:
    return None if needed is None else max(ZERO, needed - spare).quantize(CENT, rounding=ROUND_CEILING)


def effect(portfolio: Portfolio, *, account: str, amount: Decimal) -> Effect:
    """What depositing `amount` into an account would do, or, where it is negative, withdrawing it.

    Raises `BadInput` for an amount or an account with which nothing can be computed.
    """
    situation = lay_out(ordered(portfolio.household))
    if account not in situation.accounts:
        raise BadInput("This household has no such account.", "Choose one of its open accounts.")
    if not amount or abs(amount) > MONEY_MAX or amount != amount.quantize(CENT):
        raise BadInput("An amount is dollars and cents and not zero.", "Type an amount such as 50,000.")
    scope = next((one for one in situation.scopes if account in one.accounts), None)
    if scope is None:
        raise BadInput(
            f"{situation.accounts[account].name} is not traded: {situation.accounts[account].not_tradable_reason}",
            "Choose an account that is traded.",
        )
    if amount < ZERO:
        return _withdrawal(portfolio, situation, scope, account, -amount)
    return _deposit(portfolio, situation, scope, account, amount)


def _deposit(
    portfolio: Portfolio, situation: Situation, scope: Scope, account: str, amount: Decimal
) -> Effect:
    """New cash buys what is furthest below target, of what the account may buy; the rest stays cash."""
    rows = _rows(portfolio)
    cash_class = portfolio.household.policy.cash_class or ""
    targets = {key: row.target for key, row in rows.items()}
    values = {key: max(ZERO, value) for key, value in scope.values.items()}
    parts = cash_flows.to_cents(cash_flows.trades(values, targets, amount, Method.LEAST_SQUARES))
    may_buy = _buys(situation)[account]
    trades = {key: part for key, part in parts.items() if key != cash_class and part and key in may_buy}
    missing = [rows[key].name or key for key, part in parts.items() if part and key not in may_buy]
    left = tuple(
        sorted(name for name in missing if name != (rows[cash_class].name if cash_class in rows else ""))
    )
    return _told(portfolio, situation, scope, account, amount, trades, from_cash=ZERO, left_in_cash=left)


def _withdrawal(
    portfolio: Portfolio, situation: Situation, scope: Scope, account: str, amount: Decimal
) -> Effect:
    """Cash that is there goes first; the rest is sold of what the account holds, from what is furthest above target."""
    cash_class = portfolio.household.policy.cash_class or ""
    free = _free(situation, account)
    held = {
        key: value
        for key, value in situation.values_by_account[account].items()
        if key != cash_class and value > ZERO
    }
    name = situation.accounts[account].name or account
    there = free + sum(held.values(), ZERO)
    if amount > there:
        raise BadInput(
            f"{name} holds {dollars(there, cents=True)} above its minimum cash, and {dollars(amount, cents=True)} is more than that.",
            "Ask for less, or choose another account.",
        )
    from_cash = min(free, amount)
    to_sell = amount - from_cash
    values = {key: max(ZERO, value) for key, value in scope.values.items()}
    values[cash_class] = max(ZERO, values.get(cash_class, ZERO) - from_cash)
    targets = {key: row.target for key, row in _rows(portfolio).items()}
    asked = cash_flows.trades(values, targets, -to_sell, Method.LEAST_SQUARES) if to_sell else {}
    sold = {key: min(-asked.get(key, ZERO), value) for key, value in held.items()}
    left = to_sell - sum(sold.values(), ZERO)
    if left > ZERO:
        rest = {key: value - sold[key] for key, value in held.items()}
        total = sum(rest.values(), ZERO)
        sold = {key: sold[key] + left * part / total for key, part in rest.items()} if total else sold
    in_cents = apportion(to_sell, sold, step=CENT) if to_sell else {}
    trades = {key: -part for key, part in in_cents.items() if part}
    return _told(portfolio, situation, scope, account, -amount, trades, from_cash=from_cash, left_in_cash=())


def _told(
    portfolio: Portfolio,
    situation: Situation,
    scope: Scope,
    account: str,
    amount: Decimal,
    trades: Mapping[str, Decimal],
    *,
    from_cash: Decimal,
    left_in_cash: tuple[str, ...],
) -> Effect:
    cash_class = portfolio.household.policy.cash_class or ""
    moved = {**trades, cash_class: amount - sum(trades.values(), ZERO)}
    after = {key: value + moved.get(key, ZERO) for key, value in scope.values.items()}
    whole = sum(after.values(), ZERO)
    weights = cash_flows.weights_after(scope.values, moved) if whole > ZERO else {}
    return Effect(
        account=situation.accounts[account],
        amount=amount,
        from_cash=from_cash,
        lines=tuple(
            replace(
                _line(portfolio, row, trades.get(row.id, ZERO), scope, value=after[row.id], whole=whole),
                after=weights.get(row.id, ZERO),
            )
            for row in portfolio.household.policy.classes
        ),
        left_in_cash=left_in_cash,
    )


def _line(
    portfolio: Portfolio, row: ClassPolicy, trade: Decimal, scope: Scope, *, value: Decimal, whole: Decimal
) -> Line:
    side = side_left(
        value,
        of=whole,
        lower=row.lower,
        target=row.target,
        upper=row.upper,
        edge_is_breach=portfolio.edge_is_breach,
    )
    return Line(
        asset_class=row.id,
        name=row.name or row.id,
        trade=trade,
        before=scope.values[row.id] / scope.investable if scope.investable else ZERO,
        after=ZERO,
        lower=row.lower,
        target=row.target,
        upper=row.upper,
        is_outside=whole > ZERO and side is not None,
    )


def _rows(portfolio: Portfolio) -> dict[str, ClassPolicy]:
    return {row.id: row for row in portfolio.household.policy.classes}


def _free(situation: Situation, account: str) -> Decimal:
    """Cash of an account above its minimum and what is kept for money due out."""
    return max(ZERO, situation.cash_at_end(account) - situation.accounts[account].minimum_cash)


def _buys(situation: Situation) -> dict[str, frozenset[str]]:
    """The classes that each account may buy today."""
    found: dict[str, set[str]] = {account: set() for account in situation.accounts}
    for unit in tradables.find(situation).open_buys():
        found[unit.account] |= {part.asset_class for part in situation.securities[unit.security].weights}
    return {account: frozenset(classes) for account, classes in found.items()}
