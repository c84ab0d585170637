"""The history of a position's lots: purchases, reinvested distributions, gifts, and special cases.

Every lot is bought at that day's generated close. The lots of a position always add up to it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN
from decimal import Decimal as D

from advisory.showroom.demo.listing import BY_SYMBOL
from advisory.showroom.demo.markets import Market
from clients.custodians.kinds import Acquisition, BasisStatus
from rebalancing.engine.money import cents

SHARE_STEP = D("0.001")
QUIET_DAYS = 45
"""Nothing is bought in the last weeks, so that only the intended households are inside a wash-sale window."""


@dataclass(frozen=True, slots=True)
class DrawnLot:
    """Shares bought together. `basis` None is unknown; `adjusted` the basis after a disallowed loss. `key` is the lot's id in
    files where it has one of its own; otherwise it follows from its place.
    """

    symbol: str
    quantity: D
    acquired_on: date | None
    price: D | None
    acquired_by: Acquisition = Acquisition.PURCHASE
    held_from: date | None = None
    adjusted: D | None = None
    donor_basis: D | None = None
    donor_acquired_on: date | None = None
    key: str = ""

    @property
    def basis(self) -> D | None:
        return None if self.price is None else cents(self.quantity * self.price)

    @property
    def status(self) -> BasisStatus:
        if self.price is None:
            return BasisStatus.UNKNOWN
        given = {Acquisition.TRANSFER, Acquisition.GIFT, Acquisition.INHERITANCE}
        return BasisStatus.NONCOVERED if self.acquired_by in given else BasisStatus.COVERED


def whole(symbol: str, amount: D, market: Market) -> D:
    """How many shares an amount buys: whole shares, or thousandths of a mutual fund share."""
    step = SHARE_STEP if BY_SYMBOL[symbol].is_fund_share else D(1)
    return (amount / market.price(symbol)).quantize(step, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class SoldLot:
    """Shares sold earlier this year, at those days' closes."""

    symbol: str
    quantity: D
    opened_on: date
    closed_on: date
    basis: D
    proceeds: D


def sold(market: Market, symbol: str, quantity: D, *, opened_on: date, closed_on: date) -> SoldLot:
    """A lot bought on one session and sold on another."""
    return SoldLot(
        symbol,
        quantity,
        opened_on,
        closed_on,
        basis=cents(quantity * market.price(symbol, opened_on)),
        proceeds=cents(quantity * market.price(symbol, closed_on)),
    )


def usual(
    chance: random.Random, market: Market, symbol: str, shares: D, *, since: date, reinvests: bool
) -> list[DrawnLot]:
    """Purchases over the years, and distributions that bought a little more each quarter."""
    first = max(since, market.sessions[0])
    drips = _reinvested(chance, market, symbol, shares, first=first) if reinvests else []
    left = shares - sum((lot.quantity for lot in drips), D(0))
    last = market.as_of - timedelta(days=QUIET_DAYS)
    days = market.between(first, last)
    # The first purchase precedes every reinvestment of its distributions.
    early = [drips[0].acquired_on] if drips else []
    bought = sorted(chance.choice(days) for _ in range(chance.randrange(3, 7)))
    if early and early[0] is not None:
        bought[0] = min(bought[0], market.between(first, early[0])[0])
    return [*_bought(chance, market, symbol, left, days=bought), *drips]


def old(chance: random.Random, market: Market, symbol: str, shares: D) -> list[DrawnLot]:
    """Bought low, seven to ten years ago."""
    start = market.sessions[0]
    spans = [(start + timedelta(days=200 * n), start + timedelta(days=200 * n + 150)) for n in range(4)]
    days = [market.lowest_close(symbol, *span) for span in chance.sample(spans, 3)]
    return _bought(chance, market, symbol, shares, days=sorted(days))


def at_a_loss(chance: random.Random, market: Market, symbol: str, shares: D) -> list[DrawnLot]:
    """Bought at a high price within the last year, where there is such a day, with an older lot."""
    recent = market.highest_close(
        symbol, market.as_of - timedelta(days=340), market.as_of - timedelta(days=QUIET_DAYS)
    )
    older = market.highest_close(
        symbol, market.as_of - timedelta(days=1100), market.as_of - timedelta(days=400)
    )
    return _bought(chance, market, symbol, shares, days=[older, recent])


