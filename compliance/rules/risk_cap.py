"""PTC-15: the share of stocks, looking through funds, stays within the cap of the client's risk profile.

Source: the client's investment policy (risk). The cap itself is still inside. Where a client has no cap, the case
says so with a cap of one.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percents
from rebalancing.engine.documents.plan import Limit

RULE = Rule(
    id="PTC-15",
    title="Risk cap",
    levels=(Severity.BLOCK,),
    source="Client's investment policy (risk)",
    example="Cap 65%, after 66.3%: BLOCK",
    engine=InEngine(
        how="The cap on stocks is a cap on the classes that count as stocks.", by=(Limit.CLASSES_CAP,)
    ),
)


NO_CAP = Decimal(1)


def cap_severity(*, after: Decimal, cap: Decimal) -> Severity:
    return Severity.BLOCK if after > cap else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    cap = case.policy.equity_cap if case.policy else None
    if cap == NO_CAP:
        return (RULE.finding(Severity.PASS, "The client's policy sets no cap on stocks."),)
    if cap is None or case.equity_after is None:
        return (RULE.missing("the share of stocks after the trades and the client's cap on it"),)
    severity = cap_severity(after=case.equity_after, cap=cap)
    inputs, limits = {"equity_after": case.equity_after}, {"equity_cap": cap}
    after, most = percents(case.equity_after, cap)
    if severity is Severity.PASS:
        sentence = f"After the trades {after} is in stocks, within {most}."
        return (RULE.finding(severity, sentence, inputs=inputs, thresholds=limits),)
    return (
        RULE.finding(
            severity,
            f"After the trades {after} would be in stocks; the client's cap is {most}.",
            fix="Sell more stocks or buy fewer, or have the risk profile changed.",
            inputs=inputs,
            thresholds=limits,
        ),
    )
