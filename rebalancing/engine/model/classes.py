"""The balance of each asset class, and of each sleeve that has a target, against where its deviation costs nothing, for the household or account by account.

    class    value - Σ e x + Σ e y + c + under - over = rest · V

e is the part of a security in the class or sleeve and c the cash, where cash belongs to the class. Deviations inside the zone
have a column with one price, those outside a second. Cash that belongs to no class is all outside the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from rebalancing.engine.documents.household import Security, SleeveTarget
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.evaluation.situations import Scope, Zone
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.cash import CashBalances
from rebalancing.engine.model.tax_planes import Floats
from rebalancing.engine.model.trades import Trades


@dataclass(frozen=True, slots=True)
class Deviation:
    """The columns of one class below and above where it costs nothing, the nearest first, and how many dollars that place
    lies above the target."""

    scope: str
    asset_class: str
    shift: float
    is_sleeve: bool = False  # Its dollars are among its class's, so that they are no drift of their own.
    under: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)

    def from_target(self, values: Floats) -> float:
        """Dollars above the target (below it negative) in a solution's ``values``."""
        return (
            self.shift + sum(float(values[c]) for c in self.over) - sum(float(values[c]) for c in self.under)
        )


def parts_of(security: Security) -> Iterator[tuple[str, Decimal]]:
    """The part of a dollar of the security in each of its classes, then in each sleeve that has a target."""
    yield from ((part.asset_class, part.weight) for part in security.weights)
    yield from ((part.sleeve, part.weight) for part in security.sleeves)


class ClassBalances:
    """One row for each class of each scope, and one for cash that belongs to no class."""

    def __init__(self, builder: Builder, trades: Trades) -> None:
        self._builder, self._trades = builder, trades
        self._cash_class = trades.situation.household.policy.cash_class
        self.rows: dict[tuple[str, str], int] = {}
        self.deviations: list[Deviation] = []
        self.priced_columns: list[int] = []  # All deviations, and cash without a class.
        self._scopes = [scope for scope in trades.situation.scopes if scope.investable > 0]
        for scope in self._scopes:
            self._add_rows(scope)

    def _add_rows(self, scope: Scope) -> None:
        situation, id_ = self._trades.situation, scope.account or ""
        accounts = situation.accounts
        minimum = sum((accounts[a].minimum_cash for a in scope.accounts), Decimal(0))
        for zone in scope.zones:
            name = zone.policy.id
            constant = scope.values[name]
            if name == self._cash_class:
                # Free cash is a column; its part of the constant leaves, the minimum stays outside.
                ends = (situation.cash_at_end(a) - accounts[a].minimum_cash for a in scope.accounts)
                constant = constant - sum(ends, Decimal(0)) - minimum
            level = float(zone.rest * scope.investable - constant)
            self.rows[id_, name] = self._builder.row(level, level, ("class", id_, name))
        for zone in scope.sleeves:
            name = zone.policy.id
            level = float(zone.rest * scope.investable - scope.sleeve_values[name])
            self.rows[id_, name] = self._builder.row(level, level, ("class", id_, name))
        if self._cash_class is None:
            self.rows[id_, ""] = self._builder.row(
                float(minimum), float(minimum), ("cash_without_class", id_)
            )

    def add_trades(self) -> None:
        """The part of each security in its classes."""
        builder, trades = self._builder, self._trades
        for (account, security), (sold, bought) in trades.columns_of.items():
            scope = trades.scope_of.get(account)
            if scope is None:
                continue
            for name, part in parts_of(trades.situation.securities[security]):
                row = self.rows.get((scope.account or "", name))
                if row is not None:
                    weight = float(part)
                    builder.add_each(row, sold, -weight)
                    builder.add_each(row, bought, weight)

    def add_columns(self, cash: CashBalances) -> None:
        """Deviations of each class, and the coefficients of cash."""
        for account, column in cash.columns.items():
            scope = self._trades.scope_of.get(account)
            row = self.rows.get((scope.account or "", self._cash_class or "")) if scope else None
            if row is not None:
                self._builder.add(row, column, 1.0)
                short = cash.slacks.get((Limit.CASH, account))
                if short is not None:
                    # Cash that is missing is no cash: the class must not count it either.
                    self._builder.add(row, short, -1.0)
        for scope in self._scopes:
            for zone in (*scope.zones, *scope.sleeves):
                self._add_deviation(scope, zone)
            if self._cash_class is None:
                self._add_cash_without_class(scope.account or "")

    def _add_deviation(self, scope: Scope, zone: Zone) -> None:
        builder, id_, name = self._builder, scope.account or "", zone.policy.id
        row, outside = self.rows[id_, name], float(self._trades.weights.outside)
        shift = float((zone.rest - zone.policy.target) * scope.investable)
        deviation = Deviation(id_, name, shift, is_sleeve=isinstance(zone.policy, SleeveTarget))
        below, above = zone.rates(self._trades.weights)
        for side, sign, edge, rate, columns in (
            ("under", 1.0, zone.lower, below, deviation.under),
            ("over", -1.0, zone.upper, above, deviation.over),
        ):
            room = float(abs(zone.rest - edge) * scope.investable)
            if room > 0:
                inside = (f"{side}_inside", id_, name)
                columns.append(builder.column(float(rate), 0.0, room, inside, (row,), (sign,)))
            beyond = (f"{side}_outside", id_, name)
            columns.append(builder.column(outside, 0.0, INFINITY, beyond, (row,), (sign,)))
        self.deviations.append(deviation)
        self.priced_columns += [*deviation.under, *deviation.over]

    def _add_cash_without_class(self, scope: str) -> None:
        row, outside = self.rows[scope, ""], float(self._trades.weights.outside)
        name = ("cash_without_class", scope)
        self.priced_columns.append(self._builder.column(outside, 0.0, INFINITY, name, (row,), (-1.0,)))
        # Cash that is missing has its own price.
        self._builder.column(0.0, 0.0, INFINITY, ("missing_cash_without_class", scope), (row,), (1.0,))
