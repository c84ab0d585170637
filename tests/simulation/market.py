"""Prices, dividends and what issuers do to their securities, drawn from a seed: the same seed gives the same days on every machine.

A security is known here by one name for good; what custodians and brokers call it on a day is its symbol.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal as D

from rebalancing.engine.market.calendars import new_york
from tests.simulation.issuers import Event

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
        self.funds = dict(FUNDS)
        """What trades now."""
        self.known = dict(FUNDS)
        """What ever traded."""
        self.closes: dict[date, dict[str, D]] = {first: {name: D(fund.first) for name, fund in FUNDS.items()}}
        self.opens: dict[date, dict[str, D]] = {}
        """The closes before a day, in the shares of that day."""
        self._symbols = {name: [(first, name)] for name in FUNDS}

    def begins(self, day: date, events: list[Event]) -> None:
        """What issuers do takes effect before the market opens."""
        found = dict(self.closes[self.days[-1]])
        for event in events:
            name, ratio = event.security, D(event.new) / D(event.old)
            if event.is_split:
                found[name] = max(CENT, (found[name] / ratio).quantize(CENT))
                self._anchored(name, 1 / ratio)
            elif event.kind == "spin_off":
                other = event.other
                worth = (found[name] * event.basis_share / ratio).quantize(CENT)
                found[other], found[name] = worth, (found[name] * (1 - event.basis_share)).quantize(CENT)
                self._anchored(name, 1 - event.basis_share)
                self.funds[other] = self.known[other] = replace(
                    self.known[name], first=str(worth), yearly_yield="0", wash_group=f"{other}-group"
                )

            elif event.kind == "cash_merger":
                del found[name], self.funds[name]
            elif event.kind == "symbol_change":
                self._symbols[name].append((day, event.new_symbol))
        self.opens[day] = found

    def _anchored(self, name: str, factor: D) -> None:
        fund = self.funds[name]
        self.funds[name] = self.known[name] = replace(fund, first=str(D(fund.first) * factor))

    def lists(self, name: str, since: date) -> None:
        """A security that will be spun off has its symbol before it trades."""
        self._symbols[name] = [(since, name)]

    def passes(self, day: date) -> None:
        """The closes of one more day."""
        before = self.opens.get(day) or self.closes[self.days[-1]]
        shared = random.Random(f"{self._seed}/{day}").gauss(0, 1)
        found = {}
        for name, fund in self.funds.items():
            own = random.Random(f"{self._seed}/{day}/{name}").gauss(0, 1)
            step = fund.daily_move * (fund.common * shared + math.sqrt(1 - fund.common**2) * own)
            # Back towards where it began, so that a thousand days end with prices that people know.
            pull = 0.004 * math.log(float(D(fund.first) / before[name]))
            found[name] = max(D(1), (before[name] * D(repr(math.exp(step + pull)))).quantize(CENT))
        self.days.append(day)
        self.closes[day] = found

    def price(self, name: str, on: date) -> D:
        """The close of a day, or the last one before it."""
        return self.closes[max(day for day in self.days if day <= on and name in self.closes[day])][name]

    def before(self, name: str, day: date) -> D:
        """The close before a day, in the shares of that day: what a share is about worth during it."""
        found = self.opens.get(day, {}).get(name)
        return found if found is not None else self.price(name, new_york().session_before(day))

    def dividend(self, name: str, on: date) -> D:
        """Dollars a share that are paid on a day: a quarter of the yearly yield on one session of the last month of a quarter."""
        if on.month not in PAY_MONTHS or name not in FUNDS:
            return D(0)
        paid_on = new_york().session_on_or_after(date(on.year, on.month, 12 + sorted(FUNDS).index(name)))
        if on != paid_on:
            return D(0)
        return (self.price(name, on) * D(FUNDS[name].yearly_yield) / 4).quantize(D("0.0001"))

    def symbol(self, name: str, on: date) -> str:
        """What a security is called on a day."""
        return [symbol for since, symbol in self._symbols[name] if since <= on][-1]

    def symbols(self, name: str) -> set[str]:
        """Whatever a security was ever called."""
        return {symbol for _, symbol in self._symbols[name]}

    def named(self, symbol: str) -> str:
        """The security that has, or had, a symbol."""
        return next(name for name in self._symbols if symbol in self.symbols(name))
