"""What the record says of the market lately: the policy's benchmark from closing prices, halts, spreads, a volatility index.

The benchmark holds the policy's targets in the first security of each class's model. It is not an index that somebody
publishes: it moves as the client's policy would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median

from clients.models import TradingHalt
from clients.registers import market_facts
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.portfolios.order_terms import EXCHANGE_TRADED
from rebalancing.portfolios.portfolios import Portfolio

SESSIONS = 10
"""Market days of the realized volatility."""
SPREAD_SESSIONS = 20
"""Market days of the usual spread, before the day itself."""
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class History:
    """The market on a day, as far as it is on record. Returns are daily, the oldest first; None where nothing is known."""

    returns: tuple[Decimal, ...] | None = None
    implied: Decimal | None = None
    halted: tuple[str, ...] = ()
    market_halted: bool = False
    spread: Decimal | None = None
    usual_spread: Decimal | None = None
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A market day as the registers have it. Halts and spreads by security; a halt of the whole market is under None."""

    halted: frozenset[int | None]
    spreads: Mapping[int, Mapping[date, Decimal]]
    implied: Decimal | None


def of(portfolio: Portfolio, *, traded: Collection[str]) -> History:
    """The market as it concerns this portfolio and the securities, by symbol, that would be traded."""
    rows = portfolio.rows
    keys = {one.symbol: key for key, one in rows.securities.items()}
    day = rows.market.shared("market day", rows.as_of_on, lambda: day_of(rows.as_of_on))
    known = {symbol: keys[symbol] for symbol in sorted(traded) if symbol in keys}
    of_these = [day.spreads[key] for key in known.values() if key in day.spreads]
    spread, usual = _spreads(of_these, today=rows.as_of_on)
    return History(
        returns=_returns(portfolio),
        implied=day.implied,
        halted=tuple(symbol for symbol, key in known.items() if key in day.halted),
        market_halted=None in day.halted,
        spread=spread,
        usual_spread=usual,
        stale=tuple(
            symbol
            for symbol, key in known.items()
            if rows.securities[key].kind in EXCHANGE_TRADED and rows.prices[key].as_of_on < rows.as_of_on
        ),
    )


def day_of(on: date) -> Day:
    """What the registers say of a market day: its own halts and index, and the quotes of the days up to it.

    A pause of minutes, and what the firm itself does not trade, do not make a day disorderly.
    """
    days, closed = sessions_to(on, SPREAD_SESSIONS + 1), market_days.closed_at(on)
    halts = market_facts.halts(since=market_days.opened_at(on), until=closed)
    return Day(
        halted=frozenset(
            key for key, found in halts.items() if any(one.kind == TradingHalt.Kind.HALT for one in found)
        ),
        spreads=market_facts.spreads(since=market_days.midnight(days[0]), until=closed),
        implied=market_facts.volatility_level(on=on),
    )


def sessions_to(day: date, count: int) -> tuple[date, ...]:
    """The last `count` sessions up to a day, the oldest first."""
    calendar = new_york()
    found = [calendar.session_on_or_before(day)]
    while len(found) < count:
        found.append(calendar.session_before(found[-1]))
    return tuple(reversed(found))


def _spreads(
    found: Sequence[Mapping[date, Decimal]], *, today: date
) -> tuple[Decimal | None, Decimal | None]:
    """The median spread of the day, and the median over securities of each one's median of the days before."""
    known = [
        (days[today], before)
        for days in found
        if today in days and (before := [spread for day, spread in days.items() if day < today])
    ]
    if not known:
        return None, None
    return median(now for now, _ in known), median(median(before) for _, before in known)


def _returns(portfolio: Portfolio) -> tuple[Decimal, ...] | None:
    """Daily returns of the policy's benchmark over the last sessions; None unless every class has all its prices."""
    rows = portfolio.rows
    shares: dict[int, Decimal] = defaultdict(lambda: ZERO)
    by_class: dict[str, int] = {}
    for sleeve in rows.market.sleeves(portfolio.model_version.pk):
        code = sleeve.model_class.asset_class.code
        first = min(sleeve.members.all(), key=lambda one: one.rank, default=None)
        if first is not None:
            by_class.setdefault(code, first.security_id)
    for target in portfolio.household.policy.classes:
        if target.id == portfolio.household.policy.cash_class or not target.target:
            continue
        if target.id not in by_class:
            return None
        shares[by_class[target.id]] += target.target
    days = sessions_to(rows.as_of_on, SESSIONS + 1)
    prices = rows.market.sessions(shares.keys(), days)
    return returns_of(shares, prices, days=days)


def returns_of(
    shares: Mapping[int, Decimal], prices: Mapping[int, Mapping[date, Decimal]], *, days: Sequence[date]
) -> tuple[Decimal, ...] | None:
    """The daily returns of holdings in these shares of the whole, the rest in cash; None where a price is missing."""
    if not shares or any(day not in prices.get(key, {}) for key in shares for day in days):
        return None
    return tuple(
        sum((share * (prices[key][day] / prices[key][before] - ONE) for key, share in shares.items()), ZERO)
        for before, day in pairwise(days)
    )
