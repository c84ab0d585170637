"""PTC-47: whoever approves did not shape the proposal, and holds a role that may approve.

Source: firm policy under Advisers Act Rule 206(4)-7 (supervision). Everyone who changed the revision counts as a
preparer. Who may accept an OVERRIDE is asked rule by rule when the book looks at the overrides.
"""

from __future__ import annotations

from collections.abc import Set

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity

RULE = Rule(
    id="PTC-47",
    title="Four eyes",
    levels=(Severity.BLOCK,),
    source="Advisers Act Rule 206(4)-7",
    example="Preparer = approver: BLOCK",
    # Before the approval there is no approver to look at.
    stages=("approval", "release"),
    engine=NotInEngine(why="Who approves is not known when the plan is made."),
)

APPROVING_ROLES = frozenset({"reviewer", "compliance"})


def four_eyes_severity(
    *,
    preparers: Set[str] | None,
    approver: str | None,
    approver_roles: Set[str] | None,
    needed_roles: Set[str] = APPROVING_ROLES,
) -> Severity:
    """PASS when a known approver with one of the roles is none of the known preparers."""
    if not preparers or not approver or not approver_roles:
        return Severity.BLOCK
    return Severity.PASS if approver not in preparers and approver_roles & needed_roles else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    inputs = {
        "preparers": case.preparers,
        "approver": case.approver,
        "approver_roles": case.approver_roles,
    }
    if not case.preparers:
        return (RULE.missing("who prepared this proposal", inputs=inputs),)
    if not case.approver or case.approver_roles is None:
        return (RULE.missing("who approves this proposal and in which role", inputs=inputs),)
    severity = four_eyes_severity(
        preparers=case.preparers, approver=case.approver, approver_roles=case.approver_roles
    )
    limits = {"needed_roles": APPROVING_ROLES}
    if severity is Severity.PASS:
        sentence = "A colleague who did not prepare the proposal approves it."
        return (RULE.finding(severity, sentence, inputs=inputs, thresholds=limits),)
    if case.approver in case.preparers:
        sentence = "Whoever prepared or changed this proposal cannot approve it."
        fix = "Ask a colleague to decide."
    else:
        sentence = "The approver holds no role that may approve a proposal."
        fix = "Ask a reviewer or the compliance officer to decide."
    return (RULE.finding(severity, sentence, fix=fix, inputs=inputs, thresholds=limits),)
