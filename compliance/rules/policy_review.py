"""PTC-04: an approved investment policy exists, and it was reviewed lately enough.

Source: firm policy after CFA Institute, "Elements of an Investment Policy Statement for Individual Investors".
Months are calendar months: a review on September 30 is twelve months old until the next September 30.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from compliance.rules.facts.case import Case
from compliance.rules.facts.thresholds import Thresholds
from compliance.rules.findings.finding import Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day

RULE = Rule(
    id="PTC-04",
    title="IPS present and current",
    levels=(Severity.WARN, Severity.OVERRIDE, Severity.BLOCK),
    source="Firm policy; CFA Institute, Elements of an IPS",
    example="Last review 2025-09-30, trade 2026-11-23 (13.8 months): WARN",
)


def months_after(start: date, months: int) -> date:
    """The same day ``months`` later, or that month's last day where there is no such day."""
    whole = start.year * 12 + start.month - 1 + months
    year, month = whole // 12, whole % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def review_severity(
    *, approved: bool, last_review_on: date | None, on: date, warn_months: int = 12, override_months: int = 18
) -> Severity:
    """No approved policy or an unknown review: BLOCK. Otherwise by the age of the review."""
    if not approved or last_review_on is None:
        return Severity.BLOCK
    if on > months_after(last_review_on, override_months):
        return Severity.OVERRIDE
    return Severity.WARN if on > months_after(last_review_on, warn_months) else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    policy, limits = case.policy, case.thresholds
    if policy is None or policy.approved_version is None:
        return (
            RULE.finding(
                Severity.BLOCK,
                "There is no approved investment policy for this household, so there is nothing to trade toward.",
                fix="Have an investment policy signed and approved first.",
            ),
        )
    if policy.last_review_on is None:
        return (RULE.missing("when the investment policy was last reviewed"),)
    return (judged(case, policy.approved_version, policy.last_review_on, limits),)


def judged(case: Case, version: str, last_review_on: date, limits: Thresholds) -> Finding:
    severity = review_severity(
        approved=True,
        last_review_on=last_review_on,
        on=case.trade_on,
        warn_months=limits.review_warn_months,
        override_months=limits.review_override_months,
    )
    sentence = f"The investment policy was last reviewed on {day(last_review_on)}."
    if severity is Severity.PASS:
        fix = ""
    else:
        months = limits.review_warn_months if severity is Severity.WARN else limits.review_override_months
        sentence = f"{sentence[:-1]}, more than {months} months ago."
        fix = "Review the investment policy with the client and record it."
    return RULE.finding(
        severity,
        sentence,
        fix=fix,
        inputs={"policy_version": version, "last_review_on": last_review_on, "trade_on": case.trade_on},
        thresholds={
            "review_warn_months": limits.review_warn_months,
            "review_override_months": limits.review_override_months,
        },
    )
