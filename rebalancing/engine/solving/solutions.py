"""Solve, round to shares, and repeat with tighter limits until the rounded plan keeps its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation import evaluate, tradables
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.neutral_names import Names, names_of
from rebalancing.engine.evaluation.order_lines import NOTHING
from rebalancing.engine.evaluation.situations import lay_out
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.model.program import Program, build
from rebalancing.engine.money import ZERO
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices, prices_for
from rebalancing.engine.rounding.repair import rounded
from rebalancing.engine.search.branch_and_bound import NODES_MAX, apply_node, is_feasible, search_with_limit
from rebalancing.engine.search.highs import Solver
from rebalancing.engine.search.law_order import with_order_of_law
from rebalancing.engine.search.nodes import SearchResult
from rebalancing.engine.search.optimum import find
from rebalancing.engine.search.order_pruning import (
    COST_MAX,
    Pruned,
    has_same_trades,
    prune_marginal_orders,
    prune_small_orders,
    wants_few_orders,
)
from rebalancing.engine.search.tie_breaking import keeping, leveled
from rebalancing.engine.solving.raising_cash import with_cash_set_aside
from rebalancing.engine.solving.solved import Solved, is_bounded, is_worth_sending
from rebalancing.engine.solving.tightening import with_tighter_limits

NODES_ALONG = 12  # Of the search at each price of a frontier.


NODES_FOR_BOUND = 60


TIGHTENINGS = 4


def first_program(household: Household) -> tuple[Program, Names]:
    """The program that ``propose`` solves first for ``household``, and the names from the document's to the program's."""
    asked = ordered(household)
    prices = prices_for(asked)
    asked = with_cash_set_aside(asked, prices)
    names = names_of(asked)
    situation = lay_out(names.household(asked))
    return build(situation, tradables.find(situation), prices), names


def solve(household: Household, prices: ObjectivePrices, *, nodes_max: int = NODES_MAX) -> Solved:
    """``household`` (rows in order, validated) solved at the prices ``prices``, in shares that can be sent."""
    household = with_cash_set_aside(household, prices)
    names = names_of(household)
    limited, bound, is_impossible = household, float("inf"), False
    for attempt in range(TIGHTENINGS):
        solved = _solve_once(limited, household, names, prices, nodes_max)
        # Tighter limits prove nothing about the household as it is: its own bound is that of the first attempt.
        bound = min(bound, solved.found.bound)
        is_impossible |= attempt == 0 and solved.found.is_impossible
        found = replace(solved.found, bound=bound, is_impossible=is_impossible)
        solved = replace(solved, found=found)
        tighter = with_tighter_limits(solved, limited, household)
        if tighter is None or attempt == TIGHTENINGS - 1:
            return _without_small_orders(_with_bound_below(solved, household))
        limited = tighter
    raise AssertionError("the last attempt returns")


def _solve_once(
    limited: Household, household: Household, names: Names, prices: ObjectivePrices, nodes_max: int
) -> Solved:
    situation = lay_out(names.household(limited))
    opportunities = tradables.find(situation)
    program = build(situation, opportunities, prices)
    solver = Solver(program)
    found = find(program, solver, nodes_max=nodes_max)
    answers = [(program, solver, found)]
    if nodes_max == NODES_MAX and program.washes:
        again = with_order_of_law(situation, opportunities, prices, answers[0])
        answers = [(program, solver, replace(found, bound=again[2].bound))]
        answers += [again] if again[2].solution is not found.solution else []
    asked, places = lay_out(household), _places(names, opportunities)
    nothing = evaluate.evaluate(asked, places, prices, NOTHING)

    def in_shares(program: Program, solver: Solver, found: SearchResult) -> Solved:
        pruned, level = leveled(program, solver, prune_small_orders(program, solver, found))
        trades = names.back.trades(rounded(program, pruned.solution, pruned.node))
        return Solved(
            names=names,
            situation=asked,
            opportunities=opportunities,
            prices=prices,
            program=program,
            solver=solver,
            found=found,
            pruned=pruned,
            level=level,
            nothing=nothing,
            evaluation=evaluate.evaluate(asked, places, prices, trades),
        )

    # What is the better one in dollars can be the worse one in shares.
    return min((in_shares(*answer) for answer in answers), key=lambda solved: solved.evaluation.objective)


def _places(names: Names, opportunities: Opportunities) -> Opportunities:
    """What may be bought where under the document's names, with rank and location."""
    return Opportunities(sells=(), buys=tuple(names.back.buy(unit) for unit in opportunities.buys))


