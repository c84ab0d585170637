"""The holdings of every account of a family: classes allocated to accounts, securities, lots, cash,
transactions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal as D

from advisory.showroom.demo import lot_histories
from advisory.showroom.demo.families import AccountPlan, Family
from advisory.showroom.demo.listing import BY_SYMBOL, STOCKS
from advisory.showroom.demo.lot_histories import DrawnLot, SoldLot
from advisory.showroom.demo.markets import Market
from advisory.showroom.demo.models import BY_CODE, Model
from clients.custodians.kinds import Acquisition, TransactionKind
from rebalancing.engine.money import cents

ZERO, ONE = D(0), D(1)
FALLEN = frozenset({"intl_stock", "us_small", "reit", "tips"})
"""Classes whose generated prices fell over the last year."""
LEGACY = "ZZNV"
POSITION_MIN = D(600)
LOOKED_THROUGH = "ZZBF"
"""The balanced fund that college savings and health accounts hold whole; its parts count in their classes."""
IN_ONE_FUND = frozenset({"education_529", "hsa"})

# Where each class is best held: earlier is filled first.
_SHELTERED = ("us_bond", "tips", "reit", "commodities")
_TAX_FREE = ("emerging", "us_small", "reit", "us_stock")
_TAXED = ("us_stock", "intl_stock", "muni")
_LOCATION_FACTOR = D(3)
TRAPPED = "intl_stock"
"""The class whose fund one spouse just bought while the couple's joint account holds it at a loss."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A booked transaction. Quantity and amount are signed from the account's point of view."""

    kind: TransactionKind
    on: date
    amount: D
    symbol: str | None = None
    quantity: D | None = None
    price: D | None = None
    lot: int | None = None
    related: int | None = None
    said: str = ""


@dataclass(slots=True)
class Contents:
    """One account's holdings. `extra_shares` is what the custodian shows beyond the lots."""

    family: Family
    account: AccountPlan
    lots: list[DrawnLot] = field(default_factory=list)
    cash: D = ZERO
    movements: list[Movement] = field(default_factory=list)
    sold: list[SoldLot] = field(default_factory=list)
    extra_shares: dict[str, D] = field(default_factory=dict)

    def shares(self) -> dict[str, D]:
        """Shares by symbol: the sum of the lots."""
        held: dict[str, D] = {}
        for lot in self.lots:
            held[lot.symbol] = held.get(lot.symbol, ZERO) + lot.quantity
        return dict(sorted(held.items()))


def fill(family: Family, market: Market, *, seed: int) -> list[Contents]:
    """The contents of every account of a family, the same for the same seed and market."""
    chance = random.Random(f"{seed}/holdings/{family.place}/{market.as_of}")
    model = BY_CODE[family.model]
    contents = []
    for account, amounts in _placed(chance, family, model):
        held = Contents(family, account)
        value = sum(amounts.values(), ZERO)
        invested = ZERO
        for asset_class, amount in amounts.items():
            if asset_class == "cash":
                continue
            if account.registration in IN_ONE_FUND:
                bought = [(LOOKED_THROUGH, amount)]
            else:
                bought = _securities(chance, family, account, model, asset_class, amount)
            for symbol, part in bought:
                shares = lot_histories.whole(symbol, part, market)
                if shares <= 0:
                    continue
                held.lots += _lots(chance, family, account, market, asset_class, symbol, shares)
                invested += shares * market.price(symbol)
        held.cash = cents(value - invested)
        held.sold = _sold(chance, held, market)
        held.movements = list(_movements(chance, held, market))
        contents.append(held)
    _break_one(family, contents[0])
    return contents


def _weights(chance: random.Random, family: Family, model: Model) -> dict[str, D]:
    """The model's weights with small deviations, tilted as the situation requires."""
    raw = {}
    for code, weight in model.weights.items():
        noise = ONE + D(chance.randrange(-25, 26)) / 1000
        raw[code] = D(weight) * noise * D(family.situation.tilt.get(code, "1"))
    total = sum(raw.values(), ZERO)
    return {code: weight / total for code, weight in raw.items()}


def _placed(
    chance: random.Random, family: Family, model: Model
) -> Iterator[tuple[AccountPlan, dict[str, D]]]:
    """Dollars of each class for each account, by asset location."""
    weights = _weights(chance, family, model)
    values = {account.number: family.value * account.share for account in family.accounts}
    if family.situation.code == "account_level":
        for account in family.accounts:
            usable = {code: weight for code, weight in weights.items() if code != "muni"}
            total = sum(usable.values(), ZERO)
            yield account, {code: values[account.number] * part / total for code, part in usable.items()}
        return
    left = {code: family.value * weight for code, weight in weights.items()}
    placed: dict[str, dict[str, D]] = {}
    in_order = sorted(family.accounts, key=_order)
    cash_left, value_left = left.pop("cash"), family.value
    for place, account in enumerate(in_order):
        value = values[account.number]
        is_last = place == len(in_order) - 1
        cash = cash_left if is_last else cash_left * value / value_left
        cash_left, value_left = cash_left - cash, value_left - value
        share = dict(left) if is_last else _share(left, account, value - cash)
        for code, amount in share.items():
            left[code] -= amount
        placed[account.number] = {**share, "cash": cash}
    for account in family.accounts:
        yield account, placed[account.number]


