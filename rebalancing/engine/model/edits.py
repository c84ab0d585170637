"""What an advisor's edits ask for: dollars of a lot, of a position or of a purchase, exactly or at least.

A lot of a taxed account is sold for exactly what was asked; of a position that is not taxed, at least that much is sold.
Purchases are fixed. A sale of so many shares, whatever the lots, is a row:  Σ x + slack = amount.
"""

from __future__ import annotations

from collections.abc import Mapping

from rebalancing.engine.documents.objective import EditKind
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.evaluation.situations import Position
from rebalancing.engine.model.builder import Builder
from rebalancing.engine.model.limits import RuleRows
from rebalancing.engine.model.lot_queues import with_lots_ahead
from rebalancing.engine.model.trades import Trades


class Edits:
    """The dollars that edits ask for, and one row for each sale of an exact number of shares."""

    def __init__(self, trades: Trades) -> None:
        self._trades = trades
        self.lots: Mapping[str, float] = {}  # With the lots before them in a queue.
        self.purchases: dict[Position, float] = {}
        self.rows: RuleRows = {}
        self._wholes: dict[Position, float] = {}
        self._sales: dict[str, tuple[Position, float]] = {}
        self._read()

    def _read(self) -> None:
        trades, situation = self._trades, self._trades.situation
        lots: dict[str, float] = {}
        for edit in situation.household.edits:
            if edit.kind is EditKind.SELL_LOT and edit.lot is not None:
                lot = situation.lots[edit.lot]
                shares = edit.shares if edit.shares is not None else lot.quantity
                amount = float(shares) * trades.quotes[lot.security][0]
                if situation.accounts[lot.account].is_taxed:
                    lots[lot.id] = amount
                else:
                    # Where nothing is taxed shares are shares: at least as many of the position are sold.
                    at = lot.account, lot.security
                    self._wholes[at] = self._wholes.get(at, 0.0) + amount
            elif edit.security is not None and edit.shares is not None:
                position = edit.account, edit.security
                amount = float(edit.shares) * trades.quotes[edit.security][0]
                if edit.kind is EditKind.BUY:
                    self.purchases[position] = amount
                elif edit.kind is EditKind.SELL:
                    self._sales[edit.id] = position, amount
        self.lots = with_lots_ahead(situation, trades.sells, lots)

    def bounds(self) -> tuple[list[float], list[float]]:
        """The least and the most dollars of each sale; both are the required amount for a lot that an edit names."""
        least, most = [], []
        for unit in self._trades.sells:
            value = self._trades.market_value(unit)
            if unit.lot is None:
                # Guard against float round-off exceeding the position.
                least.append(min(self._wholes.get(unit.position, 0.0), value))
                most.append(value)
            else:
                required = self.lots.get(unit.lot.id)
                least.append(0.0 if required is None else required)
                most.append(value if required is None else required)
        return least, most

    def add_rows(self, builder: Builder) -> None:
        """A row for each sale of an exact number of shares."""
        for id_, (_, amount) in self._sales.items():
            self.rows[Limit.EDIT, id_] = builder.row(amount, amount, ("forced", id_))

    def add_trades(self, builder: Builder) -> None:
        """The sales that count towards each row; of two edits of one position the later one."""
        rows = {position: self.rows[Limit.EDIT, id_] for id_, (position, _) in self._sales.items()}
        for position, row in rows.items():
            if position in self._trades.columns_of:
                builder.add_each(row, self._trades.columns_of[position][0], 1.0)