def _with_bound_below(solved: Solved, household: Household) -> Solved:
    """``solved`` with a bound that holds for its plan too.

    The program counts losses of lots held longer only where all that replaces them is used up. The law is milder where
    what was just bought is sold along; a plan that gains by it has its bound from a program that allows every loss.
    """
    if is_bounded(solved):
        return solved
    found = solved.found
    neutral = lay_out(solved.names.household(household))
    program = build(neutral, solved.opportunities, solved.prices, all_losses_count=True)
    milder = search_with_limit(program, Solver(program), nodes_max=NODES_FOR_BOUND)
    return replace(solved, found=replace(found, bound=min(found.bound, milder.bound)))


def _without_small_orders(solved: Solved) -> Solved:
    """Without orders too small to be worth sending; unchanged where that saves none, breaks a limit or costs too much."""
    with keeping(solved.solver, solved.level):
        few = prune_marginal_orders(solved.program, solved.solver, solved.pruned)
    if few is solved.pruned:
        return solved
    trades = solved.names.back.trades(rounded(solved.program, few.solution, few.node))
    before = solved.evaluation
    places = _places(solved.names, solved.opportunities)
    after = evaluate.evaluate(solved.situation, places, solved.prices, trades)
    keeps_rules = all(amount <= before.slack.get(key, ZERO) for key, amount in after.slack.items())
    pays = is_worth_sending(solved, after) or not is_worth_sending(solved, before)
    may_cost = wants_few_orders(solved.situation.household.objective) or (
        after.objective - before.objective < COST_MAX * solved.situation.investable
    )
    if not (ZERO < len(after.lines) < len(before.lines) and keeps_rules and pays and may_cost):
        return solved
    return replace(solved, pruned=few, evaluation=after, with_all=before)


def solve_along(household: Household, price_steps: Iterable[ObjectivePrices]) -> Iterator[Evaluation]:
    """``household`` solved at each of ``price_steps``, which may differ in the price of drift alone; built only once.

    At each price the search is short and has the choices of the price before to fall back on: near the optimum
    where losses compete with purchases, exactly there elsewhere.

    Every price of drift must be the same inside and outside the zones. Raises highs.SolverFailed.
    """
    names = names_of(household)
    asked, situation = lay_out(household), lay_out(names.household(household))
    opportunities = tradables.find(situation)
    places = _places(names, opportunities)
    program: Program | None = None
    last: Pruned | None = None
    for prices in price_steps:
        if program is None:
            program = build(situation, opportunities, prices)
            solver = Solver(program)
        program.weights = prices
        drift = float(prices.outside)
        solver.reprice(program.deviation_columns, [drift] * len(program.deviation_columns))
        found = _better_of_search_and_last(program, solver, last)
        pruned = prune_small_orders(program, solver, found)
        if wants_few_orders(household.objective):
            pruned = prune_marginal_orders(program, solver, pruned)
        if last is None or not has_same_trades(program, last, pruned):
            trades = names.back.trades(rounded(program, pruned.solution, pruned.node))
        last = pruned
        evaluation = evaluate.evaluate(asked, places, prices, trades)
        # What rounding overshot is tightened the long way; it is rare.
        again = solve(household, prices, nodes_max=NODES_ALONG) if evaluation.slack else None
        yield evaluation if again is None else again.evaluation


def _better_of_search_and_last(program: Program, solver: Solver, last: Pruned | None) -> SearchResult:
    """A short search's answer, or that under the choices of the ``last`` price where it is better."""
    found = search_with_limit(program, solver, nodes_max=NODES_ALONG)
    if last is not None and not found.is_complete:
        apply_node(program, solver, last.node)
        again = solver.solve()
        is_better = again is not None and again.objective < found.solution.objective
        if again is not None and is_better and is_feasible(program, last.node, again, frozenset()):
            return replace(found, solution=again, node=last.node)
    return found
