"""PTC-34: the proposal does not push the client's income over a line unnoticed.

Source: IRC 1(h) (0/15/20 percent), IRC 1411 (net investment income tax), 42 U.S.C. 1395r(i) (Medicare premiums).
A line is crossed when income reaches beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from compliance.rules.facts.case import Case, TaxUnit
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, listing

TIER = "irmaa_tier"
WORDS = {"niit": "the net investment income tax"}
"""What people call the lines; the tiers of Medicare premiums have their number."""

RULE = Rule(
    id="PTC-34",
    title="Tax threshold crossed",
    levels=(Severity.WARN,),
    source="IRC 1(h), 1411; 42 U.S.C. 1395r(i)",
    example="MAGI 212,000 -> 219,500 joint (218,000 IRMAA line 2026): WARN",
)


def words(line: str) -> str:
    """A line as people call it."""
    if line.startswith(TIER):
        return f"Medicare premium tier {line.removeprefix(TIER)}"
    return WORDS.get(line, line.replace("_", " "))


def crossed(*, before: Decimal, after: Decimal, lines: Iterable[tuple[str, Decimal]]) -> tuple[str, ...]:
    """Names of the lines the income was not beyond before and is beyond after, lowest first."""
    by_income = sorted(lines, key=lambda one: (one[1], one[0]))
    return tuple(name for name, line in by_income if before <= line < after)


def line_severity(names: Iterable[str]) -> Severity:
    return Severity.WARN if tuple(names) else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    sold = {
        trade.account
        for trade in case.sells
        if (account := case.account(trade.account)) is None or account.taxable
    }
    if not sold:
        return (RULE.finding(Severity.PASS, "This proposal sells nothing in a taxable account."),)
    units = [unit for unit in case.tax_units or () if sold & unit.accounts]
    if sold - {key for unit in units for key in unit.accounts}:
        return (RULE.missing("whose tax return the sales belong to"),)
    return RULE.report((examine(unit) for unit in units), nothing="Nobody's income changes.")


def examine(unit: TaxUnit) -> Finding:
    about = tuple(About(account=key) for key in sorted(unit.accounts))
    if unit.magi_before is None or unit.magi_after is None or unit.income_lines is None:
        return RULE.missing(f"the income of {unit.label} with and without this proposal", about=about)
    names = crossed(before=unit.magi_before, after=unit.magi_after, lines=unit.income_lines)
    inputs = {"magi_before": unit.magi_before, "magi_after": unit.magi_after, "crossed": names}
    severity = line_severity(names)
    if severity is Severity.PASS:
        sentence = f"{unit.label} crosses no tax threshold."
        return RULE.finding(
            severity, sentence, about=about, inputs=inputs, thresholds=dict(unit.income_lines)
        )
    what = listing(words(name) for name in names)
    return RULE.finding(
        severity,
        f"The proposal takes the income of {unit.label} from {dollars(unit.magi_before)} to "
        f"{dollars(unit.magi_after)}, over the line of {what}.",
        fix="Realize less gain this year, or tell the client what crossing the threshold costs.",
        about=about,
        inputs=inputs,
        thresholds=dict(unit.income_lines),
    )
