"""Why a class ends farther from its target than any class was before the plan.

A plan never costs more than doing nothing, so where the largest drift grows, another term of the objective must have
fallen: those terms are the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from rebalancing.engine.documents.objective import EditKind
from rebalancing.engine.documents.plan import CASH_LIMITS, Limit, TermName
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.situations import Scope, Situation, Zone
from rebalancing.engine.explanations.names import account_name, class_name, listing, rule_name
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.wording import dollars

Values = Mapping[str | None, Mapping[str, Decimal]]
Place = tuple[Scope, Zone, Decimal]  # Where, which class, and the dollars to its target.


def sentences(situation: Situation, nothing: Evaluation, evaluation: Evaluation) -> tuple[str, ...]:
    """One sentence where the worst drift is a dollar or more above that of doing nothing; none otherwise.

    Distances are dollars from the targets' part of the value before the plan, per dollar of the scope.
    """
    before, after = _worst(situation, nothing.values), _worst(situation, evaluation.values)
    if before is None or after is None:
        return ()
    scope, zone, apart = after
    more = apart - before[2] / before[0].investable * scope.investable
    if more < ONE:
        return ()
    where = f" in {account_name(situation, scope.account)}" if scope.account is not None else ""
    name = class_name(situation, zone.policy.id)
    because = listing(list(_reasons(situation, nothing, evaluation)))
    return (
        f"{name}{where} ends {dollars(apart)} from its target, {dollars(more)} farther than any class would without"
        f" the plan: {because}.",
    )


def _worst(situation: Situation, values: Values) -> Place | None:
    """The class that is farthest from its target as a fraction of its scope."""
    places = [
        (scope, zone, abs(values[scope.account][zone.policy.id] - zone.policy.target * scope.investable))
        for scope in situation.scopes
        if scope.investable > ZERO
        for zone in scope.zones
    ]
    return max(places, key=lambda place: place[2] / place[0].investable, default=None)


def _reasons(situation: Situation, nothing: Evaluation, evaluation: Evaluation) -> Iterator[str]:
    """What the plan does better than doing nothing, the rules that come first before what pays."""

    def saved(*names: str) -> Decimal:
        return sum((nothing.terms.get(name, ZERO) - evaluation.terms.get(name, ZERO) for name in names), ZERO)

    for (rule, subject), short in sorted(nothing.slack.items()):
        if rule != Limit.EDIT and evaluation.slack.get((rule, subject), ZERO) < short:
            yield f"{_rule(situation, rule, subject)} takes priority"
    if any(edit.kind is not EditKind.NO_TRADE for edit in situation.household.edits):
        yield "the advisor's edits take priority"
    if saved(TermName.WIND_DOWN) > ZERO:
        yield "a legacy holding is wound down"
    if saved(TermName.TAX) > ZERO:
        yield "it saves taxes"
    if saved(TermName.DRIFT_INSIDE, TermName.DRIFT_SHORT_OF_DESTINATION, TermName.DRIFT_OUTSIDE) > ZERO:
        yield "other classes move closer to their targets by more"


def _rule(situation: Situation, rule: str, subject: str) -> str:
    if rule in CASH_LIMITS:
        return f"the minimum cash of {account_name(situation, subject)}"
    return rule_name(situation, rule, subject)
