"""What one market day does to an account of the demonstration: dividends, money in and out, orders carried out, and trouble.

Pure: the same contents, market, seed and executions give the same account.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP
from decimal import Decimal as D

from advisory.showroom.demo.days.troubles import Trouble
from advisory.showroom.demo.holdings import Contents
from advisory.showroom.demo.house_files import lot_id
from advisory.showroom.demo.listing import BY_SYMBOL
from advisory.showroom.demo.lot_histories import DrawnLot, SoldLot
from advisory.showroom.demo.markets import Market
from clients.custodians.kinds import Acquisition, TransactionKind
from clients.custodians.rows import TransactionRow
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.money import cents

ZERO = D(0)
QUARTERS = 4
PAY_MONTHS = (3, 6, 9, 12)
FLOWS = 250
"""One account in so many has money coming in or going out on a day."""
KEPT = D("0.5")
"""What leaves on a day is at most this part of the account's cash."""


@dataclass(frozen=True, slots=True)
class Execution:
    """An order that a custodian carried out, as the day's file tells it. `lots` are the shares of each lot sold, by its id."""

    account: str
    symbol: str
    is_sale: bool
    shares: D
    reference: str
    price: D | None = None
    lots: tuple[tuple[str, D], ...] = ()


@dataclass(slots=True)
class Told:
    """What a day's files tell of one account beside its holdings."""

    transactions: list[TransactionRow] = field(default_factory=list)
    sold: list[SoldLot] = field(default_factory=list)
    unsettled: D = ZERO


def named(held: Contents) -> Contents:
    """The account with an id for each lot, which stays the lot's whatever comes and goes."""
    lots = [replace(lot, key=lot_id(held, place)) for place, lot in enumerate(held.lots)]
    return Contents(
        held.family, held.account, lots=lots, cash=held.cash, extra_shares=dict(held.extra_shares)
    )


def live(
    held: Contents, market: Market, *, seed: int, executions: Sequence[Execution], trouble: Trouble
) -> Told:
    """Let one day happen to an account; its contents are changed in place."""
    told, day = Told(), market.as_of
    chance = random.Random(f"{seed}/account/{day}/{held.account.number}")
    if trouble.split:
        _split(held, trouble.split, told, day)
    for symbol, shares in held.shares().items():
        if (rate := _pays(symbol, day, seed=seed)) > ZERO:
            amount = cents(shares * market.price(symbol) * rate)
            held.cash += amount
            _book(held, told, day, TransactionKind.DIVIDEND, amount, symbol=symbol)
    _flow(held, told, day, chance)
    for one in sorted(executions, key=lambda one: (not one.is_sale, one.symbol, one.reference)):
        _carry_out(held, told, market, one)
    if trouble.restated and held.lots and chance.randrange(40) == 0:
        _restate(held, chance)
    if trouble.late_basis:
        held.lots = [_with_basis(lot, market) for lot in held.lots]
    return told


def _split(held: Contents, symbol: str, told: Told, day: date) -> None:
    before = held.shares().get(symbol, ZERO)
    if before <= ZERO:
        return
    held.lots = [
        replace(lot, quantity=lot.quantity * 2, price=None if lot.price is None else lot.price / 2)
        if lot.symbol == symbol
        else lot
        for lot in held.lots
    ]
    if symbol in held.extra_shares:
        held.extra_shares[symbol] *= 2
    _book(held, told, day, TransactionKind.SPLIT, ZERO, symbol=symbol, quantity=before)


def _pays(symbol: str, day: date, *, seed: int) -> D:
    """A quarter of the yearly yield, on the security's own day of March, June, September and December."""
    if day.month not in PAY_MONTHS:
        return ZERO
    pay_day = random.Random(f"{seed}/pays/{symbol}").randrange(5, 25)
    # The first session on or after its day of the month: no session lies in between.
    before = range(pay_day, day.day)
    if day.day < pay_day or any(_is_session(day.replace(day=one)) for one in before):
        return ZERO
    return BY_SYMBOL[symbol].yearly_yield / QUARTERS


def _is_session(day: date) -> bool:
    return new_york().is_session(day)


def _flow(held: Contents, told: Told, day: date, chance: random.Random) -> None:
    if chance.randrange(FLOWS) or held.account.is_plan:
        return
    amount = D(chance.randrange(10, 201)) * 100
    if held.account.is_taxable and chance.random() < 0.6:
        held.cash += amount
        _book(held, told, day, TransactionKind.DEPOSIT, amount)
        return
    amount = min(amount, (held.cash * KEPT).quantize(D(100), rounding=ROUND_DOWN))
    if amount > ZERO:
        held.cash -= amount
        _book(held, told, day, TransactionKind.WITHDRAWAL, -amount)


