"""The kind of an order and its limit, as the rule book's collar allows them (rule PTC-42).

A market order is for what is liquid; everything else gets a marketable limit from the day's quote, or from the last
price where no quote is on record. Open-end funds deal at their net asset value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clients.models import Quote, Security
from compliance.rules import limit_collar
from compliance.rules.facts.thresholds import Thresholds
from rebalancing.engine.market import order_slicing
from rebalancing.engine.money import ONE

BPS = Decimal(10_000)
CENT, HUNDREDTH_OF_A_CENT = Decimal("0.01"), Decimal("0.0001")
AT_THEIR_VALUE = (Security.Kind.MUTUAL_FUND, Security.Kind.MONEY_MARKET)
EXCHANGE_TRADED = frozenset({Security.Kind.ETF, Security.Kind.STOCK})
"""Kinds whose price of a market day is there that evening, and which a halt of the whole market stops. A mutual fund's price
may come a day later, and is not stale.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """`order_type` is `market` or `limit`; None where neither a quote nor a price is known."""

    order_type: str | None
    limit: Decimal | None = None


def of(
    security: Security,
    side: str,
    shares: Decimal,
    *,
    quote: Quote | None,
    price: Decimal | None,
    thresholds: Thresholds,
) -> Terms:
    """How an order of so many shares is sent now."""
    if security.kind in AT_THEIR_VALUE:
        return Terms(limit_collar.MARKET)
    half = security.half_spread
    spread = quote.spread if quote else None if half is None else half * 2
    if spread is not None and security.daily_volume is not None:
        severity = limit_collar.market_severity(
            spread=spread,
            shares=shares,
            daily_volume=security.daily_volume,
            spread_max=thresholds.of(limit_collar.MARKET_SPREAD),
            volume_max=thresholds.of(limit_collar.MARKET_VOLUME),
        )
        if not severity:
            return Terms(limit_collar.MARKET)
    bid, ask = (quote.bid, quote.ask) if quote else (price, price)
    if bid is None or ask is None or not bid > 0:
        return Terms(None)
    limit = order_slicing.limit_price(
        order_slicing.Side(side),
        bid=bid,
        ask=ask,
        collar_bps=thresholds.of(limit_collar.BEYOND_QUOTE) * BPS,
        # Regulation NMS Rule 612: a cent from a dollar on, a hundredth of a cent below.
        tick=CENT if bid >= ONE else HUNDREDTH_OF_A_CENT,
    )
    return Terms(limit_collar.LIMIT, limit)
