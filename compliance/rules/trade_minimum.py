"""PTC-25: a trade is worth making, unless it closes a position or raises cash that was asked for.

Source: firm policy. The smallest trade is the larger of a dollar amount and a fraction of the account. A smaller
one should be dropped; that is a note, not a reason to stop the rest.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.thresholds import Stricter, Threshold
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars

MINIMUM_USD = Threshold("trade_min_usd", Decimal(250), Stricter.HIGHER)
MINIMUM_FRACTION = Threshold("trade_min_fraction", Decimal("0.001"), Stricter.HIGHER)

RULE = Rule(
    id="PTC-25",
    title="Minimum trade",
    levels=(Severity.WARN,),
    source="Firm policy",
    example="180 USD in a 50,000 account: dropped",
    thresholds=(MINIMUM_USD, MINIMUM_FRACTION),
)


def minimum(*, account_value: Decimal, minimum_usd: Decimal, minimum_fraction: Decimal) -> Decimal:
    """The smallest trade worth making in an account of this value, in dollars."""
    return max(minimum_usd, account_value * minimum_fraction)


def size_severity(*, amount: Decimal, minimum: Decimal, exempt: bool) -> Severity:
    return Severity.PASS if exempt or amount >= minimum else Severity.WARN


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    account = case.account(trade.account)
    exempt = trade.closes_position or trade.raises_named_cash
    if account is None or account.value is None or trade.amount is None:
        what = f"the amount of the trade in {case.name(trade.security)} and the value of "
        return RULE.missing(what + case.label(trade.account), about=about)
    smallest = minimum(
        account_value=account.value,
        minimum_usd=case.threshold(MINIMUM_USD),
        minimum_fraction=case.threshold(MINIMUM_FRACTION),
    )
    severity = size_severity(amount=trade.amount, minimum=smallest, exempt=exempt)
    inputs = {"amount": trade.amount, "account_value": account.value, "exempt": exempt}
    thresholds = case.thresholds.named(MINIMUM_USD, MINIMUM_FRACTION)
    if severity is Severity.PASS:
        sentence = "The trade is large enough to be worth making."
        fix = ""
    else:
        sentence = (
            f"The {trade.side.value} of {case.name(trade.security)} for {dollars(trade.amount)} is below the "
            f"smallest trade for {account.label}, {dollars(smallest)}."
        )
        fix = "Drop the trade."
    return RULE.finding(severity, sentence, fix=fix, about=about, inputs=inputs, thresholds=thresholds)
