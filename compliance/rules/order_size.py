"""PTC-43: an order that is large for the account, in dollars or by habit gets a second approver.

Source: SEC Rule 15c3-5 in spirit (erroneous orders); firm policy. The limits themselves are still inside.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.findings.finding import About, Finding, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, listing, percent

RULE = Rule(
    id="PTC-43",
    title="Size sanity",
    levels=(Severity.OVERRIDE,),
    source="SEC Rule 15c3-5 in spirit; firm policy",
    example="Order 300,000 in 900,000 account (33%): OVERRIDE",
)


def large_because(
    *,
    amount: Decimal,
    account_value: Decimal,
    usual: Decimal,
    fraction_max: Decimal = Decimal("0.25"),
    usd_max: Decimal = Decimal(1_000_000),
    times_usual_max: Decimal = Decimal(3),
) -> tuple[str, ...]:
    """Which of ``fraction``, ``dollars``, ``habit`` the order exceeds. ``usual`` zero means no history."""
    reasons = (
        ("fraction", amount > account_value * fraction_max),
        ("dollars", amount > usd_max),
        ("habit", usual > 0 and amount > usual * times_usual_max),
    )
    return tuple(name for name, exceeded in reasons if exceeded)


def size_severity(reasons: tuple[str, ...]) -> Severity:
    return Severity.OVERRIDE if reasons else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, limits = (About(account=trade.account, security=trade.security),), case.thresholds
    account, name = case.account(trade.account), case.name(trade.security)
    if account is None or trade.amount is None or None in (account.value, account.usual_order):
        what = f"the size of the order in {name}, the value and the usual orders of "
        return RULE.missing(what + case.label(trade.account), about=about)
    value, usual = account.value or Decimal(0), account.usual_order or Decimal(0)
    reasons = large_because(
        amount=trade.amount,
        account_value=value,
        usual=usual,
        fraction_max=limits.order_fraction,
        usd_max=limits.order_usd,
        times_usual_max=limits.order_times_usual,
    )
    severity = size_severity(reasons)
    inputs = {"amount": trade.amount, "account_value": value, "usual_order": usual, "exceeds": reasons}
    thresholds = {
        "order_fraction": limits.order_fraction,
        "order_usd": limits.order_usd,
        "order_times_usual": limits.order_times_usual,
    }
    if severity is Severity.PASS:
        sentence = f"The order in {name} is of a normal size."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    words = {
        "fraction": f"more than {percent(limits.order_fraction)} of {account.label}",
        "dollars": f"more than {dollars(limits.order_usd)}",
        "habit": f"more than {limits.order_times_usual} times the usual order there",
    }
    return RULE.finding(
        severity,
        f"The {trade.side.value} of {name} for {dollars(trade.amount)} is large: "
        f"{listing(words[one] for one in reasons)}.",
        fix="Have a second person approve the size, or split the order.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
