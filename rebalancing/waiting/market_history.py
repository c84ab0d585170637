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

from django.db.models import Q

from clients.models import MarketCondition, Price, Security
from rebalancing.engine.market.calendars import new_york
from rebalancing.portfolios.portfolios import Portfolio

SESSIONS = 10
"""Market days of the realized volatility."""
SPREAD_SESSIONS = 20
"""Market days of the usual spread, before the day itself."""
EXCHANGE_TRADED = frozenset({Security.Kind.ETF, Security.Kind.STOCK})
"""Kinds whose price of a market day is there that evening. A mutual fund's may come a day later, and is not stale."""
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


def of(portfolio: Portfolio, *, traded: Collection[str]) -> History:
    """The market as it concerns this portfolio and the securities, by symbol, that would be traded."""
    rows = portfolio.rows
    keys = {one.symbol: key for key, one in rows.securities.items()}
    days = sessions_to(rows.as_of_on, SPREAD_SESSIONS + 1)
    told = MarketCondition.objects.filter(
        Q(security=None) | Q(security__in=[keys[one] for one in traded if one in keys]),
        cancelled_at=None,
        market_on__gte=days[0],
        market_on__lte=rows.as_of_on,
    )
    found = list(told.select_related("security").order_by("market_on", "pk"))
    today = [one for one in found if one.market_on == rows.as_of_on]
    spread, usual = _spreads(found, today=rows.as_of_on)
    return History(
        returns=_returns(portfolio),
        implied=next((one.value for one in reversed(today) if one.kind == "implied"), None),
        halted=tuple(
            sorted(one.security.symbol for one in today if one.kind == "halt" and one.security is not None)
        ),
        market_halted=any(one.kind == "halt" and one.security_id is None for one in today),
        spread=spread,
        usual_spread=usual,
        stale=tuple(
            sorted(
                symbol
                for symbol in traded
                if symbol in keys
                and rows.securities[keys[symbol]].kind in EXCHANGE_TRADED
                and rows.prices[keys[symbol]].as_of_on < rows.as_of_on
            )
        ),
    )


def sessions_to(day: date, count: int) -> tuple[date, ...]:
    """The last `count` sessions up to a day, the oldest first."""
    calendar = new_york()
    found = [calendar.session_on_or_before(day)]
    while len(found) < count:
        found.append(calendar.session_before(found[-1]))
    return tuple(reversed(found))


def _spreads(found: Sequence[MarketCondition], *, today: date) -> tuple[Decimal | None, Decimal | None]:
    """The median spread of the day, and the median over securities of each one's median of the days before."""
    now: dict[int | None, Decimal] = {}
    before: dict[int | None, list[Decimal]] = defaultdict(list)
    for one in found:
        if one.kind != "spread" or one.value is None:
            continue
        if one.market_on == today:
            now[one.security_id] = one.value
        else:
            before[one.security_id].append(one.value)
    known = [key for key in now if before[key]]
    if not known:
        return None, None
    return median(now[key] for key in known), median(median(before[key]) for key in known)


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
    prices: dict[int, dict[date, Decimal]] = defaultdict(dict)
    told = Price.objects.filter(
        security__in=shares, as_of_on__gte=days[0], as_of_on__lte=days[-1], standing__in=("sound", "accepted")
    )
    for key, day, price in told.order_by("received_at").values_list("security", "as_of_on", "price"):
        prices[key][day] = price
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
