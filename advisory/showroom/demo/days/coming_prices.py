"""The closes of the days after the firm was built: the walk goes on where it ended, with the same correlations. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from advisory.showroom.demo.days.troubles import Trouble
from advisory.showroom.demo.listing import LISTED
from advisory.showroom.demo.markets import LOADINGS, SESSIONS_A_YEAR, Market
from rebalancing.engine.money import cents

DRIFT = 0.05
"""The yearly change of the log price, of everything that moves at all."""
LEAST = Decimal("0.01")


def next_day(market: Market, day: date, *, seed: int, trouble: Trouble) -> Market:
    """The market with one more session. A split of the day divides that security's close."""
    chance = random.Random(f"{seed}/day/{day}")
    common = chance.gauss(0.0, 1.0)
    drivers = {
        name: loading * common + math.sqrt(1 - loading**2) * chance.gauss(0.0, 1.0)
        for name, loading in sorted(LOADINGS.items())
    }
    closes: dict[str, tuple[Decimal, ...]] = {}
    for one in LISTED:
        own = random.Random(f"{seed}/day/{day}/{one.symbol}").gauss(0.0, 1.0)
        shock = math.sqrt(one.share) * drivers[one.driver] + math.sqrt(1 - one.share) * own
        moves = DRIFT if one.volatility else 0.0
        step = moves / SESSIONS_A_YEAR + one.volatility / math.sqrt(SESSIONS_A_YEAR) * shock
        close = market.price(one.symbol) * Decimal(repr(math.exp(step)))
        if one.symbol == trouble.split:
            close /= 2
        closes[one.symbol] = (*market.closes[one.symbol], max(LEAST, cents(close)))
    return replace(market, sessions=(*market.sessions, day), closes=closes)


def prices_of(market: Market, *, trouble: Trouble) -> Mapping[str, Decimal]:
    """What the day's price file names: every close, but for one that is late."""
    return {symbol: closes[-1] for symbol, closes in sorted(market.closes.items()) if symbol != trouble.stale}
