"""Limits pulled in by what rounding to shares overshot, so that the next attempt keeps them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import (
    CASH_LIMITS,
    Limit,
)
from rebalancing.engine.evaluation import shortfalls
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.money import CENT, ZERO
from rebalancing.engine.solving.solved import Solved

# Cash is repaired by the rounding itself, and an edit is carried out to the share or not at all.
NEVER_TIGHTENED = frozenset({*CASH_LIMITS, Limit.EDIT})


def with_tighter_limits(solved: Solved, limited: Household, household: Household) -> Household | None:
    """The household with every limit pulled in by what rounding to shares overshot it; None when all are met.

    A limit that even the unrounded answer cannot meet is left as it is.
    """
    funded = _without_unfunded_purchase(solved, limited)
    if funded is not None:
        return funded
    over = {
        key: amount * Decimal("1.5") + CENT
        for key, amount in solved.evaluation.slack.items()
        if (column := solved.program.slacks.get((key[0], solved.names.subject(*key)))) is not None
        and key[0] not in NEVER_TIGHTENED
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


def _without_unfunded_purchase(solved: Solved, limited: Household) -> Household | None:
    """``limited`` without the largest purchase an advisor asked for in an account whose cash does not reach for it.

    Such an edit is not carried out (its slack says so), and its position is left alone; None when all are paid for.
    """
    situation = solved.situation
    unfunded = [
        edit
        for edit in limited.edits
        if edit.kind is EditKind.BUY and _is_overdrawn(situation, edit.account, solved.evaluation)
    ]
    if not unfunded:
        return None

    def cost(edit: Edit) -> tuple[Decimal, str]:
        return (edit.shares or ZERO) * situation.securities[edit.security or ""].price, edit.id

    largest = max(unfunded, key=cost)
    left_alone = replace(largest, kind=EditKind.NO_TRADE, shares=None)
    return replace(limited, edits=tuple(left_alone if edit is largest else edit for edit in limited.edits))


def _is_overdrawn(situation: Situation, account: str, evaluation: Evaluation) -> bool:
    """Whether the account falls below its minimum on a day on which it would not have without the trades."""
    untouched = dict(shortfalls.balances(situation, account, ()))
    minimum, known = situation.accounts[account].minimum_cash, situation.accounts[account].cash_settled
    for day, balance in shortfalls.balances(situation, account, evaluation.lines):
        known = untouched.get(day, known)
        if balance < min(minimum, known):
            return True
    return False
