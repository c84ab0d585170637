"""The objective added up again, the bound and gap compared with it, and the state the plan may claim."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import ClassPolicy, Destination, SleeveTarget
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.plan import Limit, Side, State, TermName
from rebalancing.engine.money import ONE, ZERO, cents
from rebalancing.engine.portfolio.objective_prices import (
    BPS,
    ObjectivePrices,
    prices_for,
    slack_price,
    tie_break,
)
from rebalancing.engine.verifier.case import Case, Orders, differs
from rebalancing.engine.verifier.harvests import later_taxes
from rebalancing.engine.verifier.limits import shortfalls
from rebalancing.engine.verifier.positions import class_values, is_out, sleeve_values
from rebalancing.engine.verifier.returns import gains, year

EDGE_MARGIN = Decimal("0.02")  # Of the half-width: the edge itself would be a breach.
LEFT_OUT_MAX = Decimal("0.00002")  # Of the value: a fifth of a basis point.
MUST_BE_MET = (Limit.CASH, Limit.DRIFT, Limit.NET_GAIN, Limit.TAX, Limit.EDIT)


def terms(case: Case, prices: ObjectivePrices | None = None) -> Iterator[Fault]:
    """Each term of the objective for doing nothing and for the plan, and their sum, to the cent."""
    prices = prices_for(case.household) if prices is None else prices
    nothing, plan = (_terms(case, prices, orders) for orders in ((), case.plan.orders))
    yield from differs("/terms", "terms", [term.name for term in case.plan.terms], list(plan))
    for at, term in enumerate(case.plan.terms):
        for when, claimed, found in (("nothing", term.do_nothing, nothing), ("plan", term.plan, plan)):
            if term.name in found:
                yield from differs(f"/terms/{at}/{when}", term.name, claimed, cents(found[term.name]))
    yield from differs("/objective", "objective", case.plan.objective, cents(sum(plan.values(), ZERO)))


def _terms(case: Case, prices: ObjectivePrices, orders: Orders) -> dict[str, Decimal]:
    tax = spread = location = rank = tie = ZERO
    realized = gains(case, orders)
    for unit in case.household.tax_units:
        short, long, _ = realized[unit.id]
        tax += year(case, unit, short, long).cost - year(case, unit, ZERO, ZERO).cost
    for order in orders:
        account, security = case.accounts[order.account], case.securities[order.security]
        value = case.value(order)
        spread += value * security.half_spread
        if order.side is Side.BUY:
            steps, cost = _place(case, order.account, order.security)
            rank += value * steps
            location += value * cost
            tie += value * tie_break(account, security)
        elif account.is_taxed:
            for sale in order.lots:
                tie += sale.shares * security.price * tie_break(account, security, case.lots[sale.lot])
        else:
            tie += value * tie_break(account, security)
    inside, short, outside = _deviations(case, prices, orders)
    unmet = shortfalls(case, orders)
    found: dict[str, Decimal] = {
        TermName.TAX: prices.tax * tax,
        TermName.SPREAD: prices.spread * spread,
        TermName.DRIFT_INSIDE: inside,
        TermName.DRIFT_SHORT_OF_DESTINATION: short,
        TermName.DRIFT_OUTSIDE: prices.outside * outside,
        TermName.LOCATION: prices.location * location,
        TermName.RANK: prices.rank * rank,
        TermName.WIND_DOWN: _legacy(case, orders),
        TermName.TIE_BREAK: tie,
        TermName.SLACK: sum(
            (slack_price(case.household, *key) * amount for key, amount in unmet.items()), ZERO
        ),
        TermName.PERMANENTLY_DISALLOWED: prices.tax * _lost(case) if orders else ZERO,
    }
    if case.household.objective.mode is Mode.HARVEST:
        found[TermName.LOWER_BASIS] = prices.tax * later_taxes(case, orders)
    return found


def _lost(case: Case) -> Decimal:
    """What the losses would have been worth that are disallowed, and neither come out again in the plan nor stand in the
    basis of what the taxpayer still holds: each at its return's value of a carried loss."""
    rows = {row.tax_unit: row for row in case.plan.tax}
    total = ZERO
    for unit in case.household.tax_units:
        rates, row = unit.income or unit.flat, rows.get(unit.id)
        if rates is None or row is None:
            continue
        again = sum(
            (
                sale.added_basis
                for order in case.sells
                for sale in order.lots
                if case.accounts[order.account].tax_unit == unit.id
            ),
            ZERO,
        )
        total += rates.loss_value * max(ZERO, row.disallowed - again - row.deferred)
    return total


