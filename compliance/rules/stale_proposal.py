"""PTC-48: what the proposal was built on still holds.

It is at most one trading day old, no price has moved by more than two percent, nothing else changed, and every
account was reconciled for the last business day. Otherwise it is built again. Source: firm policy; SEC exams.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from compliance.rules.facts.case import Case, Stage, Trade
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import day, listing, percent

AGE_TRADING_DAYS = Threshold("proposal_age_trading_days", 1)
PRICE_MOVE = Threshold("price_move", Decimal("0.02"))

RULE = Rule(
    id="PTC-48",
    title="Stale proposal",
    levels=(Severity.BLOCK,),
    source="Firm policy",
    example="Built Friday, released Tuesday: BLOCK",
    thresholds=(AGE_TRADING_DAYS, PRICE_MOVE),
    engine=NotInEngine(why="Facts change after the plan was made."),
)

REBUILD = "Build the proposal again on current facts."


def trading_days_between(*, built_on: date, on: date, trading_days: Iterable[date]) -> int:
    """Trading days after the build, up to and including ``on``: Friday to Monday is one."""
    return sum(built_on < one <= on for one in trading_days)


def age_severity(*, trading_days_old: int, limit: int = AGE_TRADING_DAYS.default) -> Severity:
    return Severity.PASS if trading_days_old <= limit else Severity.BLOCK


def move(*, before: Decimal, now: Decimal) -> Decimal:
    """The price's move since the build, a signed fraction. ``before`` is above zero."""
    return now / before - 1


def move_severity(*, price_move: Decimal, limit: Decimal = PRICE_MOVE.default) -> Severity:
    return Severity.PASS if abs(price_move) <= limit else Severity.BLOCK


def reconciled_severity(*, reconciled_on: date | None, last_business_day: date) -> Severity:
    fresh = reconciled_on is not None and reconciled_on >= last_business_day
    return Severity.PASS if fresh else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    if case.built_on is None or not case.trading_days:
        return (RULE.missing("when this proposal was built and which days the market was open since"),)
    earlier = [one for one in case.trading_days if one < case.trade_on]
    if not earlier or min(case.trading_days) > case.built_on:
        return (RULE.missing("the trading days back to the day this proposal was built"),)
    return RULE.report(
        (
            check_age(case.built_on, case),
            check_changes(case),
            *(check_reconciliation(key, max(earlier), case) for key in case.traded),
            *(check_price(trade, case) for trade in case.trades),
        ),
        nothing="This proposal trades nothing.",
    )


def check_age(built_on: date, case: Case) -> Finding:
    limit = case.threshold(AGE_TRADING_DAYS)
    age = trading_days_between(built_on=built_on, on=case.trade_on, trading_days=case.trading_days or ())
    severity = age_severity(trading_days_old=age, limit=limit)
    inputs = {"built_on": built_on, "trade_on": case.trade_on, "trading_days_old": age}
    sentence = f"The proposal was built on {day(built_on)}, {age} trading days before the trades."
    return RULE.finding(
        severity,
        sentence,
        fix="" if severity is Severity.PASS else REBUILD,
        inputs=inputs,
        thresholds=case.thresholds.named(AGE_TRADING_DAYS),
    )


def check_changes(case: Case) -> Finding:
    # While it is being built, nothing can have changed since it was built.
    names = () if case.stage is Stage.BUILD else case.changed_since_build
    if names is None:
        return RULE.missing("whether positions, cash and restrictions are as they were when this was built")
    if not names:
        return RULE.finding(Severity.PASS, "Nothing the proposal was built on has changed.")
    return RULE.finding(
        Severity.BLOCK,
        f"Since this proposal was built something changed: {listing(names)}.",
        fix=REBUILD,
        inputs={"changed": names},
    )


def check_reconciliation(key: str, last_business_day: date, case: Case) -> Finding:
    account, about = case.account(key), (About(account=key),)
    on = account.reconciled_on if account else None
    severity = reconciled_severity(reconciled_on=on, last_business_day=last_business_day)
    inputs = {"reconciled_on": on, "last_business_day": last_business_day}
    if severity is Severity.PASS:
        sentence = f"{case.label(key)} agrees with the custodian."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"{case.label(key)} has not been compared with the custodian for {day(last_business_day)}.",
        fix="Load the custodian's files for that day.",
        about=about,
        inputs=inputs,
    )


def check_price(trade: Trade, case: Case) -> Finding:
    about, limit = (About(account=trade.account, security=trade.security),), case.threshold(PRICE_MOVE)
    now = trade.price if case.stage is Stage.BUILD else trade.price_now
    name = case.name(trade.security)
    if trade.price is None or trade.price <= 0 or now is None:
        return RULE.missing(f"the price of {name} at the build and now", about=about)
    change = move(before=trade.price, now=now)
    severity = move_severity(price_move=change, limit=limit)
    inputs, limits = {"price": trade.price, "price_now": now}, case.thresholds.named(PRICE_MOVE)
    if severity is Severity.PASS:
        sentence = f"The price of {name} is close to the one used."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=limits)
    sentence = f"The price of {name} has moved by {percent(change)} since this proposal was built."
    return RULE.finding(severity, sentence, fix=REBUILD, about=about, inputs=inputs, thresholds=limits)
