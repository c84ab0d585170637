"""PTC-05: what we know about the client was confirmed lately: the profile within 36 months, the taxes within 12.

Source: Advisers Act section 206 (advice rests on a reasonable understanding of the client); FINRA Rule 4512 and
SEC Rule 17a-3(a)(17) for the 36 months.
"""

from __future__ import annotations

from datetime import date

from compliance.rules.facts.case import Case
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day
from compliance.rules.policy_review import months_after

RULE = Rule(
    id="PTC-05",
    title="Profile stale",
    levels=(Severity.WARN,),
    source="Advisers Act section 206; SEC Rule 17a-3(a)(17)",
    example="Tax profile of 2024 used in Nov 2026: WARN",
)


def age_severity(*, confirmed_on: date | None, on: date, months: int) -> Severity:
    """WARN when the profile was confirmed more than ``months`` calendar months ago, or never."""
    fresh = confirmed_on is not None and on <= months_after(confirmed_on, months)
    return Severity.PASS if fresh else Severity.WARN


def check(case: Case) -> tuple[Finding, ...]:
    limits = case.thresholds
    traded = set(case.traded)
    units = [unit for unit in case.tax_units or () if traded & unit.accounts]
    parts: list[tuple[str, date | None, int, tuple[About, ...]]] = [
        ("the client's profile", case.profile_confirmed_on, limits.profile_months, ())
    ]
    for unit in units:
        about = tuple(About(account=key) for key in sorted(unit.accounts))
        parts.append(
            (f"the tax profile of {unit.label}", unit.tax_profile_on, limits.tax_profile_months, about)
        )
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
