"""PTC-44: nothing is traded that an exchange has halted or paused; the firm's own volatility hold needs a person.

Source: exchange halt rules; the limit-up limit-down plan (Rule 608 of Regulation NMS); firm policy.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.surroundings import HaltKind
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity, highest
from rebalancing.engine.documents.plan import SkipReason

WORDS = {
    HaltKind.HALT: "is halted",
    HaltKind.PAUSE: "is paused by limit-up limit-down",
    HaltKind.VOLATILITY: "is under the firm's volatility hold",
}

RULE = Rule(
    id="PTC-44",
    title="Halt and volatility hold",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="Exchange halt and limit-up-limit-down rules",
    example="Trading halt on XYZ: BLOCK",
    engine=InEngine(how="What is halted is frozen: neither bought nor sold.", by=(SkipReason.FROZEN,)),
)


def halt_severity(kinds: Iterable[HaltKind]) -> Severity:
    """BLOCK for an exchange's halt or pause, OVERRIDE for the firm's own hold."""
    return highest(Severity.OVERRIDE if kind is HaltKind.VOLATILITY else Severity.BLOCK for kind in kinds)


def check(case: Case) -> tuple[Finding, ...]:
    if case.surroundings.halts is None:
        return (RULE.missing("which securities are halted"),)
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    found = [
        one
        for one in case.surroundings.halts or ()
        if one.security == trade.security and one.in_force(case.now)
    ]
    severity = halt_severity(one.kind for one in found)
    inputs = {"halts": tuple(one.kind.value for one in found), "now": case.now}
    if severity is Severity.PASS:
        return RULE.finding(severity, f"{name} is not halted.", about=about, inputs=inputs)
    worst = max(found, key=lambda one: halt_severity([one.kind]))
    return RULE.finding(
        severity,
        f"{name} {WORDS[worst.kind]}, so it is not traded now.",
        fix="Wait until trading resumes, and say so on the page of the halt.",
        about=about,
        inputs=inputs,
    )
