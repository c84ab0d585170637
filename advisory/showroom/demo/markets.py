"""Generated daily prices: correlated geometric paths that end where the listing says.

Each path is a bridge: its change over the years and over the last year is fixed, so that the demo's
situations exist for every seed, and only the path between is random.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from advisory.showroom.demo.listing import LISTED, Listed
from clients.custodians.rows import PriceRow
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.money import cents

YEARS = 10
SESSIONS_A_YEAR = 252
SOURCE = "generated"

# Each class's correlation with the common market factor.
LOADINGS = {
    "us_stock": 0.95,
    "us_small": 0.85,
    "intl_stock": 0.80,
    "emerging": 0.70,
    "reit": 0.65,
    "us_bond": -0.05,
    "muni": 0.05,
    "tips": 0.05,
    "commodities": 0.10,
    "cash": 0.0,
}


@dataclass(frozen=True, slots=True)
class Market:
    """Closing prices of every session, by symbol."""

    sessions: tuple[date, ...]
    closes: dict[str, tuple[Decimal, ...]]

    @property
    def as_of(self) -> date:
        return self.sessions[-1]

    def price(self, symbol: str, on: date | None = None) -> Decimal:
        """The close of a day, or of the last session on or before it."""
        place = len(self.sessions) if on is None else bisect_right(self.sessions, on)
        return self.closes[symbol][place - 1]

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """The sessions from one day to another, both included."""
        return self.sessions[bisect_left(self.sessions, first) : bisect_right(self.sessions, last)]

    def highest_close(self, symbol: str, first: date, last: date) -> date:
        """The session of the highest close in a span."""
        return max(self.between(first, last), key=lambda day: self.price(symbol, day))

    def lowest_close(self, symbol: str, first: date, last: date) -> date:
        """The session of the lowest close in a span."""
        return min(self.between(first, last), key=lambda day: self.price(symbol, day))

    def rows(self) -> Iterator[PriceRow]:
        """Every close as a line of a price file."""
        for symbol in sorted(self.closes):
            for day, close in zip(self.sessions, self.closes[symbol], strict=True):
                yield PriceRow(symbol, day, close, SOURCE)


def draw(*, seed: int, as_of: date) -> Market:
    """Ten years of daily closes up to `as_of`, the same for the same seed and day."""
    calendar = new_york()
    first = as_of.replace(year=as_of.year - YEARS, day=min(as_of.day, 28))
    sessions = calendar.sessions_between(calendar.session_on_or_before(first), as_of)
    chance = random.Random(f"{seed}/market/{as_of}")
    common = _walk(chance, len(sessions))
    drivers = {}
    for asset_class, loading in LOADINGS.items():
        own = _walk(chance, len(sessions))
        rest = math.sqrt(1 - loading**2)
        drivers[asset_class] = [loading * a + rest * b for a, b in zip(common, own, strict=True)]
    closes = {}
    for one in LISTED:
        own = _walk(random.Random(f"{seed}/market/{as_of}/{one.symbol}"), len(sessions))
        closes[one.symbol] = _closes(one, drivers[one.driver], own)
    return Market(sessions, closes)


def _walk(chance: random.Random, length: int) -> list[float]:
    """A random walk with steps of variance one, beginning at zero."""
    total, walk = 0.0, [0.0]
    for _ in range(length - 1):
        total += chance.gauss(0.0, 1.0)
        walk.append(total)
    return walk


def _closes(one: Listed, driver: Sequence[float], own: Sequence[float]) -> tuple[Decimal, ...]:
    last = len(driver) - 1
    split = max(last - SESSIONS_A_YEAR, 1)
    a, b = math.sqrt(one.share), math.sqrt(1 - one.share)
    shock = [a * x + b * y for x, y in zip(driver, own, strict=True)]
    step = one.volatility / math.sqrt(SESSIONS_A_YEAR)
    early = one.growth * split / SESSIONS_A_YEAR
    logs = []
    for place, value in enumerate(shock):
        if place <= split:
            part = place / split
            logs.append(early * part + step * (value - part * shock[split]))
        else:
            part = (place - split) / (last - split)
            bridge = value - shock[split] - part * (shock[last] - shock[split])
            logs.append(early + one.last_year * part + step * bridge)
    end = logs[-1]
    return tuple(cents(one.price * Decimal(repr(math.exp(value - end)))) for value in logs)
