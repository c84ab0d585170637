"""From a household to a plan: solve, round, decide exactly, and say why.

``propose`` is the whole engine behind one call. The solver only proposes; every number in the plan comes from exact
arithmetic on shares that can be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from rebalancing.engine.documents.household import DatedAmount, Household
from rebalancing.engine.documents.objective import Edit, EditKind, Mode
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import (
    CASH_LIMITS,
    FewerOrders,
    Limit,
    ObjectiveTerm,
    Order,
    Plan,
    RemovalCost,
    Side,
    State,
    TermName,
    Versions,
)
from rebalancing.engine.documents.serializing import digest
from rebalancing.engine.documents.validation import BadHousehold, faults_in
from rebalancing.engine.evaluation import evaluate, tradables
from rebalancing.engine.evaluation.evaluate import NOTHING, Evaluation
from rebalancing.engine.evaluation.neutral_names import Names, names_of
from rebalancing.engine.evaluation.situations import Situation, lay_out
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.explanations import (
    late_settlements,
    order_reasons,
    positions,
    removal_costs,
    warnings,
    worst_drift,
)
from rebalancing.engine.explanations.names import account_name, class_name, security_name
from rebalancing.engine.explanations.order_reasons import Prices
from rebalancing.engine.model.program import Program, build
from rebalancing.engine.money import CENT, ZERO, cents
from rebalancing.engine.portfolio.objective_prices import Weights, weights_of
from rebalancing.engine.rounding.repair import rounded
from rebalancing.engine.search.branch_and_bound import (
    NODES_MAX,
    Found,
    apply,
    obeys,
    search_briefly,
    tolerance_of,
)
from rebalancing.engine.search.highs import Solver, solver_version
from rebalancing.engine.search.mip import search_integers
from rebalancing.engine.search.order_pruning import (
    COST_MAX,
    Pruned,
    fewer,
    is_asked_for,
    is_same_answer,
    prune,
)
from rebalancing.engine.search.tie_breaking import Level, held, leveled
from rebalancing.engine.tax.federal_tax import NOT_MODELED
from rebalancing.engine.wording import dollars

NODES_ALONG = 12  # Of the search at each price of a frontier.
NODES_FOR_BOUND = 60
ENGINE_VERSION = "1.1"
GAP = Decimal("0.001")
MET = Decimal(1)  # Dollars: less than this is met.
TIGHTENINGS = 4
# Cash is repaired by the rounding itself, and an edit is carried out to the share or not at all.
LEFT_AS_THEY_ARE = frozenset({*CASH_LIMITS, Limit.EDIT})
MUST_BE_MET = frozenset({Limit.CASH, Limit.DRIFT, Limit.NET_GAIN, Limit.TAX, Limit.EDIT})


@dataclass(frozen=True, slots=True)
class Solved:
    """A household solved and rounded, with everything the plan is written from.

    ``situation`` and the evaluations are under the document's names; ``opportunities``, program and answer under the
    neutral ones of ``names``.
    """

    names: Names
    situation: Situation
    opportunities: Opportunities
    weights: Weights
    program: Program
    solver: Solver
    found: Found
    pruned: Pruned
    level: Level
    nothing: Evaluation
    evaluation: Evaluation
    with_all: Evaluation | None = None  # The same with every order, where some were left out.


def propose(household: Household, *, removal_costs: bool = True) -> Plan:
    """The best plan for ``household`` under its rules.

    Raises validating.BadHousehold listing every fault, solving.SolverFailed when the solver gives no optimum.
    ``removal_costs`` false leaves out what removing each order would cost.
    """
    found = faults_in(household)
    if found:
        raise BadHousehold(found)
    asked = ordered(household)
    solved = solve(asked, weights_of(asked))
    return plan_of(solved, asked, digest(household), removal_costs=removal_costs)


def first_program(household: Household) -> tuple[Program, Names]:
    """The program that ``propose`` solves first for ``household``, and the names from the document's to the program's."""
    asked = ordered(household)
    weights = weights_of(asked)
    asked = _with_cash_set_aside(asked, weights)
    names = names_of(asked)
    situation = lay_out(names.household(asked))
    return build(situation, tradables.find(situation), weights), names


def solve(household: Household, weights: Weights, *, nodes_max: int = NODES_MAX) -> Solved:
    """``household`` (rows in order, validated) solved at the prices ``weights``, in shares that can be sent."""
    household = _with_cash_set_aside(household, weights)
    names = names_of(household)
    limited, bound = household, float("inf")
    for attempt in range(TIGHTENINGS):
        solved = _solve_once(limited, household, names, weights, nodes_max)
        # Tighter limits prove nothing about the household as it is: its own bound is that of the first attempt.
        bound = min(bound, solved.found.bound)
        solved = replace(solved, found=replace(solved.found, bound=bound))
        tighter = _tightened(solved, limited, household)
        if tighter is None or attempt == TIGHTENINGS - 1:
            return _thinned(_with_bound_below(solved, household))
        limited = tighter
    raise AssertionError("the last attempt returns")


def _solve_once(
    limited: Household, household: Household, names: Names, weights: Weights, nodes_max: int
) -> Solved:
    situation = lay_out(names.household(limited))
    able = tradables.find(situation)
    program = build(situation, able, weights)
    solver = Solver(program)
    if situation.household.objective.integer:
        seconds = situation.household.objective.time_limit_seconds
        found = search_integers(program, solver, seconds=seconds)
    else:
        found = search_briefly(program, solver, nodes_max=nodes_max)
    pruned, level = leveled(program, solver, prune(program, solver, found))
    trades = names.back.trades(rounded(program, pruned.solution, pruned.node))
    asked, places = lay_out(household), _places(names, able)
    return Solved(
        names=names,
        situation=asked,
        opportunities=able,
        weights=weights,
        program=program,
        solver=solver,
        found=found,
        pruned=pruned,
        level=level,
        nothing=evaluate.evaluate(asked, places, weights, NOTHING),
        evaluation=evaluate.evaluate(asked, places, weights, trades),
    )


def _places(names: Names, able: Opportunities) -> Opportunities:
    """What may be bought where under the document's names, with rank and location."""
    return Opportunities(sells=(), buys=tuple(names.back.buy(unit) for unit in able.buys))


