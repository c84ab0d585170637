"""PTC-41: an illiquid security is not released in the first or last minutes of a session.

Source: firm policy (best execution, Advisers Act section 206): spreads are widest then, and an order moves the price.
Illiquid means few dollars a day or a wide spread; the quote of the day counts before the usual spread.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.facts.thresholds import Stricter, Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.participation import DAILY_VOLUME, trades_at_its_own_price
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.order_slicing import (
    IlliquidPolicy,
    Release,
    ReleaseDecision,
    is_illiquid,
    release_decision,
)

HALF_SPREAD = Fact(Subject.SECURITY, "half_spread", Decimal, example=None)
VOLUME_USD = Threshold("illiquid_volume_usd", Decimal(5_000_000), Stricter.HIGHER)
SPREAD = Threshold("illiquid_spread", Decimal("0.005"))
LAST_MINUTES = Threshold("illiquid_last_minutes", 30, Stricter.HIGHER)
FIRST_MINUTES = Threshold("illiquid_first_minutes", 15, Stricter.HIGHER)

RULE = Rule(
    id="PTC-41",
    title="Illiquid near the close",
    levels=(Severity.BLOCK,),
    source="Firm policy (best execution)",
    example="15:40, ADV 0.4 m USD: BLOCK",
    # Only the moment of sending matters.
    stages=("release",),
    facts=(HALF_SPREAD,),
    thresholds=(VOLUME_USD, SPREAD, LAST_MINUTES, FIRST_MINUTES),
    engine=NotInEngine(why="The plan does not decide at which minute its orders go out."),
)


def spread_of(trade: Trade, case: Case) -> Decimal | None:
    """The spread as a fraction of the price: of the day's quote, else the usual one."""
    if quote := case.surroundings.quote(trade.security):
        return quote.spread
    half = HALF_SPREAD.of(case.security(trade.security))
    return None if half is None else half * 2


def illiquid(trade: Trade, case: Case) -> bool | None:
    """Whether the security of a trade is illiquid; None where its volume or its spread is not known."""
    volume = DAILY_VOLUME.of(case.security(trade.security))
    price, spread = trade.price_now or trade.price, spread_of(trade, case)
    if volume is None or price is None or spread is None:
        return None
    return is_illiquid(volume_usd=volume * price, spread=spread, policy=policy_of(case))


def policy_of(case: Case) -> IlliquidPolicy:
    """The firm's figures."""
    return IlliquidPolicy(
        volume_usd_least=case.threshold(VOLUME_USD),
        spread_most=case.threshold(SPREAD),
        last_minutes=case.threshold(LAST_MINUTES),
        first_minutes=case.threshold(FIRST_MINUTES),
    )


def release_severity(decided: ReleaseDecision) -> Severity:
    """BLOCK for an illiquid security that waits for another hour."""
    waits = decided.is_illiquid and decided.decision is not Release.NOW
    return Severity.BLOCK if waits else Severity.PASS


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades if not trades_at_its_own_price(trade, case)),
        nothing="This proposal trades nothing on an exchange.",
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    market = case.market
    if market is None or market.opens_at is None or market.closes_at is None:
        return RULE.missing("the market hours of the trade day", about=about)
    policy = policy_of(case)
    inputs: dict[str, object] = {"now": case.now, "opens_at": market.opens_at, "closes_at": market.closes_at}
    thresholds = case.thresholds.named(VOLUME_USD, SPREAD, LAST_MINUTES, FIRST_MINUTES)
    opening = market.opens_at <= case.now < market.opens_at + timedelta(minutes=policy.first_minutes)
    closing = market.closes_at - timedelta(minutes=policy.last_minutes) <= case.now < market.closes_at
    if not opening and not closing:
        sentence = "The order goes out away from the opening and the close."
        return RULE.finding(Severity.PASS, sentence, about=about, inputs=inputs, thresholds=thresholds)
    volume = DAILY_VOLUME.of(case.security(trade.security))
    price, spread = trade.price_now or trade.price, spread_of(trade, case)
    if volume is None or price is None or spread is None:
        return RULE.missing(f"how much of {name} usually trades in a day, and its spread", about=about)
    decided = release_decision(case.now, new_york(), volume_usd=volume * price, spread=spread, policy=policy)
    inputs |= {
        "volume_usd": volume * price,
        "spread": spread,
        "minutes_to_close": decided.minutes_to_close,
        "decision": decided.decision,
    }
    if release_severity(decided) is Severity.PASS:
        sentence = f"{name} is liquid at any hour."
        return RULE.finding(Severity.PASS, sentence, about=about, inputs=inputs, thresholds=thresholds)
    when = "opening" if opening else "close"
    return RULE.finding(
        Severity.BLOCK,
        f"{name} is illiquid, and it is too near the {when} to send an order in it.",
        fix="Release it a little later." if opening else "Release it in the next session.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
