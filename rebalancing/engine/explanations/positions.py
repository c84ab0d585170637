"""An evaluation as the parts of a plan: positions before and after, tax by return, cash by day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext

from rebalancing.engine.documents.household import SleeveTarget
from rebalancing.engine.documents.plan import (
    AccountPosition,
    BudgetUse,
    CashStep,
    ClassPosition,
    Position,
    Side,
    UnitTax,
)
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.evaluation.evaluate import Evaluation, sleeve_values
from rebalancing.engine.evaluation.order_lines import Line
from rebalancing.engine.evaluation.shortfalls import budget_used
from rebalancing.engine.evaluation.situations import Situation, Zone, out_of_band
from rebalancing.engine.money import ONE, ZERO, cents

WEIGHT = Decimal("0.000001")
RATE = Decimal("0.0001")
STEP = Decimal(100)  # Dollars of gain over which a marginal rate is taken.


def weight(part: Decimal, whole: Decimal) -> Decimal:
    """``part`` of ``whole`` to a hundredth of a basis point; zero of nothing."""
    return (part / whole).quantize(WEIGHT, rounding=ROUND_HALF_EVEN) if whole > 0 else ZERO


def weights_to_one(values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Each value's part of their sum to a hundredth of a basis point, so that the parts add up to exactly one.

    Rounded down; the steps then missing go to the largest remainders, among equals to the first name. All are
    zero where there is nothing to divide.
    """
    whole = sum(values.values(), ZERO)
    if whole <= 0:
        return dict.fromkeys(values, ZERO)
    # Remainders are told apart in dollars, where they are exact: as fractions equal ones may differ in the last digit.
    with localcontext(prec=60):
        down = {
            name: (value / whole).quantize(WEIGHT, rounding=ROUND_FLOOR) for name, value in values.items()
        }
        left = {name: value - down[name] * whole for name, value in values.items()}
    missing = int((ONE - sum(down.values(), ZERO)) / WEIGHT)
    for name in sorted(left, key=lambda name: (-left[name], name))[:missing]:
        down[name] += WEIGHT
    return down


def position(situation: Situation, evaluation: Evaluation) -> Position:
    """Weights and values after the evaluation's lines. Weights are of the value that is left after spreads."""
    classes: list[ClassPosition] = []
    sleeves: list[ClassPosition] = []
    in_sleeves = sleeve_values(situation, evaluation.lines)
    apart, total, worst = ZERO, ZERO, ZERO
    for scope in situation.scopes:
        values = evaluation.values[scope.account]
        investable = sum(values.values(), ZERO)
        total += investable
        weights = weights_to_one(values)
        for zone in scope.zones:
            row, value = zone.policy, values[zone.policy.id]
            low, high = out_of_band(
                row, value, investable, edge_is_breach=situation.household.policy.edge_is_breach
            )
            distance = abs(value - row.target * investable)
            apart += distance
            worst = max(worst, weight(distance, investable))
            classes.append(
                ClassPosition(
                    account=scope.account,
                    asset_class=row.id,
                    value=cents(value),
                    weight=weights[row.id],
                    target=row.target,
                    lower=row.lower,
                    upper=row.upper,
                    out_of_band=low or high,
                )
            )
        for zone in scope.sleeves:
            value = in_sleeves[scope.account][zone.policy.id]
            sleeves.append(_sleeve(situation, scope.account, zone, value, investable))
    return Position(
        investable=cents(total),
        drift=weight(apart / 2, total),
        drift_max=worst,
        classes=tuple(classes),
        accounts=_accounts(situation, evaluation),
        sleeves=tuple(sleeves),
    )


def _sleeve(
    situation: Situation, account: str | None, zone: Zone, value: Decimal, investable: Decimal
) -> ClassPosition:
    """A sleeve that has a target. Where only its class's band counts, it is never outside."""
    row = zone.policy
    assert isinstance(row, SleeveTarget), "only sleeves stand beside the classes"
    sides = out_of_band(row, value, investable, edge_is_breach=situation.household.policy.edge_is_breach)
    return ClassPosition(
        account=account,
        asset_class=row.id,
        value=cents(value),
        weight=weight(value, investable),
        target=row.target,
        lower=row.lower,
        upper=row.upper,
        out_of_band=row.is_measured and any(sides),
    )


