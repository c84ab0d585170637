"""PTC-33: the tax is in proportion to the drift it removes.

Source: firm policy (best interest, Advisers Act section 206). Tax in basis points of the household's value for
each percentage point of drift removed; drift is half the sum of the absolute distances from target. Where each account is
balanced by itself, an account's drift counts by its share of the household's value.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from compliance.rules.facts.case import Case, ClassWeight
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import TENTH, dollars

BPS_PER_POINT = Threshold("tax_bps_per_point", Decimal(15))

RULE = Rule(
    id="PTC-33",
    version=2,
    title="Tax cost per point of drift",
    levels=(Severity.OVERRIDE,),
    source="Firm policy; Advisers Act section 206",
    example="Tax 119 bp for 4 points = 29.8 bp per point: OVERRIDE",
    thresholds=(BPS_PER_POINT,),
    engine=NotInEngine(
        why="The plan weighs tax against drift in dollars; this is a second, coarser look that a person answers for."
    ),
)

BPS = Decimal(10000)


def tax_bps(*, tax: Decimal, value: Decimal) -> Decimal:
    """Tax in basis points of ``value``, which is above zero."""
    return tax / value * BPS


def proportion_severity(
    *, bps: Decimal, points_removed: Decimal, limit: Decimal = BPS_PER_POINT.default
) -> Severity:
    """PASS without tax; OVERRIDE when it removes no drift, or costs more than ``limit`` per point."""
    if bps <= 0:
        return Severity.PASS
    if points_removed <= 0:
        return Severity.OVERRIDE
    return Severity.OVERRIDE if bps > limit * points_removed else Severity.PASS


def points_removed(weights: tuple[ClassWeight, ...], shares: Mapping[str, Decimal]) -> Decimal | None:
    """Percentage points of drift the trades remove; None when a target is unknown.

    ``shares`` is what part of the household's value each account holds: rows of single accounts count by it.
    """
    total = Decimal(0)
    for weight in weights:
        if weight.target is None:
            return None
        share = Decimal(1) if weight.account is None else shares.get(weight.account, Decimal(0))
        total += share * (abs(weight.before - weight.target) - abs(weight.after - weight.target))
    return total * 50


def check(case: Case) -> tuple[Finding, ...]:
    values = {account.key: account.value for account in case.accounts}
    known = {key: value for key, value in values.items() if value is not None}
    value = sum(known.values(), Decimal(0))
    if case.tax_estimate is None or len(known) < len(values) or not values:
        return (RULE.missing("the tax of this proposal and the value of every account"),)
    if case.weights is None or value <= 0:
        return (RULE.missing("how much drift this proposal removes"),)
    removed = points_removed(case.weights, {key: one / value for key, one in known.items()})
    if removed is None:
        return (RULE.missing("how much drift this proposal removes"),)
    bps, limit = tax_bps(tax=case.tax_estimate, value=value), case.threshold(BPS_PER_POINT)
    severity = proportion_severity(bps=bps, points_removed=removed, limit=limit)
    if case.raises_cash_only:
        # Raising cash that was asked for is not meant to remove drift.
        severity = Severity.PASS
    inputs = {"tax": case.tax_estimate, "value": value, "points_removed": removed, "tax_bps": bps}
    thresholds = case.thresholds.named(BPS_PER_POINT)
    if severity is Severity.PASS:
        sentence = "The tax is in proportion to what the trades achieve."
        return (RULE.finding(severity, sentence, inputs=inputs, thresholds=thresholds),)
    return (
        RULE.finding(
            severity,
            f"The trades cost about {dollars(case.tax_estimate)} of tax to remove {removed.quantize(TENTH)} "
            f"points of drift, more than {limit} basis points of the portfolio per point.",
            fix="Trade less, use tax-advantaged accounts, or spread the sales over tax years.",
            inputs=inputs,
            thresholds=thresholds,
        ),
    )
