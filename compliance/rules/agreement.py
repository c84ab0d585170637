"""PTC-02: the advisory agreement is signed, in effect and not ended, and the account is open.

Source: the firm's duty under Advisers Act section 206 to act within its mandate; Rule 204-2(a)(10).
The day on which an agreement ends, or an account closes, no longer allows a trade.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day

RULE = Rule(
    id="PTC-02",
    title="Agreement in force",
    levels=(Severity.BLOCK,),
    source="Advisers Act section 206; Rule 204-2(a)(10)",
    example="Terminated 2026-11-01, trade on 2026-11-23: BLOCK",
)


def agreement_severity(
    *,
    signed_on: date | None,
    effective_on: date | None,
    ended_on: date | None,
    closed_on: date | None,
    on: date,
) -> Severity:
    """PASS when the agreement covers ``on``; an unknown signature or start fails, an unknown end is none."""
    started = signed_on is not None and signed_on <= on and effective_on is not None and effective_on <= on
    over = any(end is not None and end <= on for end in (ended_on, closed_on))
    return Severity.PASS if started and not over else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(key, case) for key in case.traded), nothing="This proposal trades in no account."
    )


def examine(key: str, case: Case) -> Finding:
    account, about, on = case.account(key), (About(account=key),), case.trade_on
    if account is None:
        return RULE.missing(f"the agreement for {case.label(key)}", about=about)
    inputs = {
        "signed_on": account.agreement_signed_on,
        "effective_on": account.agreement_effective_on,
        "ended_on": account.agreement_ended_on,
        "closed_on": account.closed_on,
        "trade_on": on,
    }
    if account.agreement_signed_on is None or account.agreement_effective_on is None:
        return RULE.missing(
            f"when the agreement for {account.label} was signed and took effect", about=about, inputs=inputs
        )
    severity = agreement_severity(
        signed_on=account.agreement_signed_on,
        effective_on=account.agreement_effective_on,
        ended_on=account.agreement_ended_on,
        closed_on=account.closed_on,
        on=on,
    )
    if severity is Severity.PASS:
        return RULE.finding(
            severity, f"The agreement for {account.label} is in force.", about=about, inputs=inputs
        )
    if account.closed_on is not None and account.closed_on <= on:
        why = f"was closed on {day(account.closed_on)}"
    elif account.agreement_ended_on is not None and account.agreement_ended_on <= on:
        why = f"has had no agreement with us since {day(account.agreement_ended_on)}"
    else:
        starts = max(account.agreement_signed_on, account.agreement_effective_on)
        why = f"is only covered by our agreement from {day(starts)}"
    fix = "Leave this account out, or record the agreement that is in force."
    label = account.label[:1].upper() + account.label[1:]
    return RULE.finding(severity, f"{label} {why}.", fix=fix, about=about, inputs=inputs)
