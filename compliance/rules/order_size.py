"""PTC-43: an order that is large for the portfolio it belongs to, in dollars or by habit gets a second approver.

Source: SEC Rule 15c3-5 in spirit (erroneous orders); firm policy. The limits themselves are still inside. The portfolio is what the
policy balances: the household, or the account where each is balanced by itself. A third of an IRA is a usual order
where the IRA is a tenth of what is balanced; asking for a reason each time teaches people not to read.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from compliance.rules.facts.case import Account, Case, Trade
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, listing, percent

FRACTION = Threshold("order_fraction", Decimal("0.25"))
USD = Threshold("order_usd", Decimal(1_000_000))
TIMES_USUAL = Threshold("order_times_usual", Decimal(3))

RULE = Rule(
    id="PTC-43",
    version=2,
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
    portfolio_value: Decimal,
    usual: Decimal,
    fraction_max: Decimal = FRACTION.default,
    usd_max: Decimal = USD.default,
    times_usual_max: Decimal = TIMES_USUAL.default,
) -> dict[str, Decimal]:
    """Which of ``fraction``, ``dollars``, ``habit`` the order exceeds, with the limit in dollars. ``usual`` zero means no history."""
    limits = {"fraction": portfolio_value * fraction_max, "dollars": usd_max}
    if usual > 0:
        limits["habit"] = usual * times_usual_max
    return {name: limit for name, limit in limits.items() if amount > limit}


def size_severity(exceeded: dict[str, Decimal]) -> Severity:
    return Severity.OVERRIDE if exceeded else Severity.PASS


def shares_within(trade: Trade, exceeded: dict[str, Decimal]) -> Decimal:
    """How many whole shares of an order would not be large."""
    assert trade.amount is not None, "an order without an amount is not measured"
    return (trade.shares * min(exceeded.values()) / trade.amount).to_integral_value(rounding=ROUND_FLOOR)


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades), nothing="This proposal trades nothing."
    )


def examine(trade: Trade, case: Case) -> Finding:
    about = (About(account=trade.account, security=trade.security),)
    account, name = case.account(trade.account), case.name(trade.security)
    portfolio = "" if account is None else _portfolio(account, case)
    value = None if account is None else _value(account, case)
    usual = None if account is None else account.usual_order
    if trade.amount is None or value is None or usual is None:
        what = f"the size of the order in {name}, the value and the usual orders of "
        return RULE.missing(what + case.label(trade.account), about=about)
    exceeded = large_because(
        amount=trade.amount,
        portfolio_value=value,
        usual=usual,
        fraction_max=case.threshold(FRACTION),
        usd_max=case.threshold(USD),
        times_usual_max=case.threshold(TIMES_USUAL),
    )
    severity = size_severity(exceeded)
    inputs: dict[str, object] = {
        "amount": trade.amount,
        "portfolio_value": value,
        "usual_order": usual,
        "exceeds": tuple(exceeded),
    }
    thresholds = case.thresholds.named(FRACTION, USD, TIMES_USUAL)
    if severity is Severity.PASS:
        sentence = f"The order in {name} is of a normal size."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    words = {
        "fraction": f"more than {percent(case.threshold(FRACTION))} of {portfolio}",
        "dollars": f"more than {dollars(case.threshold(USD))}",
        "habit": f"more than {case.threshold(TIMES_USUAL)} times the usual order there",
    }
    inputs["shares_within"] = within = shares_within(trade, exceeded)
    return RULE.finding(
        severity,
        f"The {'purchase' if trade.is_buy else 'sale'} of {name} for {dollars(trade.amount)} is large: "
        f"{listing(words[one] for one in exceeded)}.",
        fix=f"Have a second person approve the size, or split the order: {within:,f} shares would be of a normal size."
        if within
        else "Have a second person approve the size.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )


def _portfolio(account: Account, case: Case) -> str:
    return "the household" if _is_balanced_together(case) else account.label


def _value(account: Account, case: Case) -> Decimal | None:
    """Dollars of the portfolio that an order in this account belongs to; None when a part is unknown."""
    if not _is_balanced_together(case):
        return account.value
    values = [each.value for each in case.accounts]
    return None if None in values else sum((each for each in values if each is not None), Decimal(0))


def _is_balanced_together(case: Case) -> bool:
    return case.policy is not None and case.policy.is_balanced_together is True
