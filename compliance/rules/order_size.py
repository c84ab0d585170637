"""PTC-43: an order that is large for the account, in dollars or by habit gets a second approver.

Source: SEC Rule 15c3-5 in spirit (erroneous orders); firm policy. The limits themselves are still inside.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, listing, percent

FRACTION = Threshold("order_fraction", Decimal("0.25"))
USD = Threshold("order_usd", Decimal(1_000_000))
TIMES_USUAL = Threshold("order_times_usual", Decimal(3))

RULE = Rule(
    id="PTC-43",
    title="Size sanity",
    levels=(Severity.OVERRIDE,),
    source="SEC Rule 15c3-5 in spirit; firm policy",
    example="Order 300,000 in 900,000 account (33%): OVERRIDE",
    thresholds=(FRACTION, USD, TIMES_USUAL),
    engine=NotInEngine(why="A large order can be right; a second person looks at it."),
)


def large_because(
    *,
    amount: Decimal,
    account_value: Decimal,
    usual: Decimal,
    fraction_max: Decimal = FRACTION.default,
    usd_max: Decimal = USD.default,
    times_usual_max: Decimal = TIMES_USUAL.default,
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
    about = (About(account=trade.account, security=trade.security),)
    account, name = case.account(trade.account), case.name(trade.security)
    if account is None or trade.amount is None or None in (account.value, account.usual_order):
        what = f"the size of the order in {name}, the value and the usual orders of "
        return RULE.missing(what + case.label(trade.account), about=about)
    value, usual = account.value or Decimal(0), account.usual_order or Decimal(0)
    reasons = large_because(
        amount=trade.amount,
        account_value=value,
        usual=usual,
        fraction_max=case.threshold(FRACTION),
        usd_max=case.threshold(USD),
        times_usual_max=case.threshold(TIMES_USUAL),
    )
    severity = size_severity(reasons)
    inputs = {"amount": trade.amount, "account_value": value, "usual_order": usual, "exceeds": reasons}
    thresholds = case.thresholds.named(FRACTION, USD, TIMES_USUAL)
    if severity is Severity.PASS:
        sentence = f"The order in {name} is of a normal size."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    words = {
        "fraction": f"more than {percent(case.threshold(FRACTION))} of {account.label}",
        "dollars": f"more than {dollars(case.threshold(USD))}",
        "habit": f"more than {case.threshold(TIMES_USUAL)} times the usual order there",
    }
    return RULE.finding(
        severity,
        f"The {'purchase' if trade.is_buy else 'sale'} of {name} for {dollars(trade.amount)} is large: "
        f"{listing(words[one] for one in reasons)}.",
        fix="Have a second person approve the size, or split the order.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
