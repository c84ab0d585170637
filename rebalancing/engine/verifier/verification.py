"""The second opinion: a plan is signed only if the two documents alone bear out every figure in it.

Simple, exact and independent: this package knows the arithmetic (taxes, wash sales, holding periods, calendars) but
not how the plan was made; an import contract keeps the program, the solver, the branching and the rounding out.
A plan that is refused is never stored as a proposal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Plan
from rebalancing.engine.documents.serializing import digest
from rebalancing.engine.documents.validation import faults_in
from rebalancing.engine.verifier import cash, harvests, limits, objective, orders, positions, returns, washes
from rebalancing.engine.verifier.case import Case, Check, differs, lay_side_by_side

VERIFIER_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``signature`` binds household, plan and verifier version; None where the plan was refused for ``faults``."""

    signed: bool
    faults: tuple[Fault, ...]
    signature: str | None


def verify(household: Household, plan: Plan) -> Verdict:
    """Whether ``plan`` is what it says for ``household``; all faults, with pointers into the plan. Never raises."""
    found = list(faults_in(household))
    if not found:
        case = lay_side_by_side(ordered(household), plan)
        for stage in STAGES:
            found = [fault for check in stage for fault in check(case)]
            if found:
                # Later checks read what earlier ones have made sure of.
                break
    if found:
        return Verdict(signed=False, faults=tuple(found), signature=None)
    return Verdict(signed=True, faults=(), signature=_signature(case.household_digest, digest(plan)))


def _signature(household_digest: str, plan_digest: str) -> str:
    text = f"evenkeel verifier {VERIFIER_VERSION}\n{household_digest}\n{plan_digest}\n"
    return hashlib.sha256(text.encode()).hexdigest()


def _identity(case: Case) -> Iterator[Fault]:
    yield from differs("/household", "household", case.plan.household, case.household.id)
    yield from differs("/trade_on", "trade day", case.plan.trade_on, case.household.trade_on)
    yield from differs("/input_digest", "input", case.plan.input_digest, case.household_digest)
    for name in ("engine", "solver", "tax_tables"):
        if not getattr(case.plan.versions, name):
            yield Fault(f"/versions/{name}", "is missing")


STAGES: tuple[tuple[Check, ...], ...] = (
    (_identity, orders.shape),
    (orders.amounts, orders.lots_left, cash.ladder, harvests.only_swaps, harvests.money_in_parts),
    (
        orders.whole_shares,
        orders.sizes,
        orders.restrictions,
        orders.one_way,
        cash.minimums,
        cash.raised,
        washes.rebuys,
        washes.lost,
        washes.disallowed,
        returns.returns,
        positions.before_and_after,
        limits.slack_amounts,
        objective.terms,
        objective.gap,
        objective.fewer_orders,
        objective.state,
        objective.references,
    ),
)