def nearly_long(market: Market, symbol: str, shares: D) -> list[DrawnLot]:
    """One lot that becomes long-term ten days after the last close."""
    becomes = market.as_of + timedelta(days=10)
    bought = becomes.replace(year=becomes.year - 1, day=min(becomes.day, 28)) - timedelta(days=1)
    days = market.between(bought - timedelta(days=6), bought)
    return [DrawnLot(symbol, shares, days[-1], market.price(symbol, days[-1]))]


def without_basis(chance: random.Random, market: Market, symbol: str, shares: D) -> list[DrawnLot]:
    """Transferred in without cost or date, with a lot whose cost is known."""
    unknown = (shares * D("0.6")).quantize(D(1), rounding=ROUND_DOWN)
    known = usual(chance, market, symbol, shares - unknown, since=market.sessions[0], reinvests=False)
    return [*known, DrawnLot(symbol, unknown, None, None, Acquisition.TRANSFER)]


def inherited(market: Market, symbol: str, shares: D) -> list[DrawnLot]:
    """Half inherited at the value on the day of death (IRC 1014), half given with the donor's basis (1015)."""
    half = (shares / 2).quantize(D(1), rounding=ROUND_DOWN)
    died = market.between(market.as_of - timedelta(days=160), market.as_of - timedelta(days=140))[0]
    given = market.between(market.as_of - timedelta(days=900), market.as_of - timedelta(days=880))[0]
    donor = market.sessions[40]
    gift = shares - half
    return [
        DrawnLot(symbol, half, died, market.price(symbol, died), Acquisition.INHERITANCE),
        DrawnLot(
            symbol,
            gift,
            given,
            market.price(symbol, donor),
            Acquisition.GIFT,
            held_from=donor,
            donor_basis=cents(gift * market.price(symbol, donor)),
            donor_acquired_on=donor,
        ),
    ]


def wash_adjusted(market: Market, symbol: str, shares: D) -> list[DrawnLot]:
    """A replacement bought after a loss sale last year: its basis includes the disallowed loss and its
    holding period is longer.
    """
    lost = market.highest_close(
        symbol, market.as_of - timedelta(days=700), market.as_of - timedelta(days=500)
    )
    bought = market.between(lost + timedelta(days=60), lost + timedelta(days=80))[0]
    price = market.price(symbol, bought)
    lot = DrawnLot(symbol, shares, bought, price)
    disallowed = max(market.price(symbol, lost) - price, D("0.50")) * shares
    return [replace(lot, held_from=lost, adjusted=cents(shares * price + disallowed))]


def just_bought(market: Market, symbol: str, shares: D, *, days_ago: int) -> list[DrawnLot]:
    """One purchase a few days ago."""
    day = market.between(
        market.as_of - timedelta(days=days_ago + 6), market.as_of - timedelta(days=days_ago)
    )[-1]
    return [DrawnLot(symbol, shares, day, market.price(symbol, day))]


def pay_days(market: Market, first: date, last: date) -> list[date]:
    """The sessions on which distributions are paid: late in March, June, September and December."""
    found = []
    for year in range(first.year, last.year + 1):
        for month in (3, 6, 9, 12):
            days = market.between(date(year, month, 23), date(year, month, 28))
            if days and first <= days[0] <= last:
                found.append(days[0])
    return found


def _reinvested(
    chance: random.Random, market: Market, symbol: str, shares: D, *, first: date
) -> list[DrawnLot]:
    paid = BY_SYMBOL[symbol].yearly_yield
    quarters = chance.randrange(3, 10)
    days = pay_days(market, first + timedelta(days=30), market.as_of - timedelta(days=1))[-quarters:]
    lots = []
    for day in days:
        quantity = (shares * paid / 4 * D(chance.randrange(85, 116)) / 100).quantize(SHARE_STEP)
        if quantity > 0:
            lots.append(DrawnLot(symbol, quantity, day, market.price(symbol, day), Acquisition.REINVESTMENT))
    return lots if sum((lot.quantity for lot in lots), D(0)) < shares / 2 else []


def _bought(
    chance: random.Random, market: Market, symbol: str, shares: D, *, days: Sequence[date]
) -> list[DrawnLot]:
    """Split shares over purchase days; the first takes whatever fraction is left."""
    step = SHARE_STEP if BY_SYMBOL[symbol].is_fund_share else D(1)
    parts = [chance.randrange(2, 9) for _ in days]
    split = [(shares * part / sum(parts)).quantize(step, rounding=ROUND_DOWN) for part in parts]
    split[0] += shares - sum(split, D(0))
    return [
        DrawnLot(symbol, quantity, day, market.price(symbol, day))
        for quantity, day in zip(split, days, strict=True)
        if quantity > 0
    ]
