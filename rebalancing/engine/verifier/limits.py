"""What every rule with a limit is short by, from the documents alone: with the plan, and if nothing were done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import CapKind
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Limit, Side
from rebalancing.engine.money import ONE, ZERO, cents
from rebalancing.engine.verifier.case import Case, Orders, differs, once
from rebalancing.engine.verifier.positions import class_values
from rebalancing.engine.verifier.returns import gains, year

Shortfalls = dict[tuple[str, str], Decimal]
CAPPED_BY = {CapKind.SECURITY: "id", CapKind.ISSUER: "issuer", CapKind.SECTOR: "sector"}


def slack_amounts(case: Case) -> Iterator[Fault]:
    """The plan's slack is exactly what its orders leave unmet, rule by rule, to the cent."""
    claimed: Shortfalls = {(slack.rule, slack.subject): slack.amount for slack in case.plan.slack}
    due = shortfalls(case, case.plan.orders)
    for key in sorted(claimed.keys() | due.keys()):
        yield from differs("/slack", f"{key[0]} {key[1]}".strip(), claimed.get(key, ZERO), due.get(key, ZERO))


@once
def shortfalls(case: Case, orders: Orders) -> Shortfalls:
    """Every rule that ``orders`` leave unmet, in dollars to the cent; none that is met."""
    found: Shortfalls = {}
    for part in (_cash, _caps, _turnover_and_drift, _taxes, _edits):
        found.update(part(case, orders))
    return {key: cents(amount) for key, amount in found.items() if cents(amount) > 0}


def _cash(case: Case, orders: Orders) -> Shortfalls:
    found: Shortfalls = {}
    for name, account in case.accounts.items():
        if not account.tradable:
            continue
        moves: dict[date, Decimal] = {}
        for on, amount, _ in case.events[name]:
            moves[on] = moves.get(on, ZERO) + amount
        # Looked at from the first evening on which any trade could settle, but for the last, which is the end.
        settles = {case.settles(security) for security in case.securities}
        for order in (order for order in orders if order.account == name):
            on = case.settles(order.security)
            moves[on] = moves.get(on, ZERO) + (order.amount if order.side is Side.SELL else -order.amount)
        balance = account.cash_settled
        days = sorted({*moves, *settles})
        for day in days:
            balance += moves.get(day, ZERO)
            if settles and min(settles) <= day < days[-1]:
                key = (Limit.CASH_UNTIL_SETTLEMENT, name)
                found[key] = max(found.get(key, ZERO), account.minimum_cash - balance)
        found[Limit.CASH, name] = account.minimum_cash - balance
    return found


def _caps(case: Case, orders: Orders) -> Shortfalls:
    found: Shortfalls = {}
    for cap in case.household.rules.caps:
        counted: dict[str, Decimal] = {}
        for one in case.household.securities:
            if cap.kind is CapKind.CLASSES:
                counted[one.id] = sum((w.weight for w in one.weights if w.asset_class in cap.classes), ZERO)
            elif getattr(one, CAPPED_BY[cap.kind]) == cap.id:
                counted[one.id] = ONE
        held = sum(
            (n * case.securities[at[1]].price * counted.get(at[1], ZERO) for at, n in case.held.items()), ZERO
        )
        for order in orders:
            sign = 1 if order.side is Side.BUY else -1
            held += sign * case.value(order) * counted.get(order.security, ZERO)
        found[f"{cap.kind.value}_cap", cap.id] = held - cap.weight_max * _whole(case)
    return found


def _whole(case: Case) -> Decimal:
    """The investable value before the plan."""
    return sum((sum(v.values(), ZERO) for v in class_values(case, ()).values()), ZERO)


def _turnover_and_drift(case: Case, orders: Orders) -> Shortfalls:
    objective = case.household.objective
    found: Shortfalls = {}
    given = [case.household.rules.turnover_max]
    if objective.mode is Mode.LEAST_TAX or (objective.mode is Mode.CASH_ONLY and objective.one_way):
        given.append(objective.turnover_max)
    if objective.mode is Mode.LEAST_TAX and objective.drift_max is not None:
        found[Limit.DRIFT, ""] = _distance(case, orders) - objective.drift_max * _whole(case)
    known = [limit for limit in given if limit is not None]
    if known:
        turned = sum((case.value(order) for order in orders), ZERO) / 2
        found[Limit.TURNOVER, ""] = turned - min(known) * _whole(case)
    return found


def _distance(case: Case, orders: Orders) -> Decimal:
    """Half the dollars away from target, weights taken of the value before the plan."""
    before, after = class_values(case, ()), class_values(case, orders)
    apart = ZERO
    for scope, by_class in after.items():
        whole = sum(before[scope].values(), ZERO)
        apart += sum((abs(by_class[r.id] - r.target * whole) for r in case.household.policy.classes), ZERO)
    return apart / 2


def _taxes(case: Case, orders: Orders) -> Shortfalls:
    objective = case.household.objective
    found: Shortfalls = {}
    realized = gains(case, orders)
    gain = tax = used = used_before = ZERO
    for unit in case.household.tax_units:
        short, long, _ = realized[unit.id]
        before, after = year(case, unit, ZERO, ZERO), year(case, unit, short, long)
        used_before += max(ZERO, before.net_short + before.net_long)
        used += max(ZERO, after.net_short + after.net_long)
        gain += short + long
        tax += after.cost - before.cost
        if unit.gain_budget is not None:
            # A budget that is used up already is not to be used up further.
            most = max(unit.gain_budget.limit, before.net_short + before.net_long)
            found[Limit.GAIN_BUDGET, unit.id] = after.net_short + after.net_long - most
    if case.household.rules.gain_budget is not None:
        found[Limit.GAIN_BUDGET, ""] = used - max(case.household.rules.gain_budget.limit, used_before)
    if objective.mode is Mode.LEAST_DRIFT:
        if objective.gain_max is not None:
            found[Limit.NET_GAIN, ""] = gain - objective.gain_max
        if objective.tax_max is not None:
            found[Limit.TAX, ""] = tax - objective.tax_max
    return found


def _edits(case: Case, orders: Orders) -> Shortfalls:
    """Edits of the advisor that are not carried out to the share."""
    found: Shortfalls = {}
    for edit in case.household.edits:
        if edit.kind is EditKind.NO_TRADE:
            continue
        security = case.lots[edit.lot].security if edit.lot in case.lots else edit.security or ""
        asked = edit.shares or ZERO
        if edit.kind is EditKind.SELL_LOT and edit.lot is not None:
            asked = case.lots[edit.lot].quantity if edit.shares is None else edit.shares
            done = sum((s.shares for o in orders for s in o.lots if s.lot == edit.lot), ZERO)
            if not case.accounts[edit.account].is_taxed:
                # There any shares of the position will do, as long as they suffice for all its edits.
                place = edit.account, security
                sold = sum(
                    o.shares for o in orders if o.side is Side.SELL and (o.account, o.security) == place
                )
                done = asked if sold >= case.sold_by_edit(place) else ZERO
        else:
            side = Side.BUY if edit.kind is EditKind.BUY else Side.SELL
            own = [o for o in orders if (o.account, o.security, o.side) == (edit.account, security, side)]
            done = sum((order.shares for order in own), ZERO)
        found[Limit.EDIT, edit.id] = abs(asked - done) * case.securities[security].price
    return found
