"""PTC-12: the proposal was built on the model that the account follows on the trade day.

Source: the client's investment policy and the model assignment approved for the account.
"""

from __future__ import annotations

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity

RULE = Rule(
    id="PTC-12",
    title="Right model version",
    levels=(Severity.BLOCK,),
    source="Client's investment policy; model assignment",
    example="Account moved to 50/50 yesterday, proposal built on 60/40: BLOCK",
    engine=InEngine(
        how="The sleeves are those of the version that the policy names, or of its model's version in force on the trade day."
    ),
)


def model_severity(*, assigned: str | None, used: str | None) -> Severity:
    return Severity.PASS if assigned is not None and assigned == used else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(key, case) for key in case.traded), nothing="This proposal trades in no account."
    )


def examine(key: str, case: Case) -> Finding:
    account, about = case.account(key), (About(account=key),)
    if account is None or account.model_assigned is None or account.model_used is None:
        return RULE.missing(f"which model {case.label(key)} follows and which was used", about=about)
    severity = model_severity(assigned=account.model_assigned, used=account.model_used)
    inputs = {"model_assigned": account.model_assigned, "model_used": account.model_used}
    if severity is Severity.PASS:
        sentence = f"{account.label} follows the model this was built on."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"{account.label} follows {account.model_assigned}, and this proposal was built on "
        f"{account.model_used}.",
        fix="Build the proposal again on the model in force.",
        about=about,
        inputs=inputs,
    )
