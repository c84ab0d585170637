"""PTC-24: a fraction of a share is traded only where custodian and security both take fractions.

Source: the custodian's order rules. Whole quantities always pass, and so does the sale of all that an account holds: the
fraction goes with it.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Side, Trade
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import shares

RULE = Rule(
    id="PTC-24",
    title="Share precision",
    levels=(Severity.BLOCK,),
    source="Custodian's order rules",
    example="12.5 shares of a security without fractional support: BLOCK",
    engine=InEngine(
        how="Orders are multiples of the security's increment; a sale of all that is held includes its fraction."
    ),
    version=2,
)


def precision_severity(
    *, quantity: Decimal, fractions_taken: bool | None, sells_all: bool = False
) -> Severity:
    """PASS for whole shares, a sale of everything, or where fractions are known to be taken; unknown support fails."""
    whole = quantity == quantity.to_integral_value()
    return Severity.PASS if whole or sells_all or fractions_taken else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    account, security = case.account(trade.account), case.security(trade.security)
    facts = (
        account.custodian_takes_fractions if account else None,
        security.fractional if security else None,
    )
    # One "no" settles it, even where the other answer is unknown.
    taken = False if False in facts else None if None in facts else True
    held = case.position(trade.account, trade.security)
    sells_all = trade.side is Side.SELL and held is not None and trade.shares == held.shares
    severity = precision_severity(quantity=trade.shares, fractions_taken=taken, sells_all=sells_all)
    inputs = {
        "shares": trade.shares,
        "custodian": facts[0],
        "security": facts[1],
        **({"sells_all": True} if sells_all else {}),
    }
    name = case.name(trade.security)
    if severity is Severity.PASS:
        sentence = "The quantity is one the custodian can trade."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    if taken is None:
        return RULE.missing(f"whether {name} can be traded in fractions", about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"{name} can only be traded in whole shares here, and the proposal has {shares(trade.shares)}.",
        fix="Round the trade to whole shares.",
        about=about,
        inputs=inputs,
    )
