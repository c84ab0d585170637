"""PTC-01: nobody trades without discretion in force or the client's consent to exactly this proposal.

Source: Advisers Act Rule 204-2(a)(9) (the written grant of discretion is a required record). Consent to an
earlier version is no consent: it must name this version and carry this fingerprint.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Account, Authority, Case, Consent
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity

DISCRETION_FROM = Fact(Subject.ACCOUNT, "discretion_from_on", date, example=date(2024, 1, 2))
DISCRETION_UNTIL = Fact(Subject.ACCOUNT, "discretion_until_on", date, example=None)

RULE = Rule(
    id="PTC-01",
    title="Discretion or consent",
    levels=(Severity.BLOCK,),
    source="Advisers Act Rule 204-2(a)(9)",
    example="Non-discretionary account, consent for proposal v3, proposal now v4: BLOCK",
    facts=(DISCRETION_FROM, DISCRETION_UNTIL),
    engine=NotInEngine(why="Whether the client consents is known only after the proposal has been drafted."),
)


def authority_severity(*, discretion: bool, consented: bool) -> Severity:
    """PASS when discretion is in force or this very version has the client's consent, else BLOCK."""
    return Severity.PASS if discretion or consented else Severity.BLOCK


def discretion_in_force(account: Account, case: Case) -> bool:
    """Whether the written grant covers the trade day. The day discretion ends is no longer covered."""
    starts, ends = DISCRETION_FROM.of(account), DISCRETION_UNTIL.of(account)
    return (
        account.authority is Authority.DISCRETIONARY
        and starts is not None
        and starts <= case.trade_on
        and (ends is None or case.trade_on < ends)
    )


def consents_to(consent: Consent, case: Case) -> bool:
    """Whether this consent is complete and names exactly the version and the fingerprint under check."""
    return (
        case.proposal_version is not None
        and bool(case.proposal_hash)
        and consent.proposal_version == case.proposal_version
        and consent.proposal_hash == case.proposal_hash
        and bool(consent.given_by)
        and bool(consent.channel)
        and consent.given_at <= case.now
    )


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(key, case) for key in case.traded), nothing="This proposal trades in no account."
    )


def examine(key: str, case: Case) -> Finding:
    account, about = case.account(key), (About(account=key),)
    if account is None or account.authority is None:
        return RULE.missing(f"who may decide on trades in {case.label(key)}", about=about)
    given = [consent for consent in case.consents if consent.account == key]
    discretion = discretion_in_force(account, case)
    consented = any(consents_to(consent, case) for consent in given)
    severity = authority_severity(discretion=discretion, consented=consented)
    inputs = {
        "authority": account.authority,
        "discretion_from": DISCRETION_FROM.of(account),
        "discretion_until": DISCRETION_UNTIL.of(account),
        "consented_versions": tuple(consent.proposal_version for consent in given),
        "proposal_version": case.proposal_version,
        "proposal_hash": case.proposal_hash,
    }
    if severity is Severity.PASS:
        how = "gave us discretion" if discretion else "agreed to this version of the proposal"
        return RULE.finding(severity, f"For {account.label} the client {how}.", about=about, inputs=inputs)
    if given:
        latest = max(consent.proposal_version for consent in given)
        sentence = (
            f"For {account.label} the client agreed to version {latest} of this proposal, which is not the "
            f"version in hand."
        )
    else:
        sentence = f"For {account.label} every trade needs the client's own agreement, and there is none yet."
    fix = "Ask the client to agree to the version shown, or record the signed grant of discretion."
    return RULE.finding(severity, sentence, fix=fix, about=about, inputs=inputs)
