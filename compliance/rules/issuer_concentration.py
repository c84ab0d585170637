"""PTC-13: a purchase does not let one company grow too large in the household.

Source: firm policy (duty of care, Advisers Act section 206). Funds are many issuers and do not count. A sale that
reduces the share is always allowed. Exactly at a limit is still inside it.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percents

OVERRIDE_ABOVE = Threshold("issuer_override", Decimal("0.10"))
BLOCK_ABOVE = Threshold("issuer_block", Decimal("0.20"))

RULE = Rule(
    id="PTC-13",
    title="Issuer concentration",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="Firm policy; Advisers Act section 206",
    example="Buy takes issuer from 9.4% to 11.2%: OVERRIDE",
    thresholds=(OVERRIDE_ABOVE, BLOCK_ABOVE),
    engine=NotInEngine(
        why="Models decide how much of one issuer is bought; a single purchase above the limit is a fault of the model "
        "that a person must see."
    ),
)


def concentration_severity(
    *,
    is_buy: bool,
    after: Decimal,
    override_above: Decimal = OVERRIDE_ABOVE.default,
    block_above: Decimal = BLOCK_ABOVE.default,
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
    about = (About(account=trade.account, security=trade.security),)
    override_above, block_above = case.threshold(OVERRIDE_ABOVE), case.threshold(BLOCK_ABOVE)
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
        is_buy=True, after=weight.after, override_above=override_above, block_above=block_above
    )
    inputs = {"issuer": weight.issuer, "before": weight.before, "after": weight.after}
    thresholds = case.thresholds.named(OVERRIDE_ABOVE, BLOCK_ABOVE)
    if severity is Severity.PASS:
        sentence = f"{weight.issuer} stays within the limit for one issuer."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    limit = block_above if severity is Severity.BLOCK else override_above
    before, after, most = percents(weight.before, weight.after, limit)
    return RULE.finding(
        severity,
        f"Buying {name} takes {weight.issuer} from {before} to {after} of the household; the limit is {most}.",
        fix="Buy less of it, or choose a fund.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
