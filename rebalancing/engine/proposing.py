"""From a household to a plan: solve, round, evaluate exactly, explain.

``propose`` is the whole engine behind one call. The solver only chooses trades; every number in the plan comes from
exact arithmetic on the rounded orders.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from rebalancing.engine.documents.faults import BadHousehold
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import EditKind
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import (
    MUST_BE_MET,
    FewerOrders,
    Limit,
    ObjectiveTerm,
    Order,
    Plan,
    RemovalCost,
    Side,
    Skipped,
    State,
    TermName,
    Versions,
)
from rebalancing.engine.documents.serializing import digest
from rebalancing.engine.documents.validation import faults_in
from rebalancing.engine.evaluation import harvesting
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.explanations import (
    harvest_reasons,
    late_settlements,
    left_out,
    order_reasons,
    positions,
    removal_costs,
    warnings,
    worst_drift,
)
from rebalancing.engine.explanations.names import account_name, class_name, security_name
from rebalancing.engine.explanations.order_reasons import Optimum
from rebalancing.engine.money import CENT, ZERO, cents
from rebalancing.engine.portfolio.objective_prices import prices_for
from rebalancing.engine.search import order_pruning
from rebalancing.engine.search.highs import solver_version
from rebalancing.engine.solving.solutions import solve
from rebalancing.engine.solving.solved import Solved, is_bounded, is_worth_sending
from rebalancing.engine.tax.federal_tax import NOT_MODELED
from rebalancing.engine.wording import dollars

ENGINE_VERSION = "1.4"
GAP = Decimal("0.001")
MET = Decimal(1)  # Dollars: less than this is met.


def propose(household: Household, *, removal_costs: bool = True) -> Plan:
    """The best plan for ``household`` under its rules.

    Raises faults.BadHousehold listing every fault, highs.SolverFailed when the solver finds no optimum.
    ``removal_costs`` false leaves out what removing each order would cost.
    """
    found = faults_in(household)
    if found:
        raise BadHousehold(found)
    asked = ordered(household)
    solved = solve(asked, prices_for(asked))
    return plan_of(solved, asked, digest(household), removal_costs=removal_costs)


def plan_of(solved: Solved, household: Household, input_digest: str, *, removal_costs: bool) -> Plan:
    """The plan that ``solved`` amounts to, or HOLD, or IMPOSSIBLE."""
    state, summary, evaluation = _state(solved)
    prices = Optimum(solved.program, solved.pruned.solution, solved.pruned.node)
    names, neutral = solved.names, solved.names.evaluation(evaluation)
    orders = _orders(prices, solved.situation, evaluation, neutral)
    bound, gap = _bound(solved, evaluation)
    situation = solved.situation
    taxes = positions.taxes(situation, evaluation)
    nothing, chosen = (positions.rounded_terms(e.terms) for e in (solved.nothing, evaluation))
    text = tuple(f"{_order_name(situation, order)}: {order.explanation}" for order in orders)
    passed_over = tuple(
        names.back.skipped(one)
        for one in order_reasons.skipped(
            prices, solved.opportunities, neutral, lambda unit: late_settlements.why(prices, unit)
        )
    )
    return Plan(
        household=household.id,
        state=state,
        summary=summary,
        trade_on=household.trade_on,
        orders=orders,
        before=positions.position(situation, solved.nothing),
        after=positions.position(situation, evaluation),
        tax=taxes,
        tax_change=sum((row.change for row in taxes), ZERO),
        gain_budget=positions.gain_budget(situation, evaluation),
        cash=positions.cash(situation, evaluation.lines),
        terms=tuple(ObjectiveTerm(name=TermName(n), do_nothing=nothing[n], plan=chosen[n]) for n in nothing),
        objective=cents(evaluation.objective),
        bound=bound,
        gap_bps=gap,
        fewer_orders=_fewer_orders(solved) if orders else None,
        reasons=text,
        skipped=tuple(left_out.without_repeats(_left_out(solved, evaluation, neutral), passed_over)),
        binding=tuple(names.back.binding(one) for one in order_reasons.binding(prices)),
        removal_costs=_removal_costs(solved, orders) if removal_costs and orders else (),
        slack=warnings.unmet(situation, evaluation),
        warnings=(
            *warnings.warnings(
                situation,
                evaluation,
                is_bounded=is_bounded(solved),
                is_complete=solved.found.is_complete,
            ),
            *worst_drift.sentences(situation, solved.nothing, evaluation),
            *late_settlements.sentences(prices),
        ),
        not_modeled=NOT_MODELED if any(unit.income for unit in household.tax_units) else (),
        versions=Versions(engine=ENGINE_VERSION, solver=solver_version(), tax_tables=_tables(household)),
        input_digest=input_digest,
    )


def _removal_costs(solved: Solved, orders: tuple[Order, ...]) -> tuple[RemovalCost, ...]:
    neutral = tuple(solved.names.order(order) for order in orders)
    prices = removal_costs.compute(solved.program, solved.solver, solved.pruned, neutral)
    return tuple(replace(price, order=order.id) for price, order in zip(prices, orders, strict=True))


def _left_out(solved: Solved, evaluation: Evaluation, neutral: Evaluation) -> tuple[Skipped, ...]:
    """The orders that were left out of a plan that trades, each with its reason."""
    if not evaluation.lines or not left_out.is_told(solved.situation):
        return ()
    sent = {(line.account, line.side, line.security) for line in neutral.lines}
    small = order_pruning.left_below_minimum(solved.program, solved.found.solution, sent)
    price = Decimal(repr(round(order_pruning.order_price(solved.program), 2)))
    return (
        *left_out.not_worth_it(solved.with_all, evaluation, price),
        *left_out.too_small(solved.situation, small, solved.names),
    )


def _fewer_orders(solved: Solved) -> FewerOrders | None:
    if solved.with_all is None:
        return None
    cost = solved.evaluation.objective - solved.with_all.objective
    bps = (cost / solved.situation.investable * 10_000).quantize(GAP, rounding=ROUND_CEILING)
    saved = len(solved.with_all.lines) - len(solved.evaluation.lines)
    return warnings.fewer_orders(saved, cost, bps)


def planned_evaluation(solved: Solved) -> Evaluation:
    """What the plan of ``solved`` does: the trades that were found, or none where they are not worth their orders."""
    return _state(solved)[2]


def _state(solved: Solved) -> tuple[State, str, Evaluation]:
    """What the plan amounts to, in words, and what it does: the trades found, or nothing where they are not worth it."""
    evaluation = solved.evaluation
    hold_reason = _hold_reason(solved)
    if hold_reason:
        evaluation = solved.nothing
    # A harvest leaves alone what stands in the household besides: what is unmet without it is not its doing.
    before = solved.nothing.slack if harvesting.is_harvest(solved.situation.household) else {}
    unmet = [
        key
        for key, amount in evaluation.slack.items()
        if key[0] in MUST_BE_MET and amount - before.get(key, ZERO) >= MET
    ]
    if unmet:
        text = "; ".join(
            warnings.slack_sentence(solved.situation, *key, evaluation.slack[key]) for key in sorted(unmet)
        )
        # An edit that the rules forbid is not carried out, whatever else is traded.
        if solved.found.is_impossible or all(rule == Limit.EDIT for rule, _ in unmet):
            return State.IMPOSSIBLE, f"The request cannot be met in full: {text}.", evaluation
        why = f"No plan was found that meets the request in full, and it is not proven that there is none: {text}."
        return State.UNPROVEN, why, evaluation
    if hold_reason:
        return State.HOLD, hold_reason, evaluation
    count = len(evaluation.lines)
    if harvesting.is_harvest(solved.situation.household):
        return State.READY, harvest_reasons.summary(solved.situation, evaluation), evaluation
    breached = sorted({z.policy.id for s in solved.situation.scopes for z in s.zones if z.breached})
    names = ", ".join(class_name(solved.situation, name) for name in breached)
    why = f"Outside the band: {names}." if breached else "All classes are inside their bands."
    return State.READY, f"{count} order{'s' if count != 1 else ''}. {why}", evaluation


def _hold_reason(solved: Solved) -> str:
    """Why the household is better left alone; empty where it is not."""
    household, evaluation = solved.situation.household, solved.evaluation
    if not evaluation.lines:
        waiting = late_settlements.sentences(
            Optimum(solved.program, solved.pruned.solution, solved.pruned.node)
        )
        return next(waiting, "No permitted trade would improve this household.")
    forced = any(edit.kind is not EditKind.NO_TRADE for edit in household.edits)
    if forced or is_worth_sending(solved, evaluation):
        return ""
    better = solved.nothing.objective - evaluation.objective
    enough = household.objective.hold_below_bps * solved.situation.investable / 10_000
    return (
        f"Trading would improve this household by only {dollars(max(ZERO, better))}; below {dollars(enough)} the orders"
        " are not worth sending."
    )


def _orders(
    prices: Optimum, situation: Situation, evaluation: Evaluation, neutral: Evaluation
) -> tuple[Order, ...]:
    """The orders of ``evaluation``, each with the reason that its line under neutral names has."""
    orders = []
    for line, same in zip(evaluation.lines, neutral.lines, strict=True):
        code, text = order_reasons.reason_for(prices, neutral, same)
        orders.append(
            Order(
                id=f"{line.account}:{line.side.value}:{line.security}",
                account=line.account,
                security=line.security,
                side=line.side,
                shares=line.shares,
                price=situation.securities[line.security].price,
                amount=line.amount,
                cost=line.cost,
                settles_on=line.settles_on,
                reason=code,
                explanation=text,
                lots=line.lots,
            )
        )
    return tuple(orders)


def _order_name(situation: Situation, order: Order) -> str:
    verb = "Sell" if order.side is Side.SELL else "Buy"
    name = security_name(situation, order.security)
    return f"{verb} {order.shares.normalize():f} {name} in {account_name(situation, order.account)}"


def _bound(solved: Solved, evaluation: Evaluation) -> tuple[Decimal, Decimal]:
    """The proven lower limit to the cent (down), and the gap to it in basis points of the value (up)."""
    objective = cents(evaluation.objective)
    # No bound lies above a plan that is known.
    known = objective if solved.with_all is None else min(objective, cents(solved.with_all.objective))
    bound = min(Decimal(repr(solved.found.bound)).quantize(CENT, rounding=ROUND_FLOOR), known)
    investable = solved.situation.investable
    gap = (objective - bound) / investable * 10_000 if investable > 0 else ZERO
    return bound, gap.quantize(GAP, rounding=ROUND_CEILING)


def _tables(household: Household) -> str:
    years = sorted({unit.income.tax_year for unit in household.tax_units if unit.income is not None})
    return ", ".join(str(year) for year in years) or "flat rates"