def _carry_out(held: Contents, told: Told, market: Market, one: Execution) -> None:
    spread = D(BY_SYMBOL[one.symbol].half_spread_bps) / 10_000
    side = 1 - spread if one.is_sale else 1 + spread
    price = one.price or (market.price(one.symbol) * side).quantize(D("0.0001"), rounding=ROUND_HALF_UP)
    if one.is_sale:
        _sell(held, told, market.as_of, one, price)
    else:
        _buy(held, told, market.as_of, one, price)


def _sell(held: Contents, told: Told, day: date, one: Execution, price: D) -> None:
    left = min(one.shares, held.shares().get(one.symbol, ZERO))
    total = ZERO
    for key, wanted in _relieved(held, one):
        place = next(n for n, lot in enumerate(held.lots) if lot.key == key)
        lot = held.lots[place]
        shares = min(wanted, lot.quantity, left)
        if shares <= ZERO:
            continue
        left -= shares
        total += shares
        if lot.price is not None and lot.acquired_on is not None:
            told.sold.append(
                SoldLot(
                    one.symbol,
                    shares,
                    lot.acquired_on,
                    day,
                    basis=cents(shares * lot.price),
                    proceeds=cents(shares * price),
                )
            )
        rest = lot.quantity - shares
        held.lots[place : place + 1] = [replace(lot, quantity=rest, adjusted=None)] if rest else []
    if total:
        proceeds = cents(total * price)
        held.cash += proceeds
        told.unsettled += proceeds
        _book(held, told, day, TransactionKind.SELL, proceeds, one.symbol, -total, price, one.reference)


def _relieved(held: Contents, one: Execution) -> Iterator[tuple[str, D]]:
    """The instructed lots, then whatever else of the security there is, oldest first."""
    known = {lot.key for lot in held.lots if lot.symbol == one.symbol}
    yield from ((key, shares) for key, shares in one.lots if key in known)
    rest = [lot for lot in held.lots if lot.symbol == one.symbol]
    for lot in sorted(rest, key=lambda lot: (lot.acquired_on or date.min, lot.key)):
        if any(standing.key == lot.key for standing in held.lots):
            yield lot.key, lot.quantity


def _buy(held: Contents, told: Told, day: date, one: Execution, price: D) -> None:
    step = D("0.001") if BY_SYMBOL[one.symbol].is_fund_share else D(1)
    affordable = (max(held.cash, ZERO) / price).quantize(step, rounding=ROUND_DOWN)
    shares = min(one.shares, affordable)
    if shares <= ZERO:
        return
    cost = cents(shares * price)
    held.cash -= cost
    told.unsettled -= cost
    key = f"{held.account.number[-4:]}-{one.reference}"
    held.lots.append(DrawnLot(one.symbol, shares, day, price, Acquisition.PURCHASE, key=key))
    _book(held, told, day, TransactionKind.BUY, -cost, one.symbol, shares, price, one.reference)


def _restate(held: Contents, chance: random.Random) -> None:
    place = chance.randrange(len(held.lots))
    lot = held.lots[place]
    if lot.price is not None:
        held.lots[place] = replace(lot, price=(lot.price * D("1.01")).quantize(D("0.01")), adjusted=None)


def _with_basis(lot: DrawnLot, market: Market) -> DrawnLot:
    """A lot whose basis was unknown, with the one that its former custodian sent."""
    if lot.price is not None or lot.acquired_on is None:
        return lot
    day = max(lot.acquired_on, market.sessions[0])
    return replace(lot, price=market.price(lot.symbol, day))


def _book(
    held: Contents,
    told: Told,
    day: date,
    kind: TransactionKind,
    amount: D,
    symbol: str | None = None,
    quantity: D | None = None,
    price: D | None = None,
    reference: str = "",
) -> None:
    place = len(told.transactions) + 1
    told.transactions.append(
        TransactionRow(
            account=held.account.number,
            kind=kind,
            trade_on=day,
            settles_on=None,
            transaction_id=f"T{held.account.number[-4:]}-{day:%Y%m%d}-{place:02d}",
            symbol=symbol,
            quantity=quantity,
            price=price,
            amount=amount,
            fees=None,
            lot_id=None,
            related_id=None,
            description=reference or None,
            option=None,
            ordinal=1,
        )
    )
