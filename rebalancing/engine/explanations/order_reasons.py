"""Why each order is there, what was skipped and which limits bind, read from the dual values of the optimum.

At the optimum the net benefit of selling one dollar is: reduction of class deviations + value of cash in the account -
gain × marginal rate - spread. The largest term is the reason; each is a dual value of a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from rebalancing.engine.documents.household import SleeveTarget
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Binding, Limit, Reason, Side, Skipped, SkipReason
from rebalancing.engine.evaluation import harvesting, household_wash_sales
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.order_lines import Line
from rebalancing.engine.evaluation.situations import Situation, Zone
from rebalancing.engine.evaluation.tradables import Opportunities, SellUnit
from rebalancing.engine.explanations import harvest_reasons
from rebalancing.engine.explanations.names import (
    account_name,
    class_name,
    group_name,
    rule_name,
    security_name,
    sentence,
)
from rebalancing.engine.model.classes import parts_of
from rebalancing.engine.model.program import Program
from rebalancing.engine.model.trades import POSITION
from rebalancing.engine.money import ONE, ZERO, cents
from rebalancing.engine.search.highs import Solution
from rebalancing.engine.search.nodes import Node
from rebalancing.engine.wording import dollars, percents

NEGLIGIBLE = 1e-7
SKIPPED_MAX = 60
PRICE = Decimal("0.000001")
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Optimum:
    """The optimum with its dual values, and the program and branch it belongs to."""

    program: Program
    solution: Solution
    node: Node

    def class_relief(self, account: str, security: str) -> tuple[float, str]:
        """What one dollar less of the security saves in class deviations, over all its classes, and the class that
        contributes most."""
        situation = self.program.situation
        total, worst, name = 0.0, 0.0, ""
        sleeves = {part.sleeve for part in situation.securities[security].sleeves}
        for part, weight in parts_of(situation.securities[security]):
            for scope in ("", account):
                row = self.program.class_rows.get((scope, part))
                if row is None:
                    continue
                relief = float(weight) * float(self.solution.row_duals[row])
                total += relief
                # Inside the band of its class it is the sleeve that is too small or too large; it comes after its class.
                says_more = part in sleeves and relief and not self._is_breached(account, name)
                if abs(relief) > abs(worst) or says_more:
                    worst, name = relief, part
        return total, name

    def _is_breached(self, account: str, asset_class: str) -> bool:
        found = _zone(self.program.situation, account, asset_class)
        return found is not None and found[0].breached

    def cash_worth(self, account: str) -> float:
        """What one more dollar of cash in the account is worth."""
        return -float(self.solution.row_duals[self.program.cash_rows[account]])


def reason_for(optimum: Optimum, evaluation: Evaluation, line: Line) -> tuple[Reason, str]:
    """The reason of one order and the sentence that says it with its numbers."""
    situation = optimum.program.situation
    forced = {
        (e.account, situation.lots[e.lot].security if e.lot else e.security)
        for e in situation.household.edits
        if e.kind is not EditKind.NO_TRADE
    }
    if (line.account, line.security) in forced:
        return Reason.EDIT, "Requested by the advisor; the rest of the plan was optimized around it."
    if harvesting.is_harvest(situation.household):
        return harvest_reasons.reason_for(situation, evaluation, line)
    if line.side is Side.SELL:
        return _reason_to_sell(optimum, line)
    return _reason_to_buy(optimum, evaluation, line)


def _zone(situation: Situation, account: str, asset_class: str) -> tuple[Zone, Decimal] | None:
    for scope in situation.scopes:
        if account in scope.accounts:
            values = {**scope.values, **scope.sleeve_values}
            for zone in (*scope.zones, *scope.sleeves):
                if zone.policy.id == asset_class and scope.investable > 0:
                    return zone, values[asset_class] / scope.investable
    return None


def _weight_sentence(situation: Situation, account: str, asset_class: str) -> str:
    found = _zone(situation, account, asset_class)
    if found is None:
        return ""
    zone, share = found
    row = zone.policy
    where = "outside" if zone.breached else "inside"
    name = class_name(situation, asset_class)
    if isinstance(row, SleeveTarget) and not row.is_measured:
        held, target = percents(share, row.target)
        return f"{name}: {held} against a target of {target}."
    held, lower, upper, target = percents(share, row.lower, row.upper, also=(row.target,))
    return f"{name}: {held} against a target of {target}, {where} the band of {lower} to {upper}."


def _reason_to_sell(optimum: Optimum, line: Line) -> tuple[Reason, str]:
    situation = optimum.program.situation
    relief, asset_class = optimum.class_relief(line.account, line.security)
    relief = -relief
    worth = optimum.cash_worth(line.account)
    gain = sum((sale.gain for sale in line.lots if sale.gain is not None), ZERO)
    disallowed = sum((sale.disallowed for sale in line.lots), ZERO)
    tax_worth = _tax_worth(optimum, line)
    losses = sum(
        (min(ZERO, sale.gain + sale.disallowed) for sale in line.lots if sale.gain is not None), ZERO
    )
    needed = situation.cash_at_end(line.account) < situation.accounts[line.account].minimum_cash
    taxed = situation.accounts[line.account].is_taxed
    text = _weight_sentence(situation, line.account, asset_class)
    tail = ""
    if taxed:
        disallowed_part = (
            f", of which {dollars(disallowed)} is disallowed (wash sale)" if disallowed and gain < 0 else ""
        )
        tail = f" It realizes {'a gain' if gain >= 0 else 'a loss'} of {dollars(abs(gain))}{disallowed_part}."
    elif asset_class:
        tail = " Selling here costs no tax."
    if losses < 0 and tax_worth >= max(relief, 0.0):
        return Reason.HARVEST_LOSS, f"A loss of {dollars(-losses)} can be used against gains.{_space(text)}"
    if needed and worth >= relief:
        return Reason.RAISE_CASH, f"The account needs cash for payments due.{_space(text)}{tail}"
    if any(legacy.security == line.security for legacy in situation.household.rules.wind_down):
        return Reason.WIND_DOWN, f"A legacy holding that is being wound down.{tail}"
    found = _zone(situation, line.account, asset_class)
    if found is not None and found[0].breached and found[1] > found[0].policy.target:
        return Reason.OUT_OF_BAND, f"{text}{tail}".strip()
    if relief >= worth:
        return Reason.TOWARD_TARGET, f"{text}{tail}".strip()
    if situation.household.objective.mode is Mode.RAISE_CASH:
        return Reason.RAISE_CASH, f"Cash is to be raised.{_space(text)}{tail}"
    return Reason.FUND_PURCHASE, f"The proceeds are worth more elsewhere in this account.{_space(text)}{tail}"


def _space(text: str) -> str:
    return f" {text}" if text else ""


def _tax_worth(optimum: Optimum, line: Line) -> float:
    """Tax saved for each dollar sold, at the marginal rates of the optimum; negative where it costs."""
    program = optimum.program
    situation = program.situation
    owner = situation.accounts[line.account].tax_unit
    if owner is None or owner not in program.units:
        return 0.0
    columns = program.units[owner]
    saved = 0.0
    for sale in line.lots:
        if sale.gain is None or sale.term is None:
            continue
        column = columns.long if sale.term.value == "long" else columns.short
        # The dual of the definition of net gain is the marginal rate of that term.
        start = program.starts[column]
        rate = float(optimum.solution.row_duals[program.index[start]])
        saved -= float(sale.gain + sale.disallowed) * abs(rate)
    value = float(line.shares * situation.securities[line.security].price)
    return saved / value if value else 0.0


def _reason_to_buy(optimum: Optimum, evaluation: Evaluation, line: Line) -> tuple[Reason, str]:
    situation = optimum.program.situation
    _, asset_class = optimum.class_relief(line.account, line.security)
    text = _weight_sentence(situation, line.account, asset_class)
    harvested = [
        other
        for other in evaluation.lines
        if other.account == line.account
        and other.side is Side.SELL
        and any(sale.gain is not None and sale.gain < 0 for sale in other.lots)
        and _shares_class(situation, other.security, line.security)
    ]
    if harvested:
        names = ", ".join(security_name(situation, other.security) for other in harvested)
        return Reason.REPLACE_HARVESTED, f"Keeps the exposure of {names}, sold at a loss.{_space(text)}"
    found = _zone(situation, line.account, asset_class)
    if found is not None and found[0].breached:
        return Reason.OUT_OF_BAND, text
    sold = any(o.account == line.account and o.side is Side.SELL for o in evaluation.lines)
    if not sold:
        return Reason.INVEST_CASH, f"Invests the account's free cash.{_space(text)}"
    return Reason.TOWARD_TARGET, text or "Invests the proceeds of the sales."


def _shares_class(situation: Situation, one: str, other: str) -> bool:
    classes = {part.asset_class for part in situation.securities[one].weights if part.weight > 0}
    return any(p.asset_class in classes and p.weight > 0 for p in situation.securities[other].weights)


def skipped(
    optimum: Optimum,
    opportunities: Opportunities,
    evaluation: Evaluation,
    waiting: Callable[[SellUnit], str | None],
) -> tuple[Skipped, ...]:
    """Sales that would have reduced an overweight class or used a loss and are not in the plan; the most costly exclusions
    first.

    ``waiting`` says why a unit's settlement prevents its sale; None where it does not.
    """
    program, situation = optimum.program, optimum.program.situation
    if harvesting.is_harvest(situation.household):
        return tuple(harvest_reasons.left_alone(situation, opportunities, evaluation))[:SKIPPED_MAX]
    sold = {sale.lot for line in evaluation.lines for sale in line.lots}
    columns = {unit.key: column for column, unit in enumerate(program.sells)}
    replacing = _replacing(situation, evaluation)
    found: list[tuple[float, Skipped]] = []
    for unit in opportunities.sells:
        if unit.lot is not None and unit.lot.id in sold:
            continue
        value = float(unit.quantity * situation.securities[unit.security].price)
        worth = benefit(optimum, unit)
        column = columns.get(unit.key)
        lot = unit.lot.id if unit.lot else None
        if column is None and unit.exclusion is not None:
            if worth > NEGLIGIBLE:
                why = f"Not sold: {unit.exclusion}."
                price = Decimal(repr(round(-worth, 6)))
                found.append((worth * value, _skip(unit, lot, unit.exclusion.reason, why, price)))
        elif column is None or float(optimum.solution.values[column]) >= NEGLIGIBLE:
            continue
        elif worth > NEGLIGIBLE and (disallowed_part := _disallowed(situation, replacing, unit)) is not None:
            part, why = disallowed_part
            left = replace(unit, gain_per_share=(unit.gain_per_share or ZERO) * (1 - part))
            price = Decimal(repr(round(max(0.0, -benefit(optimum, left)), 6)))
            found.append((worth * value, _skip(unit, lot, SkipReason.WASH_SALE, why, price)))
        elif _is_over(optimum, unit):
            price = Decimal(repr(round(max(0.0, -worth), 6)))
            if unit.may_lose and situation.securities[unit.security].group in optimum.node.buy:
                reason = SkipReason.BOUGHT_IN_PLAN
                why = (
                    "Not sold at a loss: the household buys the same security, which would disallow the loss."
                )
            elif late := waiting(unit):
                reason, why = SkipReason.SETTLES_LATE, late
            else:
                reason, why = _cheaper_or_too_taxed(unit)
            found.append((value * 1e-6, _skip(unit, lot, reason, why, price)))
    found.sort(key=lambda pair: (-pair[0], pair[1].account, pair[1].security, pair[1].lot or ""))
    return tuple(item for _, item in found[:SKIPPED_MAX])


def _replacing(situation: Situation, evaluation: Evaluation) -> dict[str, dict[str, Decimal]]:
    """By wash group, the shares bought within 30 days, by lot or purchase; under "" what the plan has used up of them."""
    found = {
        group: {made.id: made.shares - made.shares_used for made in rows}
        for group, rows in household_wash_sales.replacements(situation).items()
    }
    for line in evaluation.lines:
        shares = found.get(situation.securities[line.security].group)
        for sale in line.lots if shares is not None else ():
            used = min(sale.shares, shares.get(sale.lot, ZERO)) if shares is not None else ZERO
            if sale.gain is not None and sale.gain < 0:
                used += sale.shares * sale.disallowed / -sale.gain
            if shares is not None and used:
                shares[""] = shares.get("", ZERO) + used
    return found


def _disallowed(
    situation: Situation, replacing: dict[str, dict[str, Decimal]], unit: SellUnit
) -> tuple[Decimal, str] | None:
    """Which part of the unit's loss would be disallowed if it were sold as well, and the sentence; None for no part."""
    shares = replacing.get(situation.securities[unit.security].group)
    if not unit.may_lose or unit.lot is None or unit.gain_per_share is None or shares is None:
        return None
    bought = sum((n for made, n in shares.items() if made not in {"", unit.lot.id}), ZERO)
    part = min(ONE, max(ZERO, bought - shares.get("", ZERO)) / unit.quantity)
    loss = -unit.gain_per_share * unit.quantity
    if part * loss < 1:
        return None
    since = (
        f"because {bought.normalize():f} shares of the same security were or will be bought within 30 days"
    )
    if part == 1:
        return part, f"Not sold: its loss of {dollars(loss)} would be disallowed, {since}."
    return part, (
        f"Not sold: {dollars(part * loss)} of its loss of {dollars(loss)} would be disallowed, {since}; the rest"
        " is not worth the trade."
    )