def _with_bound_below(solved: Solved, household: Household) -> Solved:
    """``solved`` with a bound that holds for its plan too.

    The program counts losses of lots held longer only where all that replaces them is used up. The law is milder where
    what was just bought is sold along; a plan that gains by it has its bound from a program that allows every loss.
    """
    if _is_bounded(solved):
        return solved
    found = solved.found
    neutral = lay_out(solved.names.household(household))
    program = build(neutral, solved.opportunities, solved.weights, all_losses_count=True)
    milder = search_briefly(program, Solver(program), nodes_max=NODES_FOR_BOUND)
    return replace(solved, found=replace(found, bound=min(found.bound, milder.bound)))


def _is_bounded(solved: Solved) -> bool:
    """Whether the plan is no better than its bound."""
    return solved.found.bound <= float(solved.evaluation.objective) + tolerance_of(solved.program)


def _thinned(solved: Solved) -> Solved:
    """Without the orders that are hardly worth sending; as it is where that saves none, breaks a rule or costs too much."""
    with held(solved.solver, solved.level):
        few = fewer(solved.program, solved.solver, solved.pruned)
    if few is solved.pruned:
        return solved
    trades = solved.names.back.trades(rounded(solved.program, few.solution, few.node))
    before = solved.evaluation
    places = _places(solved.names, solved.opportunities)
    after = evaluate.evaluate(solved.situation, places, solved.weights, trades)
    keeps_rules = all(amount <= before.slack.get(key, ZERO) for key, amount in after.slack.items())
    is_worth_sending = _is_enough(solved, after) or not _is_enough(solved, before)
    may_cost = is_asked_for(solved.situation.household.objective) or (
        after.objective - before.objective < COST_MAX * solved.situation.investable
    )
    if not (ZERO < len(after.lines) < len(before.lines) and keeps_rules and is_worth_sending and may_cost):
        return solved
    return replace(solved, pruned=few, evaluation=after, with_all=before)


def _is_enough(solved: Solved, evaluation: Evaluation) -> bool:
    """Whether what the evaluation improves is worth sending orders for."""
    hold_below = solved.situation.household.objective.hold_below_bps * solved.situation.investable / 10_000
    return solved.nothing.objective - evaluation.objective >= hold_below