def _order(account: AccountPlan) -> tuple[int, str]:
    """One-fund accounts first, retirement accounts next; the taxable ones take what is left."""
    if account.registration in IN_ONE_FUND:
        return 0, account.number
    return (3 if account.is_taxable else 2 if account.is_tax_free else 1), account.number


def _share(left: dict[str, D], account: AccountPlan, room: D) -> dict[str, D]:
    """Fill an account with what is left of each class, the best-located classes first."""
    if account.registration in IN_ONE_FUND:
        return {code: room * part for code, part in BY_SYMBOL[LOOKED_THROUGH].weights}
    best = _TAXED if account.is_taxable else _TAX_FREE if account.is_tax_free else _SHELTERED
    wished = {
        code: amount * (_LOCATION_FACTOR if code in best else ONE)
        for code, amount in left.items()
        if amount > 0 and (account.is_taxable or code != "muni")
    }
    taken = dict.fromkeys(wished, ZERO)
    for _ in range(12):
        open_classes = {code: wish for code, wish in wished.items() if taken[code] < left[code]}
        missing = room - sum(taken.values(), ZERO)
        if missing < 1 or not open_classes:
            break
        total = sum(open_classes.values(), ZERO)
        for code, wish in open_classes.items():
            taken[code] += min(missing * wish / total, left[code] - taken[code])
    return taken


def _securities(
    chance: random.Random, family: Family, account: AccountPlan, model: Model, asset_class: str, amount: D
) -> list[tuple[str, D]]:
    """What a class is held in: a plan's mutual funds, single companies, or one fund of the sleeve."""
    symbols = model.symbols(asset_class)
    if not symbols or amount < POSITION_MIN:
        return []
    funds = [symbol for symbol in symbols if symbol not in STOCKS]
    if asset_class == "us_stock" and account.is_taxable and family.model == "direct":
        return [(symbol, amount / len(STOCKS)) for symbol in STOCKS]
    if asset_class == "us_stock" and account.is_taxable and family.situation.style == "legacy":
        return [(LEGACY, amount * D("0.55")), (funds[0], amount * D("0.45"))]
    if account.is_plan and (mutual := [one for one in funds if BY_SYMBOL[one].is_fund_share]):
        return [(mutual[0], amount)]
    etfs = [one for one in funds if not BY_SYMBOL[one].is_fund_share]
    if account.is_taxable and amount > 120_000 and len(etfs) > 1 and family.situation.style == "mixed":
        return [(etfs[0], amount * D("0.7")), (etfs[1], amount * D("0.3"))]
    takes_second = len(etfs) > 1 and chance.random() < 0.25
    if family.situation.style == "wash_trap" and asset_class == TRAPPED:
        takes_second = False  # All accounts hold the same fund, which sets up the wash sale.
    return [(etfs[1] if takes_second else etfs[0], amount)]


def _lots(
    chance: random.Random,
    family: Family,
    account: AccountPlan,
    market: Market,
    asset_class: str,
    symbol: str,
    shares: D,
) -> list[DrawnLot]:
    style = family.situation.style
    if style == "wash_trap" and asset_class == TRAPPED and account.is_tax_free:
        bought = shares // 2
        return [
            *lot_histories.usual(
                chance, market, symbol, shares - bought, since=account.opened_on, reinvests=False
            ),
            *lot_histories.just_bought(market, symbol, bought, days_ago=12),
        ]
    if account.is_taxable:
        if symbol == LEGACY and style == "legacy":
            return lot_histories.old(chance, market, symbol, shares)
        if style == "old":
            return lot_histories.old(chance, market, symbol, shares)
        if style in {"losses", "wash_trap"} and (asset_class in FALLEN or symbol in STOCKS):
            return lot_histories.at_a_loss(chance, market, symbol, shares)
        if style == "nearly_long" and asset_class == "us_stock":
            return lot_histories.nearly_long(market, symbol, shares)
        if style == "missing_basis" and asset_class == "us_stock" and shares > 20:
            return lot_histories.without_basis(chance, market, symbol, shares)
        if style == "inherited" and asset_class == "us_stock" and shares > 20:
            return lot_histories.inherited(market, symbol, shares)
        if asset_class == "reit" and family.place % 9 == 4:
            return lot_histories.wash_adjusted(market, symbol, shares)
    reinvests = account.reinvests and style not in {"losses", "wash_trap"} and account.feed == "house"
    return lot_histories.usual(chance, market, symbol, shares, since=account.opened_on, reinvests=reinvests)


