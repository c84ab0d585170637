"""PTC-03: no hold is on the account.

Holds are legal orders, a deceased owner (re-title and step up the basis first), a transfer out, a custodian's
restriction, a margin call, the 90 days of cash up front (Regulation T, 12 CFR 220.8(c)), an account whose lots
do not add up. Their first and last days count.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import listing
from rebalancing.engine.documents.plan import SkipReason

RULE = Rule(
    id="PTC-03",
    title="Account hold",
    levels=(Severity.BLOCK,),
    source="Regulation T, 12 CFR 220.8(c); firm policy",
    example="Owner flagged deceased: BLOCK (re-title and step-up first)",
    engine=InEngine(how="An account on hold is not tradable.", by=(SkipReason.ACCOUNT_NOT_TRADED,)),
)


def hold_severity(kinds: Iterable[str] | None) -> Severity:
    """BLOCK when there is any hold, and when it is not known whether there is one."""
    return Severity.PASS if kinds is not None and not tuple(kinds) else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(key, case) for key in case.traded), nothing="This proposal trades in no account."
    )


def examine(key: str, case: Case) -> Finding:
    account, about = case.account(key), (About(account=key),)
    if account is None or account.holds is None:
        return RULE.missing(f"whether {case.label(key)} is on hold", about=about)
    holds = tuple(hold for hold in account.holds if hold.in_force(case.trade_on))
    kinds = tuple(hold.kind for hold in holds)
    severity = hold_severity(kinds)
    inputs = {"holds": kinds, "held_from": tuple(hold.from_on for hold in holds), "trade_on": case.trade_on}
    if severity is Severity.PASS:
        return RULE.finding(severity, f"No hold is on {account.label}.", about=about, inputs=inputs)
    reasons = listing(hold.note or hold.kind.replace("_", " ") for hold in holds)
    return RULE.finding(
        severity,
        f"Trading is on hold for {account.label}: {reasons}.",
        fix="Resolve the reason for the hold and lift it, or leave this account out.",
        about=about,
        inputs=inputs,
    )
