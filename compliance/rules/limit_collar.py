"""PTC-42: a limit is near the market, and a market order is for what is liquid only.

Source: firm policy, in the spirit of SEC Rule 15c3-5 (price collars). The reference is the middle of the day's quote;
where only closing prices reach the record, the last price.
"""

from __future__ import annotations

from decimal import Decimal

from compliance.rules.facts.case import Case, Trade
from compliance.rules.facts.thresholds import Stricter, Threshold
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity
from compliance.rules.findings.wording import dollars, percent
from compliance.rules.illiquid_hours import illiquid, spread_of
from compliance.rules.participation import DAILY_VOLUME, trades_at_its_own_price

LIQUID = Threshold("limit_collar", Decimal("0.02"))
ILLIQUID = Threshold("limit_collar_illiquid", Decimal("0.05"))
MARKET_SPREAD = Threshold("market_order_spread", Decimal("0.0005"))
MARKET_VOLUME = Threshold("market_order_volume", Decimal("0.01"))
BEYOND_QUOTE = Threshold("limit_beyond_quote", Decimal("0.001"), Stricter.LOWER)
"""How far beyond the far side of the quote a limit that the desk writes stands."""

MARKET, LIMIT = "market", "limit"

RULE = Rule(
    id="PTC-42",
    title="Limit collar",
    levels=(Severity.BLOCK,),
    source="Firm policy; SEC Rule 15c3-5 in spirit",
    example="Buy limit 52.10, mid 50.00 (4.2%): BLOCK",
    # The kind of an order and its limit are decided when it is sent.
    stages=("release",),
    thresholds=(LIQUID, ILLIQUID, MARKET_SPREAD, MARKET_VOLUME, BEYOND_QUOTE),
    engine=NotInEngine(why="Orders get their kind and limit when they are sent, not when they are planned."),
)


def away(limit: Decimal, mid: Decimal) -> Decimal:
    """How far a limit is from the middle, as a fraction of it."""
    return abs(limit / mid - 1)


def collar_severity(
    *,
    limit: Decimal,
    mid: Decimal,
    is_illiquid: bool = False,
    liquid_max: Decimal = LIQUID.default,
    illiquid_max: Decimal = ILLIQUID.default,
) -> Severity:
    """BLOCK for a limit further from the middle than the collar."""
    most = illiquid_max if is_illiquid else liquid_max
    return Severity.BLOCK if away(limit, mid) > most else Severity.PASS


def market_severity(
    *,
    spread: Decimal,
    shares: Decimal,
    daily_volume: Decimal,
    spread_max: Decimal = MARKET_SPREAD.default,
    volume_max: Decimal = MARKET_VOLUME.default,
) -> Severity:
    """BLOCK for a market order in what has a wide spread, or of more than a small part of the day's volume."""
    fits = spread <= spread_max and shares <= daily_volume * volume_max
    return Severity.PASS if fits else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    return RULE.report(
        (examine(trade, case) for trade in case.trades if not trades_at_its_own_price(trade, case)),
        nothing="This proposal trades nothing on an exchange.",
    )


def examine(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    if trade.order_type is None:
        return RULE.missing(f"what kind of order in {name} is sent", about=about)
    return _limit(trade, case) if trade.order_type == LIMIT else _market(trade, case)


def _limit(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    quote = case.surroundings.quote(trade.security)
    mid = quote.mid if quote else trade.price_now
    if trade.limit is None or not mid:
        return RULE.missing(f"the limit and a quote of {name}", about=about)
    is_illiquid = illiquid(trade, case) is not False
    severity = collar_severity(
        limit=trade.limit,
        mid=mid,
        is_illiquid=is_illiquid,
        liquid_max=case.threshold(LIQUID),
        illiquid_max=case.threshold(ILLIQUID),
    )
    inputs = {
        "limit": trade.limit,
        "mid": mid,
        "of": "the day's quote" if quote else "the last price",
        "illiquid": "yes" if is_illiquid else "no",
    }
    thresholds = case.thresholds.named(LIQUID, ILLIQUID)
    if severity is Severity.PASS:
        sentence = f"The limit of {name} is near the market."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    return RULE.finding(
        severity,
        f"The limit of {dollars(trade.limit)} for {name} is {percent(away(trade.limit, mid))} from the middle of the "
        f"market.",
        fix="Enter a fresh quote, or wait until the market is orderly.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )


def _market(trade: Trade, case: Case) -> Finding:
    about, name = (About(account=trade.account, security=trade.security),), case.name(trade.security)
    spread, volume = spread_of(trade, case), DAILY_VOLUME.of(case.security(trade.security))
    if spread is None or volume is None:
        return RULE.missing(f"the spread and the daily volume of {name}", about=about)
    severity = market_severity(
        spread=spread,
        shares=trade.shares,
        daily_volume=volume,
        spread_max=case.threshold(MARKET_SPREAD),
        volume_max=case.threshold(MARKET_VOLUME),
    )
    inputs = {"spread": spread, "shares": trade.shares, "daily_volume": volume}
    thresholds = case.thresholds.named(MARKET_SPREAD, MARKET_VOLUME)
    if severity is Severity.PASS:
        sentence = f"A market order fits {name}."
        return RULE.finding(severity, sentence, about=about, inputs=inputs, thresholds=thresholds)
    return RULE.finding(
        severity,
        f"The spread or the volume of {name} does not allow a market order.",
        fix="Enter a quote, so that the order gets a limit.",
        about=about,
        inputs=inputs,
        thresholds=thresholds,
    )