def _skip(
    unit: SellUnit, lot: str | None, reason: SkipReason, explanation: str, cost_per_dollar: Decimal
) -> Skipped:
    is_known = unit.gain_per_share is not None and unit.lot is not None and unit.lot.basis is not None
    return Skipped(
        account=unit.account,
        security=unit.security,
        lot=lot,
        side=Side.SELL,
        explanation=explanation,
        cost_per_dollar=cost_per_dollar,
        reason=reason,
        gain=cents((unit.gain_per_share or ZERO) * unit.quantity) if is_known else None,
    )


def _cheaper_or_too_taxed(unit: SellUnit) -> tuple[SkipReason, str]:
    if unit.gain_per_share is not None and unit.gain_per_share > 0 and unit.term is not None:
        gain = dollars(cents(unit.gain_per_share * unit.quantity))
        text = f"Not sold: a {unit.term.value}-term gain of {gain} would cost more in tax than the sale is worth."
        return SkipReason.TAX_TOO_HIGH, text
    return SkipReason.OTHERS_COST_LESS, "Not sold: other sales reduce drift as much at a lower cost."


def benefit(optimum: Optimum, unit: SellUnit) -> float:
    """Net benefit of selling one dollar of the unit at the optimum's dual values, ignoring exclusions."""
    program, situation = optimum.program, optimum.program.situation
    security = situation.securities[unit.security]
    relief, _ = optimum.class_relief(unit.account, unit.security)
    spread = float(security.half_spread)
    worth = -relief + (1 - spread) * optimum.cash_worth(unit.account)
    worth -= float(program.weights.spread) * spread
    owner = situation.accounts[unit.account].tax_unit
    if unit.gain_per_share is not None and unit.term is not None and owner in program.units:
        columns = program.units[owner]
        column = columns.long if unit.term.value == "long" else columns.short
        rate = -float(optimum.solution.row_duals[program.index[program.starts[column]]])
        worth -= float(unit.gain_per_share / security.price) * abs(rate)
    return worth


