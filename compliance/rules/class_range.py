"""PTC-10: after the trades every asset class lies inside the hard range of the client's policy.

Source: the client's investment policy. The edges belong to the range. A class that stays outside needs a person
when the trades bring it closer (or leave it where it was), and nobody may push it further out.

Spreads reduce the total, so the weight of every class that is not traded rises slightly. The trades have pushed a class
out only where its own dollars moved that way too: up for one above its range, down for one below. Dollars are compared
exactly, without a tolerance.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, ClassRange, ClassWeight
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percents

RULE = Rule(
    id="PTC-10",
    version=2,
    title="Class range after trade",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="Client's investment policy",
    example="Range 50-70, before 74, after 71: OVERRIDE; left alone and after 74.01 by the cost of other trades: OVERRIDE",
    engine=NotInEngine(
        why="The plan moves toward targets that lie inside the hard range. Only a class that has left its range and cannot be brought back is stopped, and a person decides then."
    ),
)


def distance_outside(low: Decimal, high: Decimal, weight: Decimal) -> Decimal:
    """How far ``weight`` lies outside the range; zero inside it and on its edges."""
    return max(low - weight, weight - high, Decimal(0))


def range_severity(
    *, low: Decimal, high: Decimal, before: Decimal, after: Decimal, moved: Decimal | None = None
) -> Severity:
    """PASS inside, OVERRIDE outside but pushed no further, BLOCK pushed further out. Any one unit of weight.

    ``moved`` is what the trades put into the class, in dollars and negative when they took out; None: not known, and
    then whatever lies further out counts as pushed.
    """
    outside = distance_outside(low, high, after)
    if outside == 0:
        return Severity.PASS
    is_pushed = moved is None or (moved > 0 if after > high else moved < 0)
    return (
        Severity.BLOCK if outside > distance_outside(low, high, before) and is_pushed else Severity.OVERRIDE
    )


def check(case: Case) -> tuple[Finding, ...]:
    if case.policy is None or not case.policy.ranges:
        return (RULE.missing("the ranges of the client's policy"),)
    if case.weights is None:
        return (RULE.missing("the class weights before and after the trades"),)
    ranges = {(one.asset_class, one.account): one for one in case.policy.ranges}
    weights = {(one.asset_class, one.account): one for one in case.weights}
    # A class held without a range and a range without a weight have not been checked.
    keys = [*ranges, *(key for key, weight in weights.items() if key not in ranges and weight.after > 0)]
    return RULE.report(
        (examine(key, ranges.get(key), weights.get(key), case) for key in keys),
        nothing="The policy names no class.",
    )


def examine(
    key: tuple[str, str | None], allowed: ClassRange | None, weight: ClassWeight | None, case: Case
) -> Finding:
    asset_class, account = key
    about = (About(account=account),) if account else ()
    where = f" in {case.label(account)}" if account else ""
    if allowed is None:
        return RULE.missing(f"the policy's range for {asset_class}{where}", about=about)
    if weight is None:
        return RULE.missing(f"how much {asset_class} there is{where}", about=about)
    severity = range_severity(
        low=allowed.low, high=allowed.high, before=weight.before, after=weight.after, moved=weight.moved
    )
    inputs = {
        "asset_class": asset_class,
        "before": weight.before,
        "after": weight.after,
        "moved": weight.moved,
    }
    limits = {"low": allowed.low, "high": allowed.high}
    before, after, low, high = percents(weight.before, weight.after, allowed.low, allowed.high)
    span = f"{low} to {high}"
    if severity is Severity.PASS:
        sentence = f"After the trades {asset_class}{where} is {after}, inside {span}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=limits)
    is_further = distance_outside(allowed.low, allowed.high, weight.after) > distance_outside(
        allowed.low, allowed.high, weight.before
    )
    move = "and no further from it than before"
    if severity is Severity.BLOCK:
        move = "and further from it than before"
    elif is_further:
        move = "and further from it only by what the other trades cost"
    return RULE.finding(
        severity,
        f"After the trades {asset_class}{where} is {after} (before {before}): "
        f"outside the policy's range of {span}, {move}.",
        fix="Trade further toward the range, or have the policy changed.",
        about=about,
        inputs=inputs,
        thresholds=limits,
    )