def solve_along(household: Household, prices: Iterable[Weights]) -> Iterator[Evaluation]:
    """``household`` solved at each of ``prices``, which may differ in the price of drift alone; built only once.

    At each price the search is short and has the choices of the price before to fall back on: near the optimum
    where losses compete with purchases, exactly there elsewhere.

    Every price of drift must be the same inside and outside the zones. Raises solving.SolverFailed.
    """
    names = names_of(household)
    asked, situation = lay_out(household), lay_out(names.household(household))
    able = tradables.find(situation)
    places = _places(names, able)
    program: Program | None = None
    last: Pruned | None = None
    for weights in prices:
        if program is None:
            program = build(situation, able, weights)
            solver = Solver(program)
        program.weights = weights
        drift = float(weights.outside)
        solver.reprice(program.deviation_columns, [drift] * len(program.deviation_columns))
        found = _found_beside(program, solver, last)
        pruned = prune(program, solver, found)
        if is_asked_for(household.objective):
            pruned = fewer(program, solver, pruned)
        if last is None or not is_same_answer(program, last, pruned):
            trades = names.back.trades(rounded(program, pruned.solution, pruned.node))
        last = pruned
        evaluation = evaluate.evaluate(asked, places, weights, trades)
        # What rounding overshot is tightened the long way; it is rare.
        again = solve(household, weights, nodes_max=NODES_ALONG) if evaluation.slack else None
        yield evaluation if again is None else again.evaluation


def _found_beside(program: Program, solver: Solver, last: Pruned | None) -> Found:
    """A short search's answer, or that under the choices of the ``last`` price where it is better."""
    found = search_briefly(program, solver, nodes_max=NODES_ALONG)
    if last is not None and not found.is_complete:
        apply(program, solver, last.node)
        again = solver.solve()
        is_better = again is not None and again.objective < found.solution.objective
        if again is not None and is_better and obeys(program, last.node, again, frozenset()):
            return replace(found, solution=again, node=last.node)
    return found


def _tightened(solved: Solved, limited: Household, household: Household) -> Household | None:
    """The household with every limit pulled in by what rounding to shares overshot it; None when all are met.

    A limit that even the unrounded answer cannot meet is left as it is.
    """
    paid = _without_unpaid(solved, limited)
    if paid is not None:
        return paid
    over = {
        key: amount * Decimal("1.5") + CENT
        for key, amount in solved.evaluation.slack.items()
        if (column := solved.program.slacks.get((key[0], solved.names.subject(*key)))) is not None
        and key[0] not in LEFT_AS_THEY_ARE
        and float(solved.pruned.solution.values[column]) <= 0.01
    }
    if not over:
        return None
    total = solved.situation.investable
    objective, rules = limited.objective, limited.rules
    if objective.drift_max is not None and (Limit.DRIFT, "") in over:
        objective = replace(
            objective, drift_max=max(ZERO, objective.drift_max - over[Limit.DRIFT, ""] / total)
        )
    if objective.gain_max is not None and (Limit.NET_GAIN, "") in over:
        objective = replace(objective, gain_max=objective.gain_max - over[Limit.NET_GAIN, ""])
    if objective.tax_max is not None and (Limit.TAX, "") in over:
        objective = replace(objective, tax_max=objective.tax_max - over[Limit.TAX, ""])
    if (Limit.TURNOVER, "") in over:
        less = over[Limit.TURNOVER, ""] / total
        if rules.turnover_max is not None:
            rules = replace(rules, turnover_max=max(ZERO, rules.turnover_max - less))
        if objective.turnover_max is not None:
            objective = replace(objective, turnover_max=max(ZERO, objective.turnover_max - less))
    caps = tuple(
        replace(
            cap,
            weight_max=max(ZERO, cap.weight_max - over.get((cap.rule, cap.id), ZERO) / total),
        )
        for cap in rules.caps
    )
    units = tuple(
        replace(
            unit,
            gain_budget=replace(
                unit.gain_budget, limit=unit.gain_budget.limit - over[Limit.GAIN_BUDGET, unit.id]
            ),
        )
        if unit.gain_budget is not None and (Limit.GAIN_BUDGET, unit.id) in over
        else unit
        for unit in limited.tax_units
    )
    budget = rules.gain_budget
    if budget is not None and (Limit.GAIN_BUDGET, "") in over:
        budget = replace(budget, limit=max(ZERO, budget.limit - over[Limit.GAIN_BUDGET, ""]))
    rules = replace(rules, caps=caps, gain_budget=budget)
    return replace(limited, objective=objective, rules=rules, tax_units=units)


