"""Prices and dividends, drawn from a seed: the same seed gives the same days on every machine."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as D

from rebalancing.engine.market.calendars import new_york

CENT = D("0.01")
PAY_MONTHS = (3, 6, 9, 12)


@dataclass(frozen=True, slots=True)
class Fund:
    """A fund: what a share costs on the first day, how much it moves in a day, and what it pays in a year."""

    first: str
    daily_move: float
    common: float
    yearly_yield: str
    half_spread_bps: int
    wash_group: str


FUNDS = {
    "ZUS": Fund("100", 0.021, 0.95, "0.014", 1, "us-total"),
    "ZUB": Fund("50", 0.021, 0.93, "0.014", 1, "us-broad"),
    "ZBD": Fund("80", 0.004, -0.2, "0.035", 2, "bond-total"),
}


class Market:
    """Closes by day. Every close is drawn from seed, day and symbol, so that a day is the same whatever happened before it."""

    def __init__(self, seed: int, first: date) -> None:
        self._seed = seed
        self.days = [first]
        self.closes: dict[date, dict[str, D]] = {first: {name: D(fund.first) for name, fund in FUNDS.items()}}

    def passes(self, day: date) -> None:
        """The closes of one more day."""
        before = self.closes[self.days[-1]]
        shared = random.Random(f"{self._seed}/{day}").gauss(0, 1)
        found = {}
        for name, fund in FUNDS.items():
            own = random.Random(f"{self._seed}/{day}/{name}").gauss(0, 1)
            step = fund.daily_move * (fund.common * shared + math.sqrt(1 - fund.common**2) * own)
            # Back towards where it began, so that a thousand days end with prices that people know.
            pull = 0.004 * math.log(float(D(fund.first) / before[name]))
            found[name] = max(D(1), (before[name] * D(repr(math.exp(step + pull)))).quantize(CENT))
        self.days.append(day)
        self.closes[day] = found

    def price(self, symbol: str, on: date) -> D:
        """The close of a day, or the last one before it."""
        return self.closes[max(day for day in self.days if day <= on)][symbol]

    def dividend(self, symbol: str, on: date) -> D:
        """Dollars a share that are paid on a day: a quarter of the yearly yield on one session of the last month of a quarter."""
        if on.month not in PAY_MONTHS:
            return D(0)
        paid_on = new_york().session_on_or_after(date(on.year, on.month, 12 + sorted(FUNDS).index(symbol)))
        if on != paid_on:
            return D(0)
        return (self.price(symbol, on) * D(FUNDS[symbol].yearly_yield) / 4).quantize(D("0.0001"))