def _accounts(situation: Situation, evaluation: Evaluation) -> tuple[AccountPosition, ...]:
    holdings: dict[str, Decimal] = dict.fromkeys(situation.accounts, ZERO)
    for (account, security), lots in situation.lots_by_position.items():
        holdings[account] += sum((lot.quantity for lot in lots), ZERO) * situation.securities[security].price
    for line in evaluation.lines:
        value = line.shares * situation.securities[line.security].price
        holdings[line.account] += value if line.side is Side.BUY else -value
    return tuple(
        AccountPosition(
            account=account,
            holdings=cents(value),
            cash=evaluation.cash_end[account],
            total=cents(value) + evaluation.cash_end[account],
        )
        for account, value in holdings.items()
    )


def taxes(situation: Situation, evaluation: Evaluation) -> tuple[UnitTax, ...]:
    """Each return with and without the plan, both computed in full, every part to the cent."""
    return tuple(_unit_tax(unit, evaluation) for unit in situation.household.tax_units)


def gain_budget(situation: Situation, evaluation: Evaluation) -> BudgetUse | None:
    """What the returns together use of the household's budget; None without one."""
    budget = situation.household.rules.gain_budget
    if budget is None:
        return None
    before, after = budget_used(situation, evaluation.taxes)
    return BudgetUse(limit=budget.limit, used_before=before, used=after)


def _unit_tax(unit: TaxUnit, evaluation: Evaluation) -> UnitTax:
    gains = evaluation.gains[unit.id]
    before, after = unit_taxes.compute(unit, ZERO, ZERO), evaluation.taxes[unit.id]
    parts = {
        "federal_before": cents(before.federal),
        "federal_after": cents(after.federal),
        "minimum_tax_before": cents(before.minimum_tax),
        "minimum_tax_after": cents(after.minimum_tax),
        "niit_before": cents(before.niit),
        "niit_after": cents(after.niit),
        "state_before": cents(before.state),
        "state_after": cents(after.state),
    }
    change = sum(
        (parts[f"{name}_after"] - parts[f"{name}_before"] for name in ("federal", "niit", "state")), ZERO
    )
    base = sum(unit_taxes.base(unit), ZERO)
    return UnitTax(
        tax_unit=unit.id,
        method="full law" if unit.income is not None else "flat rates",
        short=gains.short,
        long=gains.long,
        disallowed=gains.disallowed,
        deferred=gains.deferred,
        net_short=after.net_short,
        net_long=after.net_long,
        change=change,
        carryforward_short_after=cents(after.carryforward_short),
        carryforward_long_after=cents(after.carryforward_long),
        marginal_short=_marginal(unit, gains.short + STEP, gains.long, after),
        marginal_long=_marginal(unit, gains.short, gains.long + STEP, after),
        budget_limit=unit.gain_budget.limit if unit.gain_budget else None,
        budget_used_before=max(ZERO, base) if unit.gain_budget else None,
        budget_used=max(ZERO, after.net_short + after.net_long) if unit.gain_budget else None,
        **parts,
    )


def _marginal(unit: TaxUnit, short: Decimal, long: Decimal, now: unit_taxes.UnitComputation) -> Decimal:
    more = unit_taxes.compute(unit, short, long)
    return ((more.total - now.total) / STEP).quantize(RATE, rounding=ROUND_HALF_EVEN)


def cash(situation: Situation, lines: tuple[Line, ...]) -> tuple[CashStep, ...]:
    """Every account's cash, movement by movement; on each day what comes in stands before what goes out."""
    steps: list[CashStep] = []
    for account in situation.household.accounts:
        moves = [(event.on, 0 if event.amount > 0 else 2, event.label, event.amount)
                 for event in situation.events[account.id]]  # fmt: skip
        for line in lines:
            if line.account == account.id:
                name = situation.securities[line.security].symbol or line.security
                if line.side is Side.SELL:
                    moves.append((line.settles_on, 1, f"sale of {name}", line.amount))
                else:
                    moves.append((line.settles_on, 3, f"purchase of {name}", -line.amount))
        balance = account.cash_settled
        steps.append(CashStep(account=account.id, on=situation.household.as_of, description="settled cash",
                              amount=balance, balance=balance))  # fmt: skip
        for on, _, what, amount in sorted(moves):
            balance += amount
            steps.append(
                CashStep(account=account.id, on=on, description=what, amount=amount, balance=balance)
            )
    return tuple(steps)


def rounded_terms(terms: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The terms of an objective to the cent."""
    return {name: cents(amount) for name, amount in terms.items()}