def _without_unpaid(solved: Solved, limited: Household) -> Household | None:
    """``limited`` without the dearest purchase an advisor asked for in an account whose cash does not reach for it.

    Such an edit is not carried out (its slack says so), and its position is left alone; None when all are paid for.
    """
    situation = solved.situation
    unpaid = [
        edit
        for edit in limited.edits
        if edit.kind is EditKind.BUY and _is_overdrawn(situation, edit.account, solved.evaluation)
    ]
    if not unpaid:
        return None

    def cost(edit: Edit) -> tuple[Decimal, str]:
        return (edit.shares or ZERO) * situation.securities[edit.security or ""].price, edit.id

    dearest = max(unpaid, key=cost)
    still = replace(dearest, kind=EditKind.NO_TRADE, shares=None)
    return replace(limited, edits=tuple(still if edit is dearest else edit for edit in limited.edits))


def _is_overdrawn(situation: Situation, account: str, evaluation: Evaluation) -> bool:
    """Whether the account falls below its minimum on a day on which it would not have without the trades."""
    untouched = dict(evaluate.balances(situation, account, ()))
    minimum, known = situation.accounts[account].minimum_cash, situation.accounts[account].cash_settled
    for day, balance in evaluate.balances(situation, account, evaluation.lines):
        known = untouched.get(day, known)
        if balance < min(minimum, known):
            return True
    return False


def _with_cash_set_aside(household: Household, weights: Weights) -> Household:
    """In the mode that raises cash: the amount as a withdrawal to come, from where it costs least."""
    objective = household.objective
    if objective.mode is not Mode.RAISE_CASH or objective.raise_amount is None:
        return household
    amount = objective.raise_amount
    if objective.raise_account is not None:
        return _withdrawing(household, {objective.raise_account: amount})
    taxed = [a.id for a in household.accounts if a.is_taxed and a.tradable]
    others = [a.id for a in household.accounts if not a.is_taxed and a.tradable]
    shares: dict[str, Decimal] = {}
    # Taxed accounts first: a withdrawal from the others is a distribution with a tax of its own.
    for group in (taxed, others):
        left = amount - sum(shares.values(), ZERO)
        if left > 0 and group:
            shares.update(_split(household, group, left))
    missing = amount - sum(shares.values(), ZERO)
    if missing > 0:
        first = (taxed or others or [household.accounts[0].id])[0]
        shares[first] = shares.get(first, ZERO) + missing
    return _withdrawing(household, shares)


def _split(household: Household, group: list[str], amount: Decimal) -> dict[str, Decimal]:
    """``amount`` over the accounts of ``group``: free cash first, then what can be sold, in order of identity."""
    situation = lay_out(household)
    able = tradables.find(situation)
    shares: dict[str, Decimal] = dict.fromkeys(group, ZERO)
    room = {a: max(ZERO, situation.cash_at_end(a) - situation.accounts[a].minimum_cash) for a in group}
    sellable = dict.fromkeys(group, ZERO)
    for unit in able.open_sells():
        if unit.account in sellable:
            sellable[unit.account] += unit.quantity * situation.securities[unit.security].price
    for source, part in ((room, Decimal(1)), (sellable, Decimal("0.995"))):
        total = sum(source.values(), ZERO)
        left = min(amount - sum(shares.values(), ZERO), total * part)
        for account in group:
            if total > 0 and left > 0:
                shares[account] += (left * source[account] / total).quantize(CENT, rounding=ROUND_FLOOR)
    short = amount - sum(shares.values(), ZERO)
    if ZERO < short < CENT * (2 * len(group) + 1):
        shares[group[-1]] += short
    return {account: share for account, share in shares.items() if share > 0}


def _withdrawing(household: Household, amounts: dict[str, Decimal]) -> Household:
    days = lay_out(household).settles_on
    on = max(days.values(), default=household.trade_on)
    accounts = tuple(
        replace(
            account,
            flows=(*account.flows, DatedAmount(on=on, amount=-amounts[account.id], label="cash set aside")),
        )
        if account.id in amounts
        else account
        for account in household.accounts
    )
    return replace(household, accounts=accounts)


