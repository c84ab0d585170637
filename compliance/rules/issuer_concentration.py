"""PTC-13: a purchase does not let one company grow too large in the household.

Source: firm policy (duty of care, Advisers Act section 206). Funds are many issuers and do not count. A sale that
reduces the share is always allowed. Exactly at a limit is still inside it.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percents

RULE = Rule(
    id="PTC-13",
    title="Issuer concentration",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="Firm policy; Advisers Act section 206",
    example="Buy takes issuer from 9.4% to 11.2%: OVERRIDE",
)


def concentration_severity(
    *,
    is_buy: bool,
    after: Decimal,
    override_above: Decimal = Decimal("0.10"),
    block_above: Decimal = Decimal("0.20"),
) -> Severity:
    """By the issuer's share of the household after the trades, a fraction of one."""
    if not is_buy or after <= override_above:
        return Severity.PASS
    return Severity.BLOCK if after > block_above else Severity.OVERRIDE


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (found for trade in case.buys if (found := examine(trade, case)) is not None),
        nothing="This proposal buys no single company.",
    )


def examine(trade: Trade, case: Case) -> Finding | None:
    about, limits = (About(account=trade.account, security=trade.security),), case.thresholds
    security, name = case.security(trade.security), case.name(trade.security)
    if security is None or security.is_fund is None:
        return RULE.missing(f"whether {name} is a fund", about=about)
    if security.is_fund:
        return None
    if security.issuer is None or case.issuers is None:
        return RULE.missing(f"the issuer of {name} and its share of the household", about=about)
    weight = next((one for one in case.issuers if one.issuer == security.issuer), None)
    if weight is None:
        return RULE.missing(f"the share of {security.issuer} in the household", about=about)
    severity = concentration_severity(
        is_buy=True,
        after=weight.after,
        override_above=limits.issuer_override,
        block_above=limits.issuer_block,
    )
    inputs = {"issuer": weight.issuer, "before": weight.before, "after": weight.after}
    thresholds = {"issuer_override": limits.issuer_override, "issuer_block": limits.issuer_block}
    if severity is Severity.PASS:
        sentence = f"{weight.issuer} stays a modest part of the household."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    limit = limits.issuer_block if severity is Severity.BLOCK else limits.issuer_override
    before, after, most = percents(weight.before, weight.after, limit)
    return RULE.finding(
        severity,
        f"Buying {name} takes {weight.issuer} from {before} to {after} of the household; the limit is {most}.",
        fix="Buy less of it, or choose a fund.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
