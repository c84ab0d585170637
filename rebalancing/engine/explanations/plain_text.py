"""A plan as plain text for advisors and clients.

Every number comes from the plan; a household document only supplies names of accounts, securities and classes.
"""

from __future__ import annotations

from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import ClassPosition, Order, Plan, Side, State, UnitTax
from rebalancing.engine.documents.serializing import decimal_text
from rebalancing.engine.money import ZERO
from rebalancing.engine.wording import capitalized, dollars, percent, percents

SKIPPED_SHOWN = 8


def page(plan: Plan, household: Household | None = None) -> str:
    """The whole explanation as text with headings; ends with a line break."""
    names = _Names(household)
    parts = [
        _head(plan),
        _weights(plan, names),
        _orders(plan, names),
        _tax(plan, names),
        _passed_over(plan, names),
        _rules(plan),
        _quality(plan),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


class _Names:
    """What people call things; identities where no household was given."""

    def __init__(self, household: Household | None) -> None:
        self.accounts = {a.id: a.name or a.id for a in household.accounts} if household else {}
        self.securities = {s.id: s.symbol or s.id for s in household.securities} if household else {}
        self.classes = {c.id: c.name or c.id for c in household.policy.classes} if household else {}
        self.units = {u.id: u.name or u.id for u in household.tax_units} if household else {}

    def account(self, id_: str) -> str:
        return self.accounts.get(id_, id_)

    def security(self, id_: str) -> str:
        return self.securities.get(id_, id_)

    def asset_class(self, id_: str) -> str:
        return self.classes.get(id_, id_)

    def unit(self, id_: str) -> str:
        return self.units.get(id_, id_)


def _head(plan: Plan) -> str:
    opening = {
        State.READY: "We suggest trading.",
        State.HOLD: "We suggest leaving this household as it is.",
        State.IMPOSSIBLE: "The request cannot be met in full.",
        State.UNPROVEN: "No plan was found that meets the request in full.",
    }[plan.state]
    if plan.before.investable <= 0:
        left = "After payments due and minimum cash, this household has nothing left to invest."
        return f"# {opening}\n\n{plan.summary} {left}"
    drift = (
        f"The distance from target is {percent(plan.before.drift)} of {dollars(plan.before.investable)}"
        + (f" and would be {percent(plan.after.drift)} afterwards." if plan.orders else ".")
    )
    return f"# {opening}\n\n{plan.summary} {drift}"


def _weights(plan: Plan, names: _Names) -> str:
    if plan.before.investable <= 0:
        return ""
    after = {(row.account, row.asset_class): row for row in plan.after.classes}
    lines = ["## Where the household stands", ""]
    for row in plan.before.classes:
        lines.append(_class_line(row, after.get((row.account, row.asset_class), row), plan, names))
    return "\n".join(lines)


def _class_line(before: ClassPosition, after: ClassPosition, plan: Plan, names: _Names) -> str:
    where = f"{names.account(before.account)}, " if before.account else ""
    state = "outside its band" if before.out_of_band else "inside its band"
    now, then, lower, upper, target = percents(
        before.weight, after.weight, before.lower, before.upper, also=(before.target,)
    )
    line = (
        f"- {where}{names.asset_class(before.asset_class)}: {now} against a target of"
        f" {target} (band {lower} to {upper}), {state}"
    )
    return f"{line}; {then} after the trades." if plan.orders else f"{line}."


def _orders(plan: Plan, names: _Names) -> str:
    if not plan.orders:
        return ""
    lines = ["## What to trade, and why"]
    removal_costs = {row.order: row.explanation for row in plan.removal_costs}
    for account in dict.fromkeys(order.account for order in plan.orders):
        lines += ["", f"In {names.account(account)}:", ""]
        for order in plan.orders:
            if order.account == account:
                lines.append(_order_line(order, names, removal_costs.get(order.id, "")))
    return "\n".join(lines)


def _order_line(order: Order, names: _Names, removal_cost: str) -> str:
    verb = "Sell" if order.side is Side.SELL else "Buy"
    text = f"- {verb} {decimal_text(order.shares)} {names.security(order.security)} for about {dollars(order.amount)}."
    return " ".join(part for part in (text, order.explanation, removal_cost) if part)


def _tax(plan: Plan, names: _Names) -> str:
    if not plan.orders:
        return ""
    lines = ["## What it means for taxes", ""]
    if plan.tax_change == 0:
        lines.append("The trades do not change this year's tax.")
    elif plan.tax_change > 0:
        lines.append(f"The trades raise this year's tax by an estimated {dollars(plan.tax_change)}.")
    else:
        lines.append(f"The trades lower this year's tax by an estimated {dollars(-plan.tax_change)}.")
    lines += [text for row in plan.tax if (text := _unit_line(row, names))]
    if (budget := plan.gain_budget) is not None:
        text = f"- All returns together use {dollars(budget.used)} of the household's gain budget of {dollars(budget.limit)}"
        over = (
            f"; before the trades it was {dollars(budget.used_before)}" if budget.used > budget.limit else ""
        )
        lines.append(f"{text}{over}.")
    return "\n".join(lines)


def _unit_line(row: UnitTax, names: _Names) -> str:
    if row.short == 0 and row.long == 0 and row.disallowed == 0:
        return ""
    parts = []
    for amount, kind in ((row.short, "short-term"), (row.long, "long-term")):
        if amount != 0:
            parts.append(f"{'a gain' if amount > 0 else 'a loss'} of {dollars(abs(amount))} {kind}")
    text = (
        f"- {names.unit(row.tax_unit)}: {' and '.join(parts) or 'no gain or loss'}, tax {dollars(row.change)}"
    )
    if row.disallowed:
        text += f"; {dollars(row.disallowed)} of the losses cannot be used (wash sale)"
    carried = row.carryforward_short_after + row.carryforward_long_after
    if carried:
        text += f"; losses of {dollars(carried)} are carried to next year"
    if row.budget_limit is not None and row.budget_used is not None:
        text += f"; {dollars(row.budget_used)} of a gain budget of {dollars(row.budget_limit)} used"
    return f"{text}."


def _passed_over(plan: Plan, names: _Names) -> str:
    if not plan.skipped:
        return ""
    lines = ["## What was not traded", ""]
    text: dict[tuple[str, str, str], int] = {}
    for item in plan.skipped:
        key = (names.account(item.account), names.security(item.security), item.explanation)
        text[key] = text.get(key, 0) + 1
    for (account, security, why), count in list(text.items())[:SKIPPED_SHOWN]:
        lots = f" ({count} lots)" if count > 1 else ""
        lines.append(f"- {security} in {account}{lots}: {why}")
    rest = len(text) - SKIPPED_SHOWN
    if rest > 0:
        lines.append(f"- and {rest} more.")
    return "\n".join(lines)


def _rules(plan: Plan) -> str:
    lines = [f"- {rule.explanation}" for rule in plan.binding]
    lines += [f"- {capitalized(slack.explanation)}." for slack in plan.slack]
    lines += [f"- {warning}" for warning in plan.warnings]
    return "\n".join(["## Rules and warnings", "", *lines]) if lines else ""


def _quality(plan: Plan) -> str:
    best = max(ZERO, plan.objective - plan.bound)
    left_out = f" {plan.fewer_orders.explanation}" if plan.fewer_orders is not None else ""
    uncounted = f" It leaves out {'; '.join(plan.not_modeled)}." if plan.not_modeled else ""
    return (
        "## How close to optimal\n\n"
        f"No plan under these rules does better by more than {dollars(best)}"
        f" ({decimal_text(plan.gap_bps)} basis points of the value).{left_out} Amounts are estimates at the prices of the"
        f" document; the tax is this year's, computed in full with and without the trades.{uncounted}"
    )