def _is_over(optimum: Optimum, unit: SellUnit) -> bool:
    situation = optimum.program.situation
    for part in situation.securities[unit.security].weights:
        found = _zone(situation, unit.account, part.asset_class)
        if found is not None and found[1] > found[0].upper and part.weight > 0:
            return True
    return False


def binding(optimum: Optimum) -> tuple[Binding, ...]:
    """Binding limits, with the shadow price of one more dollar of room."""
    program, situation = optimum.program, optimum.program.situation
    found: list[Binding] = []
    for (rule, subject), row in sorted(program.rule_rows.items()):
        price = abs(float(optimum.solution.row_duals[row]))
        if price > NEGLIGIBLE and rule != Limit.EDIT:
            text = sentence(f"{rule_name(situation, rule, subject)} limits this plan")
            found.append(_bound(rule, subject, price, text, "of additional room"))
    for account, row in sorted(program.cash_rows.items()):
        needed = situation.cash_at_end(account) < situation.accounts[account].minimum_cash
        if needed:
            price = abs(float(optimum.solution.row_duals[row]))
            name = account_name(situation, account)
            text = f"{name} must raise cash for payments due."
            found.append(_bound(Limit.CASH, account, price, text, "less to raise"))
    for group in program.groups:
        shut = group.buy if group.id in optimum.node.harvest else group.harvest
        is_decided = group.id in optimum.node.harvest or group.id in optimum.node.buy
        if not is_decided or group.id.startswith(POSITION):
            continue
        price = max((-float(optimum.solution.column_duals[c]) for c in shut), default=0.0)
        if price > NEGLIGIBLE:
            name = group_name(situation, group.id)
            text = (
                f"{name} may not be bought: it is sold at a loss in this household (wash sale)."
                if group.id in optimum.node.harvest
                else f"{name} may not be sold at a loss: it is bought in this household (wash sale)."
            )
            found.append(_bound(Limit.WASH_SALE, group.id, price, text, "traded anyway"))
    return tuple(found)


def _bound(rule: str, subject: str, price: float, text: str, unit_of_room: str) -> Binding:
    """The binding limit, with what $1,000 ``unit_of_room`` would be worth.

    A limit that cannot be met has its penalty as shadow price, which is not an amount of money and is left out.
    """
    exact = Decimal(repr(round(price, 6))).quantize(PRICE)
    if THOUSANDTH <= exact < 1:
        text = f"{text} $1,000 {unit_of_room} would improve this plan by {dollars(exact * 1000)}."
    return Binding(rule=Limit(rule), subject=subject, shadow_price=exact, explanation=text)
