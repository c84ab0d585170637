"""Trades as order lines, with their lots and amounts to the cent, before the wash-sale rule looks at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import Lot
from rebalancing.engine.documents.plan import LotSale, Side
from rebalancing.engine.evaluation.situations import Position, Situation
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.money import ONE, ZERO, cents, cents_down, cents_up, share_of
from rebalancing.engine.tax.holding_periods import term

LotKey = tuple[str, str, str]  # Account, security, lot ("" for a whole position).


@dataclass(frozen=True, slots=True)
class Trades:
    """Shares sold of each unit and bought of each position; nothing that is zero."""

    sold: Mapping[LotKey, Decimal]
    bought: Mapping[Position, Decimal]


NOTHING = Trades({}, {})


@dataclass(frozen=True, slots=True)
class Line:
    """One order before it has a reason."""

    account: str
    security: str
    side: Side
    shares: Decimal
    amount: Decimal
    cost: Decimal
    settles_on: date
    lots: tuple[LotSale, ...]


def lines_of(situation: Situation, trades: Trades) -> tuple[Line, ...]:
    """The trades as orders, sorted by account, side and security; lots named, oldest first where nothing is taxed.

    Before the wash-sale rule, which looks at all of them together.
    """
    sold: dict[Position, dict[str, Decimal]] = defaultdict(dict)
    for (account, security, lot), shares in trades.sold.items():
        sold[account, security][lot] = shares
    lines = [_sale(situation, position, by_lot) for position, by_lot in sold.items()]
    lines += [_purchase(situation, position, shares) for position, shares in trades.bought.items()]
    lines.sort(key=lambda line: (line.account, line.side is Side.BUY, line.security))
    return tuple(lines)


def _sale(situation: Situation, position: Position, by_lot: dict[str, Decimal]) -> Line:
    account, security = situation.accounts[position[0]], situation.securities[position[1]]
    lots = situation.lots_by_position[position]
    if not account.is_taxed:
        by_lot = _oldest_first(lots, by_lot[""])
    net = security.price * (ONE - security.half_spread)
    sales = []
    for lot in lots:
        shares = by_lot.get(lot.id, ZERO)
        if shares == 0:
            continue
        proceeds = cents(shares * net)
        if not account.is_taxed:
            sales.append(LotSale(lot=lot.id, shares=shares, proceeds=proceeds, basis=None, term=None, gain=None,
                                 disallowed=ZERO))  # fmt: skip
            continue
        # A gift sold between its two bases has neither gain nor loss, to the cent.
        basis = proceeds if lot.gift is not None else basis_of(lot, shares)
        held_since = lot.held_since
        held = None if held_since is None else term(held_since, situation.household.trade_on)
        gain = None if basis is None else proceeds - basis
        sales.append(LotSale(lot=lot.id, shares=shares, proceeds=proceeds, basis=basis, term=held, gain=gain,
                             disallowed=ZERO))  # fmt: skip
    shares = sum((sale.shares for sale in sales), ZERO)
    return Line(
        account=account.id,
        security=security.id,
        side=Side.SELL,
        shares=shares,
        amount=sum((sale.proceeds for sale in sales), ZERO),
        cost=cents(shares * security.price * security.half_spread),
        settles_on=situation.settles_on[security.id],
        lots=tuple(sales),
    )


def basis_of(lot: Lot, shares: Decimal) -> Decimal | None:
    """The basis of part of a lot, to the cent; down, so that rounding never turns a gain into a loss."""
    if lot.basis is None:
        return None
    if shares == lot.quantity:
        return cents(lot.basis)
    return cents_down(share_of(lot.basis, shares, lot.quantity))


def _oldest_first(lots: tuple[Lot, ...], shares: Decimal) -> dict[str, Decimal]:
    taken: dict[str, Decimal] = {}
    for lot in sorted(lots, key=queue_key):
        part = min(lot.quantity, shares)
        if part > 0:
            taken[lot.id] = part
            shares -= part
    return taken


def _purchase(situation: Situation, position: Position, shares: Decimal) -> Line:
    security = situation.securities[position[1]]
    return Line(
        account=position[0],
        security=security.id,
        side=Side.BUY,
        shares=shares,
        amount=cents_up(shares * security.price * (ONE + security.half_spread)),
        cost=cents(shares * security.price * security.half_spread),
        settles_on=situation.settles_on[security.id],
        lots=(),
    )