def _legacy(case: Case, orders: Orders) -> Decimal:
    """Dollars of legacy securities after the orders, each at its price."""
    total = ZERO
    for legacy in case.household.rules.wind_down:
        held = sum((n for at, n in case.held.items() if at[1] == legacy.security), ZERO)
        for order in orders:
            if order.security == legacy.security and order.side is Side.SELL:
                held -= order.shares
        if held:
            total += held * case.securities[legacy.security].price * legacy.price_bps * BPS
    return total


def _place(case: Case, account_id: str, security_id: str) -> tuple[int, Decimal]:
    """How many ranks below the first the security stands in this account, and what its location costs (bps)."""
    account, security = case.accounts[account_id], case.securities[security_id]
    ranks: list[int] = []
    behind: list[int] = []
    for sleeve in case.household.policy.sleeves:
        members = [m for m in sleeve.members if not m.treatments or account.tax_treatment in m.treatments]
        last = max((m.rank for m in members), default=0)
        ranks += [m.rank for m in members if m.security == security_id]
        for member in members:
            others = case.securities[member.security].replacements
            behind += [last + step for step, other in enumerate(others, start=1) if other == security_id]
    rank = min(ranks) if ranks else behind[0] if behind else 1
    costs = {(c.asset_class, c.treatment): c.cost_bps for c in case.household.policy.location}
    cost = sum(
        (costs.get((p.asset_class, account.tax_treatment), ZERO) * p.weight for p in security.weights), ZERO
    )
    return rank - 1, cost


def _deviations(case: Case, prices: ObjectivePrices, orders: Orders) -> tuple[Decimal, Decimal, Decimal]:
    """Dollars charged for deviations near where they cost nothing, those charged for classes short of their
    destination, and the dollars beyond."""
    before, now = class_values(case, ()), class_values(case, orders)
    least_modes = {Mode.LEAST_TAX, Mode.LEAST_DRIFT}
    keeps_destinations = case.household.objective.mode not in least_modes
    started, reached = (
        {scope: {**values, **sleeve_values(case, some)[scope]} for scope, values in found.items()}
        for found, some in ((before, ()), (now, orders))
    )
    inside = short = outside = ZERO
    for scope, by_class in now.items():
        whole = sum(before[scope].values(), ZERO)
        if whole <= 0:
            continue
        for row in (*case.household.policy.classes, *case.household.policy.sleeve_targets):
            lower, upper = (edge * whole for edge in _edges(row))
            was, value, rest = started[scope][row.id], reached[scope][row.id], row.target * whole
            brought_from = 0
            if keeps_destinations and _counts(row) and is_out(case.household.policy, row, was, whole):
                brought_from = 1 if was > rest else -1
                raw = row.upper if brought_from > 0 else row.lower
                edge = upper if brought_from > 0 else lower
                if row.destination is Destination.EDGE:
                    rest = edge
                elif row.destination is Destination.HALFWAY:
                    rest = (rest + raw * whole) / 2
            side = 1 if value > rest else -1
            room = upper - rest if side > 0 else rest - lower
            near, beyond = min(abs(value - rest), room), max(ZERO, abs(value - rest) - room)
            outside += beyond
            if brought_from == side:
                # A tenth of the difference cheaper than outside.
                short += near * (prices.inside + 9 * prices.outside) / 10
            elif brought_from:
                inside += near * min(2 * prices.inside, prices.outside)
            else:
                inside += near * prices.inside
        if case.household.policy.cash_class is None:
            outside += max(ZERO, by_class.get("", ZERO))
    return inside, short, outside


def _counts(row: ClassPolicy) -> bool:
    """Whether leaving the band counts: of a sleeve only where the policy measures it."""
    return not isinstance(row, SleeveTarget) or row.is_measured


def _edges(row: ClassPolicy) -> tuple[Decimal, Decimal]:
    """Just short of the band's edges, which are breaches themselves but for 0 and 1; a sleeve without a band of its own
    has none."""
    if not _counts(row):
        return ZERO, ONE
    lower = row.lower + EDGE_MARGIN * (row.target - row.lower) if row.lower > 0 else row.lower
    upper = row.upper - EDGE_MARGIN * (row.upper - row.target) if row.upper < ONE else row.upper
    return lower, upper


