"""PTC-22: orders go out while the market is open, fund orders before the custodian's cut-off.

Source: Investment Company Act Rule 22c-1 (forward pricing); the exchanges' hours. Later orders trade next day.
"""

from __future__ import annotations

from datetime import datetime

from compliance.rules.facts.case import Case, Trade
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity

RULE = Rule(
    id="PTC-22",
    title="Market hours and cut-off",
    levels=(Severity.WARN,),
    source="Investment Company Act Rule 22c-1; exchange hours",
    example="27 Nov 2026 13:30: WARN, trade date 30 Nov",
    # Only the moment of sending matters.
    stages=("release",),
)


def hours_severity(*, now: datetime, opens_at: datetime, closes_at: datetime) -> Severity:
    """PASS from the opening to just before the close or cut-off."""
    return Severity.PASS if opens_at <= now < closes_at else Severity.WARN


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, market = (About(account=trade.account, security=trade.security),), case.market
    security, name = case.security(trade.security), case.name(trade.security)
    if market is None or market.opens_at is None or market.closes_at is None:
        return RULE.missing("the market hours of the trade day", about=about)
    if security is None or security.kind is None:
        return RULE.missing(f"whether {name} is a mutual fund", about=about)
    is_fund = security.kind == "mutual_fund"
    if is_fund and market.fund_cut_off_at is None:
        return RULE.missing("the custodian's cut-off for fund orders", about=about)
    until = market.fund_cut_off_at if is_fund and market.fund_cut_off_at else market.closes_at
    # A fund takes orders for its next price all day long; an exchange only from the opening.
    opens_at = case.now if is_fund else market.opens_at
    severity = hours_severity(now=case.now, opens_at=opens_at, closes_at=until)
    inputs = {"now": case.now, "opens_at": market.opens_at, "until": until}
    if severity is Severity.PASS:
        sentence = "The order goes out in time for the trade day."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"The order in {name} would go out outside the hours of the trade day, so it may trade on the next one.",
        fix="Release it while the market is open, or expect the next trade day.",
        about=about,
        inputs=inputs,
    )
