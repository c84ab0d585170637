"""PTC-20: a cash account does not sell what it bought with money that has not settled.

Source: Regulation T, 12 CFR 220.8(a) and (c). Selling it before its money has settled is a good-faith violation, and
selling it to pay for itself is free-riding, which freezes the account for 90 days.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.surroundings import CashHistory
from compliance.rules.findings.finding import About, Finding, InEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day
from rebalancing.engine.documents.plan import SkipReason
from rebalancing.engine.market.cash_account_violations import Event, Kind, Violation, review

RULE = Rule(
    id="PTC-20",
    title="Good-faith / free-riding",
    levels=(Severity.BLOCK,),
    source="Regulation T, 12 CFR 220.8",
    example="ABC bought Monday with unsettled XYZ money, sell ABC Monday: BLOCK until Tuesday",
    engine=InEngine(
        how="Lots that were bought with unsettled money are kept until it has settled.",
        by=(SkipReason.LOCKED,),
    ),
)

WORDS = {
    Violation.GOOD_FAITH: "was bought with money that has not settled",
    Violation.FREE_RIDING: "has not been paid for",
    Violation.LIQUIDATION: "would pay too late for another purchase",
}


def violation(
    history: CashHistory, *, security: str, amount: Decimal, on: date, settles_on: date
) -> Violation | None:
    """What selling so many dollars of recent purchases of a security on a day would be."""
    sale = Event(on=on, kind=Kind.SELL, amount=amount, settles_on=settles_on, security=security)
    found = review((*history.events, sale), settled_cash=history.settled_before).findings
    return next((one.violation for one in found if one.on == on and one.security == security), None)


def first_clean_day(
    history: CashHistory, *, security: str, on: date, until: date, days: tuple[date, ...]
) -> date | None:
    """The first of ``days`` from ``on`` to ``until`` on which recent purchases may be sold; None for none of them."""
    one = Decimal(1)
    for candidate in days:
        if on <= candidate <= until and not violation(
            history, security=security, amount=one, on=candidate, settles_on=candidate
        ):
            return candidate
    return None


def violation_severity(found: Violation | None) -> Severity:
    """BLOCK for any of the three."""
    return Severity.PASS if found is None else Severity.BLOCK


def recent(trade: Trade, *, since: date) -> Decimal | None:
    """Dollars of a sale that come from lots bought since a day; None where that cannot be told."""
    if trade.amount is None or any(lot.acquired_on is None for lot in trade.lots):
        return None if trade.amount is None or trade.lots else trade.amount
    if not trade.lots:
        return trade.amount
    young = sum(
        (lot.shares for lot in trade.lots if lot.acquired_on and lot.acquired_on >= since), Decimal(0)
    )
    return trade.amount * young / trade.shares


def check(case: Case) -> tuple[Finding, ...]:
    if case.surroundings.cash_histories is None:
        return (RULE.missing("what the accounts bought and sold in the last days"),)
    return RULE.report((examine(trade, case) for trade in case.sells), nothing="This proposal sells nothing.")


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    account, history = case.account(trade.account), case.surroundings.cash_history(trade.account)
    if account is not None and account.margin_agreement:
        return RULE.finding(
            Severity.PASS, f"{account.label} has margin, so unsettled money pays.", about=about
        )
    if history is None:
        return RULE.finding(
            Severity.PASS, f"{case.label(trade.account)} bought nothing in the last days.", about=about
        )
    bought = {one.security for one in history.events if one.kind is Kind.BUY}
    if trade.security not in bought:
        return RULE.finding(
            Severity.PASS,
            f"{name} was not bought in the last days.",
            about=about,
            inputs={"since": history.since},
        )
    young = recent(trade, since=history.since)
    if young is None or trade.settles_on is None:
        return RULE.missing(f"which lots of {name} are sold, and when that settles", about=about)
    inputs = {"since": history.since, "recent_amount": young, "settled_before": history.settled_before}
    if not young:
        sentence = f"The sale of {name} is of shares that were paid for before."
        return RULE.finding(Severity.PASS, sentence, about=about, inputs=inputs)
    found = violation(
        history, security=trade.security, amount=young, on=case.trade_on, settles_on=trade.settles_on
    )
    inputs["violation"] = found.value if found else "none"
    if violation_severity(found) is Severity.PASS:
        sentence = f"{name} was bought with settled money."
        return RULE.finding(Severity.PASS, sentence, about=about, inputs=inputs)
    assert found is not None, "it blocks"
    last = max((one.settles_on for one in history.events), default=case.trade_on)
    return RULE.finding(
        Severity.BLOCK,
        f"{name} in {case.label(trade.account)} {WORDS[found]}, so it is not sold before {day(last)}.",
        fix=f"Sell it on {day(last)} or later, or sell other lots.",
        about=about,
        inputs=inputs,
    )
