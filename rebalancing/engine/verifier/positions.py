"""Positions: every class and account before and after, valued again from lots, prices and cash."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import ClassPolicy, Level, Policy
from rebalancing.engine.documents.plan import Position, Side
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.verifier.case import Case, Orders, differs, once

STEPS = 1_000_000  # Weights are claimed_row to a hundredth of a basis point.
Values = dict[str | None, dict[str, Decimal]]


@once
def class_values(case: Case, orders: Orders) -> Values:
    """Dollars of each class, in the household or in each traded account; free cash under the cash class or ""."""
    household = case.household
    by_account = household.level is Level.ACCOUNT
    scopes = [a.id for a in household.accounts if a.tradable] if by_account else [None]
    names = [row.id for row in household.policy.classes]
    found: Values = {scope: dict.fromkeys(names, ZERO) for scope in scopes}
    cash_class = household.policy.cash_class or ""

    def add(account: str, asset_class: str, amount: Decimal) -> None:
        scope = account if by_account else None
        if scope in found:
            found[scope][asset_class] = found[scope].get(asset_class, ZERO) + amount

    def hold(account: str, security_id: str, shares: Decimal) -> None:
        security = case.securities[security_id]
        for part in security.weights:
            add(account, part.asset_class, shares * security.price * part.weight)

    for (owner, security_id), shares in case.held.items():
        hold(owner, security_id, shares)
    for account in household.accounts:
        known = account.cash_settled + sum((event[1] for event in case.events[account.id]), ZERO)
        add(account.id, cash_class, known - account.minimum_cash)
    for order in orders:
        sign = 1 if order.side is Side.BUY else -1
        hold(order.account, order.security, sign * order.shares)
        add(order.account, cash_class, -sign * order.amount)
    return found


@once
def sleeve_values(case: Case, orders: Orders) -> Values:
    """Dollars of each sleeve that has a target, in the household or in each traded account."""
    household = case.household
    by_account = household.level is Level.ACCOUNT
    found: Values = {
        scope: {row.id: ZERO for row in household.policy.sleeve_targets} for scope in class_values(case, ())
    }
    moves = [(at[0], at[1], shares) for at, shares in case.held.items()]
    moves += [(o.account, o.security, o.shares if o.side is Side.BUY else -o.shares) for o in orders]
    for account, security, shares in moves:
        scope = account if by_account else None
        for part in case.securities[security].sleeves if scope in found else ():
            found[scope][part.sleeve] += shares * case.securities[security].price * part.weight
    return found


def is_out(policy: Policy, row: ClassPolicy, value: Decimal, whole: Decimal) -> bool:
    """Whether a class is outside its band. An edge is outside too where the policy says so, but for edges at 0, at 1
    and at the target."""
    if whole <= 0:
        return False
    low, high = row.lower * whole, row.upper * whole
    if not policy.edge_is_breach:
        return value < low or value > high
    on_low = value == low and row.lower not in {ZERO, row.target}
    on_high = value == high and row.upper not in {Decimal(1), row.target}
    return value < low or on_low or value > high or on_high


def before_and_after(case: Case) -> Iterator[Fault]:
    """Both positions of the plan, figure by figure."""
    yield from _position(case, "/before", case.plan.before, ())
    yield from _position(case, "/after", case.plan.after, case.plan.orders)


def _weight(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole).quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN) if whole > 0 else ZERO


def _weights(by_class: dict[str, Decimal]) -> dict[str, Decimal]:
    """Weights in steps of a millionth that add up to one: the steps left over go to the largest remainders."""
    whole = Fraction(sum(by_class.values(), ZERO))
    if whole <= 0:
        return dict.fromkeys(by_class, ZERO)
    exact = {name: Fraction(value) * STEPS / whole for name, value in by_class.items()}
    steps = {name: part.numerator // part.denominator for name, part in exact.items()}
    left = STEPS - sum(steps.values())
    for name in sorted(exact, key=lambda name: (steps[name] - exact[name], name))[:left]:
        steps[name] += 1
    return {name: Decimal(count) / STEPS for name, count in steps.items()}


def _position(case: Case, pointer: str, claimed: Position, orders: Orders) -> Iterator[Fault]:
    values = class_values(case, orders)
    rows: list[tuple[object, ...]] = []
    total, apart, worst = ZERO, ZERO, ZERO
    for scope, by_class in values.items():
        whole = sum(by_class.values(), ZERO)
        total += whole
        weights = _weights(by_class)
        for row in case.household.policy.classes:
            value = by_class[row.id]
            distance = abs(value - row.target * whole)
            apart += distance
            worst = max(worst, _weight(distance, whole))
            rows.append((scope, row.id, cents(value), weights[row.id], row.target, row.lower, row.upper,
                         is_out(case.household.policy, row, value, whole)))  # fmt: skip
    yield from _sleeves(case, pointer, claimed, orders)
    given = [
        (c.account, c.asset_class, c.value, c.weight, c.target, c.lower, c.upper, c.out_of_band)
        for c in claimed.classes
    ]
    if len(given) != len(rows):
        yield Fault(f"{pointer}/classes", f"lists {len(given)} classes; there are {len(rows)}")
    for at, (claimed_row, found) in enumerate(zip(given, rows, strict=False)):
        yield from differs(f"{pointer}/classes/{at}", "class", claimed_row, found)
    yield from differs(f"{pointer}/investable", "investable", claimed.investable, cents(total))
    yield from differs(f"{pointer}/drift", "drift", claimed.drift, _weight(apart / 2, total))
    yield from differs(f"{pointer}/drift_max", "largest drift", claimed.drift_max, worst)
    yield from _accounts(case, f"{pointer}/accounts", claimed, orders)


def _sleeves(case: Case, pointer: str, claimed: Position, orders: Orders) -> Iterator[Fault]:
    """The sleeves that have targets; where only the band of their class counts, none is outside."""
    whole = {scope: sum(values.values(), ZERO) for scope, values in class_values(case, orders).items()}
    rows = [
        (scope, row.id, cents(values[row.id]), _weight(values[row.id], whole[scope]), row.target, row.lower, row.upper,
         row.is_measured and is_out(case.household.policy, row, values[row.id], whole[scope]))
        for scope, values in sleeve_values(case, orders).items()
        for row in case.household.policy.sleeve_targets
    ]  # fmt: skip
    given = [
        (c.account, c.asset_class, c.value, c.weight, c.target, c.lower, c.upper, c.out_of_band)
        for c in claimed.sleeves
    ]
    yield from differs(f"{pointer}/sleeves", "sleeves", given, rows)


def _accounts(case: Case, pointer: str, claimed: Position, orders: Orders) -> Iterator[Fault]:
    rows = []
    for account in case.household.accounts:
        own = [(at[1], shares) for at, shares in case.held.items() if at[0] == account.id]
        held = sum((shares * case.securities[security].price for security, shares in own), ZERO)
        cash = account.cash_settled + sum((event[1] for event in case.events[account.id]), ZERO)
        for order in orders:
            if order.account == account.id:
                sign = 1 if order.side is Side.BUY else -1
                held += sign * case.value(order)
                cash -= sign * order.amount
        rows.append((account.id, cents(held), cash, cents(held) + cash))
    given = [(row.account, row.holdings, row.cash, row.total) for row in claimed.accounts]
    yield from differs(pointer, "accounts", given, rows)