def plan_of(solved: Solved, household: Household, input_digest: str, *, removal_costs: bool) -> Plan:
    """The plan that ``solved`` amounts to, or HOLD, or IMPOSSIBLE."""
    state, summary, evaluation = _state(solved)
    prices = Prices(solved.program, solved.pruned.solution, solved.pruned.node)
    names, neutral = solved.names, solved.names.evaluation(evaluation)
    orders = _orders(prices, solved.situation, evaluation, neutral)
    bound, gap = _bound(solved, evaluation)
    situation = solved.situation
    taxes = positions.taxes(situation, evaluation)
    nothing, chosen = (positions.rounded_terms(e.terms) for e in (solved.nothing, evaluation))
    told = tuple(f"{_order_name(situation, order)}: {order.explanation}" for order in orders)
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
        reasons=told,
        skipped=tuple(
            names.back.skipped(one)
            for one in order_reasons.skipped(
                prices, solved.opportunities, neutral, lambda unit: late_settlements.why(prices, unit)
            )
        ),
        binding=tuple(names.back.binding(one) for one in order_reasons.binding(prices)),
        removal_costs=_removal_costs(solved, orders) if removal_costs and orders else (),
        slack=warnings.unmet(situation, evaluation),
        warnings=(
            *warnings.warnings(
                situation,
                evaluation,
                is_bounded=_is_bounded(solved),
                is_complete=solved.found.is_complete,
                is_out_of_time=solved.found.is_out_of_time,
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


def _fewer_orders(solved: Solved) -> FewerOrders | None:
    if solved.with_all is None:
        return None
    cost = solved.evaluation.objective - solved.with_all.objective
    bps = (cost / solved.situation.investable * 10_000).quantize(GAP, rounding=ROUND_CEILING)
    saved = len(solved.with_all.lines) - len(solved.evaluation.lines)
    return warnings.fewer_orders(saved, cost, bps)


def stated(solved: Solved) -> Evaluation:
    """What the plan of ``solved`` does: the trades that were found, or none where they are not worth their orders."""
    return _state(solved)[2]


def _state(solved: Solved) -> tuple[State, str, Evaluation]:
    """What the plan amounts to, in words, and what it does: the trades found, or nothing where they are not worth it."""
    evaluation = solved.evaluation
    kept = _why_nothing(solved)
    if kept:
        evaluation = solved.nothing
    unmet = [key for key, amount in evaluation.slack.items() if key[0] in MUST_BE_MET and amount >= MET]
    if unmet:
        told = "; ".join(
            warnings.slack_sentence(solved.situation, *key, evaluation.slack[key]) for key in sorted(unmet)
        )
        return State.IMPOSSIBLE, f"What was asked cannot be done in full: {told}.", evaluation
    if kept:
        return State.HOLD, kept, evaluation
    count = len(evaluation.lines)
    breached = sorted({z.policy.id for s in solved.situation.scopes for z in s.zones if z.breached})
    names = ", ".join(class_name(solved.situation, name) for name in breached)
    why = f"Outside the band: {names}." if breached else "All classes are inside their bands."
    return State.READY, f"{count} order{'s' if count != 1 else ''}. {why}", evaluation


def _why_nothing(solved: Solved) -> str:
    """Why the household is better left alone; empty where it is not."""
    household, evaluation = solved.situation.household, solved.evaluation
    if not evaluation.lines:
        waiting = late_settlements.sentences(
            Prices(solved.program, solved.pruned.solution, solved.pruned.node)
        )
        return next(waiting, "Nothing that may be traded would improve this household.")
    forced = any(edit.kind is not EditKind.NO_TRADE for edit in household.edits)
    if forced or _is_enough(solved, evaluation):
        return ""
    better = solved.nothing.objective - evaluation.objective
    enough = household.objective.hold_below_bps * solved.situation.investable / 10_000
    return (
        f"Trading would improve matters by {dollars(max(ZERO, better))} only; below {dollars(enough)} it is not"
        " worth the orders."
    )


def _orders(
    prices: Prices, situation: Situation, evaluation: Evaluation, neutral: Evaluation
) -> tuple[Order, ...]:
    """The orders of ``evaluation``, each with the reason that its line under neutral names has."""
    made = []
    for line, same in zip(evaluation.lines, neutral.lines, strict=True):
        code, told = order_reasons.reason_for(prices, neutral, same)
        made.append(
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
                explanation=told,
                lots=line.lots,
            )
        )
    return tuple(made)


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