def gap(case: Case) -> Iterator[Fault]:
    """The bound lies at or below the objective, and the gap is their distance."""
    plan = case.plan
    if plan.bound > plan.objective:
        yield Fault("/bound", f"{plan.bound} lies above the objective {plan.objective}")
    whole = sum((sum(v.values(), ZERO) for v in class_values(case, ()).values()), ZERO)
    apart = (plan.objective - plan.bound) / whole * 10_000 if whole > 0 else ZERO
    expected = apart.quantize(Decimal("0.001"), rounding=ROUND_CEILING)
    yield from differs("/gap_bps", "gap", plan.gap_bps, expected)


def fewer_orders(case: Case) -> Iterator[Fault]:
    """What leaving out orders is said to cost is no more than any plan could do better, and stays within its limit."""
    plan, objective = case.plan, case.household.objective
    fewer = plan.fewer_orders
    if fewer is None:
        return
    if objective.fewest_orders is False or not plan.orders:
        yield Fault("/fewer_orders", "nothing was to be left out of this plan")
    if fewer.orders_saved < 1:
        yield Fault("/fewer_orders/orders_saved", "is not above zero")
    if fewer.cost > plan.objective - plan.bound + Decimal("0.01"):
        yield Fault("/fewer_orders/cost", f"{fewer.cost} is more than the plan's distance from its bound")
    is_default = objective.fewest_orders is None and objective.cost_per_order is None
    whole = sum((sum(v.values(), ZERO) for v in class_values(case, ()).values()), ZERO)
    if is_default and fewer.cost > whole * LEFT_OUT_MAX:
        yield Fault("/fewer_orders/cost", f"{fewer.cost} is more than the default limit for orders left out")


def state(case: Case) -> Iterator[Fault]:
    """READY has orders that pay, HOLD has none, IMPOSSIBLE and UNPROVEN leave something unmet and say what."""
    plan, objective = case.plan, case.household.objective
    # What is unmet without a harvest is none of its doing.
    is_harvest = objective.mode is Mode.HARVEST
    before = shortfalls(case, ()) if is_harvest else {}
    unmet = [
        s
        for s in plan.slack
        if s.rule in MUST_BE_MET and s.amount - before.get((s.rule, s.subject), ZERO) >= 1
    ]
    # Whether it is proven that there is no other plan cannot be seen from the documents.
    is_short = plan.state in {State.IMPOSSIBLE, State.UNPROVEN}
    yield from differs("/state", "impossible or unproven", is_short, bool(unmet))
    if plan.state is State.HOLD and plan.orders:
        yield Fault("/state", "a plan that holds has no orders")
    if plan.state is State.READY and not plan.orders:
        yield Fault("/state", "a plan that is ready has orders")
    forced = any(edit.kind is not EditKind.NO_TRADE for edit in case.household.edits)
    if plan.state is State.READY and not forced:
        better = sum((term.do_nothing - term.plan for term in plan.terms), ZERO)
        whole = plan.before.investable
        if better < objective.hold_below_bps * whole / 10_000 - Decimal("0.10"):
            yield Fault("/state", f"trading improves matters by {better} only")


def references(case: Case) -> Iterator[Fault]:
    """Reasons, removal costs and skipped trades speak of this plan's orders and this household's lots."""
    plan = case.plan
    ids = [order.id for order in plan.orders]
    yield from differs("/reasons", "reasons", len(plan.reasons), len(ids))
    for at, (reason, order) in enumerate(zip(plan.reasons, plan.orders, strict=False)):
        if not reason.endswith(order.explanation):
            yield Fault(f"/reasons/{at}", f"is not the reason of {order.id}")
    if plan.removal_costs:
        yield from differs("/removal_costs", "removal costs", [row.order for row in plan.removal_costs], ids)
    sold = {sale.lot for order in plan.orders for sale in order.lots}
    for at, skipped in enumerate(plan.skipped):
        if skipped.lot in sold or (skipped.lot is not None and skipped.lot not in case.lots):
            yield Fault(f"/skipped/{at}", f"lot {skipped.lot} was not passed over")
        if skipped.account not in case.accounts or skipped.security not in case.securities:
            yield Fault(f"/skipped/{at}", "names nothing of this household")
    for at, slack in enumerate(plan.slack):
        if slack.amount <= 0:
            yield Fault(f"/slack/{at}", "is not above zero")
    pairs = [(slack.rule, slack.subject) for slack in plan.slack]
    if len(set(pairs)) < len(pairs):
        yield Fault("/slack", "a rule stands twice")
