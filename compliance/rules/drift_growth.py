"""PTC-11: the trades bring the household closer to its targets, or at least no further away.

Source: the client's investment policy. Measured as the sum of absolute distances from target over all classes.
Raising cash that was asked for may cost some drift, and what is left over of a share where one fund takes another's place is
a note: nobody could trade it differently.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percents

LEFT_OVER = Decimal("0.0005")
"""Growth up to here, as a fraction of one, is what whole shares leave over."""

RULE = Rule(
    id="PTC-11",
    version=2,
    title="Drift must not grow",
    levels=(Severity.WARN, Severity.OVERRIDE),
    source="Client's investment policy",
    example="Sum 9.0 points before, 9.6 after: OVERRIDE",
    engine=NotInEngine(
        why="Raising cash, or a harvest with its replacement, may add a little drift; a person decides whether it is worth it."
    ),
)


def growth_severity(*, before: Decimal, after: Decimal, raises_cash: bool = False) -> Severity:
    """OVERRIDE when the summed drift grows; any one unit."""
    return Severity.OVERRIDE if after > before and not raises_cash else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    if case.weights is None or any(weight.target is None for weight in case.weights):
        return (RULE.missing("the class weights before and after the trades, and their targets"),)
    # Rows of single accounts are measured by themselves; the household's rows have no account.
    scopes = dict.fromkeys(weight.account for weight in case.weights)
    return RULE.report((examine(scope, case) for scope in scopes), nothing="The policy names no class.")


def examine(account: str | None, case: Case) -> Finding:
    rows = [weight for weight in case.weights or () if weight.account == account]
    before = sum((abs(one.before - (one.target or 0)) for one in rows), Decimal(0))
    after = sum((abs(one.after - (one.target or 0)) for one in rows), Decimal(0))
    severity = growth_severity(before=before, after=after, raises_cash=case.raises_cash_only)
    inputs = {"drift_before": before, "drift_after": after, "raises_cash_only": case.raises_cash_only}
    where = f" in {case.label(account)}" if account else ""
    if severity is Severity.PASS:
        return RULE.finding(
            severity, f"The trades do not take the classes{where} further off.", inputs=inputs
        )
    then, now = percents(before, after)
    is_left_over = after - before <= LEFT_OVER
    return RULE.finding(
        Severity.WARN if is_left_over else severity,
        f"The distances from target{where} add up to {now} after the trades and to {then} before.",
        fix="Nothing needs to be done: whole shares leave this much over."
        if is_left_over
        else "Trade differently, or say why the drift may grow.",
        inputs=inputs,
    )
