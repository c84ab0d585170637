"""PTC-05: what we know about the client is recent: the profile confirmed within 36 months, the taxes within 12.

Source: Advisers Act section 206 (advice rests on a reasonable understanding of the client); FINRA Rule 4512 and
SEC Rule 17a-3(a)(17) for the 36 months.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Case
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day
from compliance.rules.policy_review import months_after

PROFILE_CONFIRMED_ON = Fact(Subject.HOUSEHOLD, "profile_confirmed_on", date, example=date(2025, 3, 3))
TAXES_CONFIRMED_ON = Fact(Subject.TAX_PROFILE, "confirmed_on", date, example=date(2026, 4, 20))
PROFILE_MONTHS = Threshold("profile_months", 36)
TAX_PROFILE_MONTHS = Threshold("tax_profile_months", 12)

RULE = Rule(
    id="PTC-05",
    title="Profile stale",
    levels=(Severity.WARN,),
    source="Advisers Act section 206; SEC Rule 17a-3(a)(17)",
    example="Tax profile of 2024 used in Nov 2026: WARN",
    facts=(PROFILE_CONFIRMED_ON, TAXES_CONFIRMED_ON),
    thresholds=(PROFILE_MONTHS, TAX_PROFILE_MONTHS),
)


def age_severity(*, confirmed_on: date | None, on: date, months: int) -> Severity:
    """WARN when the profile was confirmed more than ``months`` calendar months ago, or never."""
    fresh = confirmed_on is not None and on <= months_after(confirmed_on, months)
    return Severity.PASS if fresh else Severity.WARN


def check(case: Case) -> tuple[Finding, ...]:
    traded = set(case.traded)
    units = [unit for unit in case.tax_units or () if traded & unit.accounts]
    parts: list[tuple[str, date | None, int, tuple[About, ...]]] = [
        ("the client's profile", PROFILE_CONFIRMED_ON.of(case), case.threshold(PROFILE_MONTHS), ())
    ]
    for unit in units:
        about = tuple(About(account=key) for key in sorted(unit.accounts))
        what, months = f"the tax profile of {unit.label}", case.threshold(TAX_PROFILE_MONTHS)
        parts.append((what, TAXES_CONFIRMED_ON.of(unit), months, about))
    findings = [examine(*part, case) for part in parts]
    if case.tax_units is None:
        findings.append(RULE.missing("when the tax profiles were confirmed"))
    return RULE.report(findings, nothing="There is no profile to look at.")


def examine(
    what: str, confirmed_on: date | None, months: int, about: tuple[About, ...], case: Case
) -> Finding:
    if confirmed_on is None:
        return RULE.missing(f"when {what} was last confirmed", about=about)
    severity = age_severity(confirmed_on=confirmed_on, on=case.trade_on, months=months)
    inputs, limits = {"confirmed_on": confirmed_on, "trade_on": case.trade_on}, {"months": months}
    name = what[:1].upper() + what[1:]
    if severity is Severity.PASS:
        sentence = f"{name} was confirmed on {day(confirmed_on)}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=limits)
    return RULE.finding(
        severity,
        f"{name} was last confirmed on {day(confirmed_on)}, more than {months} months ago.",
        fix="Confirm it with the client and record the day.",
        about=about,
        inputs=inputs,
        thresholds=limits,
    )
