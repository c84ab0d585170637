"""The rule book: which rules there are, and what they say about a case.

The tuple is written by hand. A new rule is one file, its name here (imported and listed) and one drawn test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from compliance.rules import (
    account_hold,
    agreement,
    allocation_statement,
    arranged_trade,
    buying_a_distribution,
    cash_for_buys,
    cash_reserve,
    class_range,
    client_restriction,
    complex_product,
    discretion,
    drift_growth,
    duplicate_order,
    firm_list,
    four_eyes,
    fund_holding_period,
    fund_trading_policy,
    gain_budget,
    good_faith,
    illiquid_hours,
    income_line,
    insider,
    issuer_concentration,
    limit_collar,
    locked_lot,
    lot_basis,
    lot_instruction,
    margin_use,
    market_hours,
    model_version,
    nearly_long_term,
    opposite_sides,
    order_size,
    participation,
    permitted_instrument,
    policy_review,
    price_freshness,
    profile_age,
    risk_cap,
    sellable_shares,
    settlement_sequence,
    share_precision,
    stale_proposal,
    tax_per_drift,
    trade_minimum,
    trading_halt,
    wash_sale_on_buy,
    wash_sale_on_loss,
)
from compliance.rules.facts.case import Case, Override, Stage
from compliance.rules.facts.recorded import by_subject
from compliance.rules.facts.thresholds import by_name
from compliance.rules.findings.finding import Finding, Rule
from compliance.rules.findings.severity import Severity, highest


class RuleModule(Protocol):
    """What a rule's file offers."""

    RULE: Rule

    def check(self, case: Case) -> tuple[Finding, ...]: ...


RULES: tuple[RuleModule, ...] = (
    discretion,
    agreement,
    account_hold,
    policy_review,
    profile_age,
    insider,
    firm_list,
    client_restriction,
    locked_lot,
    class_range,
    drift_growth,
    model_version,
    issuer_concentration,
    permitted_instrument,
    risk_cap,
    cash_reserve,
    complex_product,
    cash_for_buys,
    margin_use,
    good_faith,
    settlement_sequence,
    market_hours,
    sellable_shares,
    share_precision,
    trade_minimum,
    fund_trading_policy,
    duplicate_order,
    opposite_sides,
    wash_sale_on_loss,
    wash_sale_on_buy,
    nearly_long_term,
    gain_budget,
    tax_per_drift,
    income_line,
    lot_instruction,
    lot_basis,
    buying_a_distribution,
    fund_holding_period,
    price_freshness,
    participation,
    illiquid_hours,
    limit_collar,
    order_size,
    trading_halt,
    arranged_trade,
    allocation_statement,
    four_eyes,
    stale_proposal,
)


def by_id(rules: tuple[RuleModule, ...]) -> dict[str, RuleModule]:
    """The rules under their ids. Raises ``ValueError`` when two rules claim the same id."""
    found: dict[str, RuleModule] = {}
    for rule in rules:
        if rule.RULE.id in found:
            raise ValueError(f"Two rules call themselves {rule.RULE.id}; give one of them its own id.")
        found[rule.RULE.id] = rule
    return found


RULES_BY_ID = by_id(RULES)

FACTS = by_subject(fact for rule in RULES for fact in rule.RULE.facts)
"""The columns of the record that some rule reads by name; whoever builds a case copies exactly these."""

THRESHOLDS = by_name(threshold for rule in RULES for threshold in rule.RULE.thresholds)
"""Every figure that some rule compares with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """That a rule ran, in which version, and the worst it found."""

    rule: str
    version: int
    title: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Everything the book said about a case at one stage.

    ``findings`` include the PASS ones, in the order of the book. ``outstanding`` are the OVERRIDE findings
    nobody has accepted yet on this very proposal hash.
    """

    stage: Stage
    findings: tuple[Finding, ...]
    runs: tuple[Run, ...]
    outstanding: tuple[Finding, ...]

    @property
    def highest(self) -> Severity:
        return highest(run.severity for run in self.runs)

    @property
    def concerns(self) -> tuple[Finding, ...]:
        """Findings above PASS, most serious first, in the order of the book among equals."""
        return tuple(sorted((one for one in self.findings if one.severity), key=lambda one: -one.severity))

    @property
    def blocks(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is Severity.BLOCK)

    @property
    def releasable(self) -> bool:
        """No BLOCK, and every OVERRIDE accepted by the right person on the same proposal hash."""
        return not self.blocks and not self.outstanding


def examine(case: Case, stage: Stage) -> Examination:
    """Run every rule that belongs to ``stage`` over ``case``. The same case always gives the same answer."""
    case = case.at_stage(stage)
    ran = tuple(rule for rule in RULES if stage.value in rule.RULE.stages)
    answers = tuple((rule.RULE, rule.check(case)) for rule in ran)
    findings = tuple(finding for _, answer in answers for finding in answer)
    return Examination(
        stage=stage,
        findings=findings,
        runs=tuple(
            Run(
                rule=rule.id,
                version=rule.version,
                title=rule.title,
                severity=highest(finding.severity for finding in answer),
            )
            for rule, answer in answers
        ),
        outstanding=tuple(
            one for one in findings if one.severity is Severity.OVERRIDE and not accepted(one, case)
        ),
    )


def accepted(finding: Finding, case: Case) -> bool:
    """Whether some override on this proposal hash covers ``finding``."""
    return any(covers(override, finding, case) for override in case.overrides)


def covers(override: Override, finding: Finding, case: Case) -> bool:
    """A preparer's own override never counts, nor one without a reason, out of date, or for other trades."""
    return (
        override.rule == finding.rule
        and bool(case.proposal_hash)
        and override.proposal_hash == case.proposal_hash
        and case.preparers is not None
        and override.by not in case.preparers
        and bool(override.roles & RULES_BY_ID[finding.rule].RULE.override_roles)
        and bool(override.reason.strip())
        and bool(override.words.strip())
        and override.at <= case.now < override.expires_at
    )
