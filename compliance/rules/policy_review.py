"""PTC-04: an approved investment policy exists, its last review is recent enough, and the agreed day of the next has not passed.

Source: firm policy after CFA Institute, "Elements of an Investment Policy Statement for Individual Investors".
Months are calendar months: a review on September 30 is twelve months old until the next September 30.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from compliance.rules.facts.case import Case
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day

REVIEWED_ON = Fact(Subject.POLICY, "reviewed_on", date, example=date(2026, 3, 2))
NEXT_REVIEW_ON = Fact(Subject.POLICY, "next_review_on", date, example=None)
WARN_MONTHS = Threshold("review_warn_months", 12)
OVERRIDE_MONTHS = Threshold("review_override_months", 18)

RULE = Rule(
    id="PTC-04",
    version=2,
    title="IPS present and current",
    levels=(Severity.WARN, Severity.OVERRIDE, Severity.BLOCK),
    source="Firm policy; CFA Institute, Elements of an IPS",
    example="Last review 2025-09-30, trade 2026-11-23 (13.8 months): WARN",
    facts=(REVIEWED_ON, NEXT_REVIEW_ON),
    thresholds=(WARN_MONTHS, OVERRIDE_MONTHS),
    engine=NotInEngine(why="A policy that was not reviewed in time needs people, whatever is proposed."),
)


def months_after(start: date, months: int) -> date:
    """The same day ``months`` later, or that month's last day where there is no such day."""
    whole = start.year * 12 + start.month - 1 + months
    year, month = whole // 12, whole % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def review_severity(
    *,
    approved: bool,
    last_review_on: date | None,
    on: date,
    warn_months: int = WARN_MONTHS.default,
    override_months: int = OVERRIDE_MONTHS.default,
) -> Severity:
    """No approved policy or an unknown review: BLOCK. Otherwise by the age of the review."""
    if not approved or last_review_on is None:
        return Severity.BLOCK
    if on > months_after(last_review_on, override_months):
        return Severity.OVERRIDE
    return Severity.WARN if on > months_after(last_review_on, warn_months) else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    policy, reviewed_on = case.policy, REVIEWED_ON.of(case.policy)
    if policy is None or policy.approved_version is None:
        return (
            RULE.finding(
                Severity.BLOCK,
                "There is no approved investment policy for this household, so there is nothing to trade toward.",
                fix="Have an investment policy signed and approved first.",
            ),
        )
    if reviewed_on is None:
        return (RULE.missing("when the investment policy was last reviewed"),)
    return (examine(policy.approved_version, reviewed_on, case),)


def examine(version: str, last_review_on: date, case: Case) -> Finding:
    warn_months, override_months = case.threshold(WARN_MONTHS), case.threshold(OVERRIDE_MONTHS)
    severity = review_severity(
        approved=True,
        last_review_on=last_review_on,
        on=case.trade_on,
        warn_months=warn_months,
        override_months=override_months,
    )
    next_review_on = NEXT_REVIEW_ON.of(case.policy)
    sentence = f"The investment policy was last reviewed on {day(last_review_on)}."
    if severity is Severity.PASS and next_review_on is not None and next_review_on < case.trade_on:
        severity = Severity.WARN
        sentence = f"{sentence[:-1]}; its next review was agreed for {day(next_review_on)}, which has passed."
        fix = "Review the investment policy with the client and record it."
    elif severity is Severity.PASS:
        fix = ""
    else:
        months = warn_months if severity is Severity.WARN else override_months
        sentence = f"{sentence[:-1]}, more than {months} months ago."
        fix = "Review the investment policy with the client and record it."
    return RULE.finding(
        severity,
        sentence,
        fix=fix,
        inputs={
            "policy_version": version,
            "last_review_on": last_review_on,
            "next_review_on": next_review_on,
            "trade_on": case.trade_on,
        },
        thresholds=case.thresholds.named(WARN_MONTHS, OVERRIDE_MONTHS),
    )
