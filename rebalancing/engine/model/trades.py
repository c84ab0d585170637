"""The columns of what may be traded: dollars of market value sold of each unit and bought of each security.

A unit is a tax lot, or a whole position where trades are not taxed. Every family of constraints has coefficients in
these columns. Sales come first, then purchases, both sorted by identity; nothing depends on the order of the rows read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rebalancing.engine.evaluation.one_way import main_class
from rebalancing.engine.evaluation.situations import Position, Scope, Situation
from rebalancing.engine.evaluation.tradables import BuyUnit, Opportunities, SellUnit
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.portfolio.objective_prices import ObjectivePrices, tie_break, wind_down_prices

POSITION = "position "


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of which only one kind may be used: the losses and purchases of a wash group, or the sales and
    purchases of one position (its id then starts with ``POSITION``)."""

    id: str
    harvest: tuple[int, ...]
    buy: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trades:
    """What may be traded, with the columns of each position: those sold and those bought."""

    situation: Situation
    weights: ObjectivePrices
    sells: tuple[SellUnit, ...]
    buys: tuple[BuyUnit, ...]
    quotes: Mapping[str, tuple[float, float]]  # Price and half-spread of each security.
    scope_of: Mapping[str, Scope]
    columns_of: Mapping[Position, tuple[list[int], list[int]]]

    @property
    def buy_from(self) -> int:
        """The first column of a purchase."""
        return len(self.sells)

    def market_value(self, unit: SellUnit) -> float:
        return float(unit.quantity * self.situation.securities[unit.security].price)


def trades_of(situation: Situation, opportunities: Opportunities, weights: ObjectivePrices) -> Trades:
    """What may be traded in ``situation``; the columns are not yet built."""
    sells, buys = opportunities.open_sells(), opportunities.open_buys()
    columns_of: dict[Position, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for column, unit in enumerate(sells):
        columns_of[unit.position][0].append(column)
    for column, purchase in enumerate(buys, start=len(sells)):
        columns_of[purchase.position][1].append(column)
    return Trades(
        situation=situation,
        weights=weights,
        sells=sells,
        buys=buys,
        quotes={s.id: (float(s.price), float(s.half_spread)) for s in situation.household.securities},
        scope_of={account: scope for scope in situation.scopes for account in scope.accounts},
        columns_of=dict(columns_of),
    )


def add_sales(
    builder: Builder,
    trades: Trades,
    least: Sequence[float],
    most: Sequence[float],
    charges: Mapping[int, float],
) -> None:
    """A column for each unit between ``least`` and ``most`` dollars; ``charges`` are costs per dollar besides, by column."""
    situation = trades.situation
    spread_price = float(trades.weights.spread)
    wind_down = {sec: float(price) for sec, price in wind_down_prices(situation.household).items()}
    for position in situation.lots_by_position:
        held = float(situation.quantity(position)) * trades.quotes[position[1]][0]
        builder.offset += wind_down.get(position[1], 0.0) * held
    for column, unit in enumerate(trades.sells):
        _, spread = trades.quotes[unit.security]
        account, security = situation.accounts[unit.account], situation.securities[unit.security]
        tie = float(tie_break(account, security, unit.lot))
        cost = spread_price * spread + tie - wind_down.get(unit.security, 0.0)
        cost += charges.get(column, 0.0)
        lot = "" if unit.lot is None else unit.lot.id
        added = builder.column(cost, least[column], most[column], ("sell", unit.account, unit.security, lot))
        assert added == column, "sales are the first columns, in the order of their units"


def add_purchases(builder: Builder, trades: Trades, fixed: Mapping[Position, float]) -> None:
    """A column for each purchase; ``fixed`` dollars where an advisor asked for so many shares."""
    situation, weights = trades.situation, trades.weights
    spread_price = float(weights.spread)
    for unit in trades.buys:
        _, spread = trades.quotes[unit.security]
        account, security = situation.accounts[unit.account], situation.securities[unit.security]
        per_dollar = (
            weights.rank * (unit.rank - 1)
            + weights.location * unit.location_bps
            + tie_break(account, security)
        )
        amount = fixed.get(unit.position)
        least, most = (0.0, INFINITY) if amount is None else (amount, amount)
        builder.column(
            float(per_dollar) + spread_price * spread, least, most, ("buy", unit.account, unit.security)
        )


def exclusive_groups(trades: Trades) -> tuple[Group, ...]:
    """Wash groups, over the whole household, in which a loss sale and a purchase could meet; and positions."""
    securities = trades.situation.securities
    harvest: dict[str, list[int]] = defaultdict(list)
    buy: dict[str, list[int]] = defaultdict(list)
    for column, sell in enumerate(trades.sells):
        if sell.may_lose:
            harvest[securities[sell.security].group].append(column)
    for column, unit in enumerate(trades.buys, start=trades.buy_from):
        if securities[unit.security].wash_applies:
            buy[securities[unit.security].group].append(column)
    washes = [Group(g, tuple(harvest[g]), tuple(buy[g])) for g in sorted(harvest) if g in buy]
    positions = [
        Group(
            f"{POSITION}{unit.account}/{unit.security}", tuple(trades.columns_of[unit.position][0]), (column,)
        )
        for column, unit in enumerate(trades.buys, start=trades.buy_from)
        if trades.columns_of[unit.position][0]
    ]
    return (*washes, *positions)


def groups_by_class(trades: Trades) -> dict[tuple[str, str], set[str]]:
    """The wash groups that each account may buy of each main class."""
    groups: dict[tuple[str, str], set[str]] = {}
    for unit in trades.buys:
        security = trades.situation.securities[unit.security]
        groups.setdefault((unit.account, main_class(security)), set()).add(security.group)
    return groups
