"""PTC-02: the advisory agreement is signed, in effect and not ended, and the account is open.

Source: the firm's duty under Advisers Act section 206 to act within its mandate; Rule 204-2(a)(10).
The day on which an agreement ends, or an account closes, no longer allows a trade.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Case
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day
from rebalancing.engine.documents.plan import SkipReason

SIGNED_ON = Fact(Subject.ACCOUNT, "agreement_signed_on", date, example=date(2023, 12, 15))
EFFECTIVE_ON = Fact(Subject.ACCOUNT, "agreement_effective_on", date, example=date(2024, 1, 2))
TERMINATED_ON = Fact(Subject.ACCOUNT, "agreement_terminated_on", date, example=None)
CLOSED_ON = Fact(Subject.ACCOUNT, "closed_on", date, example=None)

RULE = Rule(
    id="PTC-02",
    title="Agreement in force",
    levels=(Severity.BLOCK,),
    source="Advisers Act section 206; Rule 204-2(a)(10)",
    example="Terminated 2026-11-01, trade on 2026-11-23: BLOCK",
    facts=(SIGNED_ON, EFFECTIVE_ON, TERMINATED_ON, CLOSED_ON),
    engine=InEngine(
        how="An account without an agreement in force is not tradable.", by=(SkipReason.ACCOUNT_NOT_TRADED,)
    ),
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
    signed_on, effective_on = SIGNED_ON.of(account), EFFECTIVE_ON.of(account)
    ended_on, closed_on = TERMINATED_ON.of(account), CLOSED_ON.of(account)
    inputs = {
        "signed_on": signed_on,
        "effective_on": effective_on,
        "ended_on": ended_on,
        "closed_on": closed_on,
        "trade_on": on,
    }
    if signed_on is None or effective_on is None:
        return RULE.missing(
            f"when the agreement for {account.label} was signed and took effect", about=about, inputs=inputs
        )
    severity = agreement_severity(
        signed_on=signed_on,
        effective_on=effective_on,
        ended_on=ended_on,
        closed_on=closed_on,
        on=on,
    )
    if severity is Severity.PASS:
        return RULE.finding(
            severity, f"The agreement for {account.label} is in force.", about=about, inputs=inputs
        )
    if closed_on is not None and closed_on <= on:
        why = f"was closed on {day(closed_on)}"
    elif ended_on is not None and ended_on <= on:
        why = f"has had no agreement with us since {day(ended_on)}"
    else:
        why = f"is only covered by our agreement from {day(max(signed_on, effective_on))}"
    fix = "Leave this account out, or record the agreement that is in force."
    label = account.label[:1].upper() + account.label[1:]
    return RULE.finding(severity, f"{label} {why}.", fix=fix, about=about, inputs=inputs)
