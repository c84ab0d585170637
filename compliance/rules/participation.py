"""PTC-40: an order is small against the usual volume, else it is sliced over days or goes to a block desk.

Source: firm policy (best execution, Advisers Act section 206). Volume is the average of the last 20 days in shares.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percent

RULE = Rule(
    id="PTC-40",
    title="Participation",
    levels=(Severity.WARN, Severity.OVERRIDE),
    source="Firm policy; Advisers Act section 206",
    example="11,500 sh, ADV 40,000: slice 4,000/4,000/3,500",
)


def participation_severity(
    *,
    shares: Decimal,
    adv_shares: Decimal,
    warn_above: Decimal = Decimal("0.10"),
    override_above: Decimal = Decimal("0.25"),
) -> Severity:
    """WARN above a tenth of the usual day, OVERRIDE above a quarter."""
    if shares > adv_shares * override_above:
        return Severity.OVERRIDE
    return Severity.WARN if shares > adv_shares * warn_above else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades if not trades_at_its_own_price(trade, case)),
        nothing="This proposal trades nothing on an exchange.",
    )


def trades_at_its_own_price(trade: Trade, case: Case) -> bool:
    """Open-end funds deal at their net asset value, so no volume limits them."""
    security = case.security(trade.security)
    return security is not None and security.kind in {"mutual_fund", "money_fund"}


def examine(trade: Trade, case: Case) -> Finding:
    about, limits = (About(account=trade.account, security=trade.security),), case.thresholds
    security, name = case.security(trade.security), case.name(trade.security)
    if security is None or security.adv_shares is None:
        return RULE.missing(f"how much of {name} usually trades in a day", about=about)
    severity = participation_severity(
        shares=trade.shares,
        adv_shares=security.adv_shares,
        warn_above=limits.participation_warn,
        override_above=limits.participation_override,
    )
    inputs = {"shares": trade.shares, "adv_shares": security.adv_shares}
    thresholds = {
        "participation_warn": limits.participation_warn,
        "participation_override": limits.participation_override,
    }
    if severity is Severity.PASS:
        sentence = f"The order is small against the usual volume of {name}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    over = limits.participation_warn if severity is Severity.WARN else limits.participation_override
    fix = "Slice it over several days." if severity is Severity.WARN else "Use a block desk, or trade less."
    return RULE.finding(
        severity,
        f"The {trade.side.value} of {name} is more than {percent(over)} of its usual daily volume.",
        fix=fix,
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
