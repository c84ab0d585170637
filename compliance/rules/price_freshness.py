"""PTC-39: prices are fresh: minutes old while the market is open, the last close otherwise.

Source: firm policy (best execution, Advisers Act section 206). Which stages need a live price in market hours is
the firm's setting; elsewhere the last close is enough. A large move of the index since pricing needs a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from compliance.rules.facts.case import Case, Market, Stage, Trade
from compliance.rules.facts.thresholds import Stricter, Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import percent

AGE_MINUTES = Threshold("price_age_minutes", 15)
INDEX_MOVE = Threshold("index_move", Decimal("0.03"))
LIVE_PRICE_STAGES = Threshold("live_price_stages", frozenset({Stage.RELEASE.value}), Stricter.MORE)
"""Stages at which a price must be minutes old while the market is open. Elsewhere the last close will do: a person
reads a proposal for hours, and PTC-48 compares the prices again before anything is sent."""

RULE = Rule(
    id="PTC-39",
    title="Price freshness",
    levels=(Severity.OVERRIDE, Severity.BLOCK),
    source="Firm policy; Advisers Act section 206",
    example="Price 42 min old at 11:00: BLOCK",
    thresholds=(AGE_MINUTES, INDEX_MOVE, LIVE_PRICE_STAGES),
    engine=NotInEngine(why="Prices age after the plan was made."),
)


def age_minutes(*, now: datetime, priced_at: datetime) -> int:
    """Whole minutes since pricing."""
    return (now - priced_at) // timedelta(minutes=1)


def live_severity(
    *, now: datetime, priced_at: datetime, max_age_minutes: int = AGE_MINUTES.default
) -> Severity:
    """BLOCK for a price older than the limit, and for one from the future."""
    fresh = timedelta(0) <= now - priced_at <= timedelta(minutes=max_age_minutes)
    return Severity.PASS if fresh else Severity.BLOCK


def close_severity(*, now: datetime, priced_at: datetime, last_close_at: datetime) -> Severity:
    """BLOCK for a price from before the last close, and for one from the future."""
    return Severity.PASS if last_close_at <= priced_at <= now else Severity.BLOCK


def move_severity(*, index_move: Decimal | None, limit: Decimal = INDEX_MOVE.default) -> Severity:
    """OVERRIDE when the index moved by more than ``limit`` either way since pricing, or when unknown."""
    return Severity.PASS if index_move is not None and abs(index_move) <= limit else Severity.OVERRIDE


def check(case: Case) -> tuple[Finding, ...]:
    market = case.market
    if market is None or market.opens_at is None or market.closes_at is None:
        return (RULE.missing("the market hours of the trade day"),)
    if market.previous_close_at is None:
        return (RULE.missing("when the market last closed"),)
    is_open = market.opens_at <= case.now < market.closes_at
    last_close_at = market.closes_at if market.closes_at <= case.now else market.previous_close_at
    findings = [examine(trade, is_open, last_close_at, case) for trade in case.trades]
    if findings and is_open:
        findings.append(check_market_move(market, case))
    return RULE.report(findings, nothing="This proposal trades nothing.")


def examine(trade: Trade, is_open: bool, last_close_at: datetime, case: Case) -> Finding:
    about, limit = (About(account=trade.account, security=trade.security),), case.threshold(AGE_MINUTES)
    priced_at = trade.priced_at if case.stage is Stage.BUILD else trade.price_now_at
    name = case.name(trade.security)
    if priced_at is None:
        return RULE.missing(f"when {name} was last priced", about=about)
    live = is_open and case.stage.value in case.threshold(LIVE_PRICE_STAGES)
    if live:
        severity = live_severity(now=case.now, priced_at=priced_at, max_age_minutes=limit)
    else:
        severity = close_severity(now=case.now, priced_at=priced_at, last_close_at=last_close_at)
    inputs = {"now": case.now, "priced_at": priced_at, "market_open": is_open, "last_close_at": last_close_at}
    thresholds = {**case.thresholds.named(AGE_MINUTES), "live_price_needed": live}
    if severity is Severity.PASS:
        sentence = f"The price of {name} is fresh."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    if priced_at > case.now:
        sentence = f"The price of {name} is stamped later than now."
    elif live:
        minutes = age_minutes(now=case.now, priced_at=priced_at)
        sentence = f"The price of {name} is {minutes} minutes old; {limit} is the limit."
    else:
        sentence = f"The price of {name} is older than the last market close."
    fix = "Load current prices and check again."
    return RULE.finding(severity, sentence, fix=fix, about=about, inputs=inputs, thresholds=thresholds)


def check_market_move(market: Market, case: Case) -> Finding:
    limit = case.threshold(INDEX_MOVE)
    severity = move_severity(index_move=market.index_move, limit=limit)
    inputs, limits = {"index_move": market.index_move}, case.thresholds.named(INDEX_MOVE)
    if severity is Severity.PASS:
        sentence = "The market has not moved much since pricing."
        return RULE.finding(severity, sentence, inputs=inputs, thresholds=limits)
    if market.index_move is None:
        sentence = "We do not know how far the market has moved since the prices were taken."
    else:
        sentence = f"The market has moved by {percent(market.index_move)} since the prices were taken."
    fix = "Propose again on current prices, or have a colleague accept the prices."
    return RULE.finding(severity, sentence, fix=fix, inputs=inputs, thresholds=limits)
