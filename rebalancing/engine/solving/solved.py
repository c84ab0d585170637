"""A household solved and rounded, with everything its plan is written from."""

from __future__ import annotations

from dataclasses import dataclass

from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.neutral_names import Names
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.evaluation.tradables import Opportunities
from rebalancing.engine.model.program import Program
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices
from rebalancing.engine.search.branch_and_bound import tolerance_of
from rebalancing.engine.search.highs import Solver
from rebalancing.engine.search.nodes import SearchResult
from rebalancing.engine.search.order_pruning import (
    Pruned,
)
from rebalancing.engine.search.tie_breaking import Level


@dataclass(frozen=True, slots=True)
class Solved:
    """A household solved and rounded, with everything the plan is written from.

    ``situation`` and the evaluations are under the document's names; ``opportunities``, program and answer under the
    neutral ones of ``names``.
    """

    names: Names
    situation: Situation
    opportunities: Opportunities
    prices: ObjectivePrices
    program: Program
    solver: Solver
    found: SearchResult
    pruned: Pruned
    level: Level
    nothing: Evaluation
    evaluation: Evaluation
    with_all: Evaluation | None = None  # The same with every order, where some were left out.


def is_bounded(solved: Solved) -> bool:
    """Whether the plan is no better than its bound."""
    return solved.found.bound <= float(solved.evaluation.objective) + tolerance_of(solved.program)


def is_worth_sending(solved: Solved, evaluation: Evaluation) -> bool:
    """Whether what the evaluation improves is worth sending orders for."""
    hold_below = solved.situation.household.objective.hold_below_bps * solved.situation.investable / 10_000
    return solved.nothing.objective - evaluation.objective >= hold_below