def _sold(chance: random.Random, held: Contents, market: Market) -> list[SoldLot]:
    """Sales earlier this year, whose gains the year's tax already counts."""
    account, situation = held.account, held.family.situation.code
    if not account.is_taxable or account.feed != "house":
        return []
    year_start = market.between(date(market.as_of.year, 1, 1), market.as_of)
    if len(year_start) < 30:
        return []
    spring = year_start[min(45, len(year_start) // 2)]
    if situation == "gain_budget":
        # Almost all of the year's budget, in one sale of an old lot.
        return [_old_lot_sold(market, spring, gain=D(18_600))]
    if situation == "losses":
        # Sold at a loss a few weeks ago: buying it back now would be a wash sale.
        recently = market.sessions[-12]
        bought = market.highest_close(
            "ZZRX", market.as_of - timedelta(days=340), market.as_of - timedelta(days=90)
        )
        return [
            lot_histories.sold(market, "ZZRX", D(60), opened_on=bought, closed_on=recently),
            # A gain of the spring, against which today's losses count in full.
            _old_lot_sold(market, spring, gain=D(28_000)),
        ]
    if chance.random() < 0.3:
        bought = chance.choice(market.sessions[200:-400])
        return [
            lot_histories.sold(
                market, "ZZBD", D(chance.randrange(20, 90)), opened_on=bought, closed_on=spring
            )
        ]
    return []


def _old_lot_sold(market: Market, on: date, *, gain: D) -> SoldLot:
    """The sale of an old lot of the US fund that comes to about this gain."""
    bought = market.lowest_close("ZZTM", market.sessions[0], market.sessions[400])
    per_share = market.price("ZZTM", on) - market.price("ZZTM", bought)
    shares = (gain / max(per_share, ONE)).quantize(ONE)
    return lot_histories.sold(market, "ZZTM", shares, opened_on=bought, closed_on=on)


def _movements(chance: random.Random, held: Contents, market: Market) -> Iterator[Movement]:
    """The last twelve months: purchases that opened lots, distributions, money in and out."""
    since = market.as_of - timedelta(days=365)
    number = 0
    for place, lot in enumerate(held.lots):
        if lot.acquired_on is None or lot.acquired_on < since or lot.price is None:
            continue
        if lot.acquired_by not in {Acquisition.PURCHASE, Acquisition.REINVESTMENT}:
            continue
        cost = cents(lot.quantity * lot.price)
        if lot.acquired_by is Acquisition.PURCHASE:
            yield Movement(
                TransactionKind.BUY, lot.acquired_on, -cost, lot.symbol, lot.quantity, lot.price, place
            )
            number += 1
            continue
        yield Movement(TransactionKind.DIVIDEND, lot.acquired_on, cost, lot.symbol, said="Distribution")
        yield Movement(
            TransactionKind.REINVESTMENT, lot.acquired_on, -cost, lot.symbol, lot.quantity, lot.price, place,
            related=number, said="Distribution reinvested",
        )  # fmt: skip
        number += 2
    reinvested = {lot.symbol for lot in held.lots if lot.acquired_by is Acquisition.REINVESTMENT}
    days = lot_histories.pay_days(market, since, market.as_of)
    for symbol, shares in held.shares().items():
        paid = BY_SYMBOL[symbol].yearly_yield
        if symbol in reinvested or not paid:
            continue
        for day in days:
            amount = cents(shares * market.price(symbol, day) * paid / 4)
            if amount:
                yield Movement(TransactionKind.DIVIDEND, day, amount, symbol, said="Distribution")
    for gone in held.sold:
        yield Movement(
            TransactionKind.SELL, gone.closed_on, gone.proceeds, gone.symbol, -gone.quantity,
            market.price(gone.symbol, gone.closed_on),
        )  # fmt: skip
    yield from _money(chance, held, market)


def _money(chance: random.Random, held: Contents, market: Market) -> Iterator[Movement]:
    account, situation = held.account, held.family.situation.code
    if situation == "contribution" and account.is_taxable:
        day = market.sessions[-4]
        yield Movement(TransactionKind.DEPOSIT, day, cents(held.cash * D("0.85")), said="Contribution")
    if account.is_plan:
        amount = D(chance.randrange(400, 1900))
        for back in range(11):
            day = market.sessions[-8 - 21 * back]
            yield Movement(TransactionKind.DEPOSIT, day, amount, said="Contribution from pay")
    elif account.is_taxable and chance.random() < 0.5:
        amount = D(chance.randrange(1000, 9000, 250))
        yield Movement(
            TransactionKind.WITHDRAWAL, market.sessions[-30], -amount, said="Withdrawal by the client"
        )


def _break_one(family: Family, first: Contents) -> None:
    """The custodian shows shares that no lot explains: a transfer that was booked without its lots."""
    if family.situation.code == "unreconciled" and first.lots:
        first.extra_shares[first.lots[0].symbol] = D(25)
