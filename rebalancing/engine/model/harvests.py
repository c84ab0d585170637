"""Rows of the mode that harvests: what is sold of a part is bought again in it, and nothing beyond.

    part          0 ≤ Σ (1-σ) x - Σ (1+σ) y ≤ one increment of the dearest replacement
    replacement   (1+σ) y - Σ (1-σ) x of the positions it stands in for ≤ 0

σ is a security's half-spread, x and y are dollars sold and bought. A dollar sold at a loss also costs what its loss is
expected to cost later (``charges``).
"""

from __future__ import annotations

from rebalancing.engine.evaluation import harvesting
from rebalancing.engine.evaluation.situations import Position
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.trades import Trades


class HarvestRows:
    """One row for each part with something to sell, and one for each replacement; none in other modes."""

    def __init__(self, builder: Builder, trades: Trades) -> None:
        self._builder, self._trades = builder, trades
        self._parts: dict[harvesting.Part, int] = {}
        self._purchases: dict[Position, int] = {}
        self.stand_ins: dict[Position, tuple[str, ...]] = {}
        situation = trades.situation
        if not harvesting.is_harvest(situation.household):
            return
        self.stand_ins = harvesting.stand_ins(situation)
        others: dict[harvesting.Part, set[str]] = {}
        for position, names in self.stand_ins.items():
            others.setdefault(harvesting.part_of(situation, position), set()).update(names)
        for part, names_of_part in sorted(others.items()):
            most = float(harvesting.leftover_max(situation, part[0], names_of_part))
            self._parts[part] = builder.row(0.0, most, ("part", *part))
        for unit in trades.buys:
            self._purchases[unit.position] = builder.row(-INFINITY, 0.0, ("replacement", *unit.position))

    def add_trades(self) -> None:
        """Proceeds and costs of the parts, and what each replacement stands in for."""
        builder, trades = self._builder, self._trades
        for position, (sold, bought) in trades.columns_of.items() if self._parts else ():
            account, security = position
            _, spread = trades.quotes[security]
            part = self._parts[harvesting.part_of(trades.situation, position)]
            builder.add_each(part, sold, 1.0 - spread)
            builder.add_each(part, bought, -(1.0 + spread))
            if position in self._purchases:
                builder.add_each(self._purchases[position], bought, 1.0 + spread)
            for other in self.stand_ins.get(position, ()):
                if (row := self._purchases.get((account, other))) is not None:
                    builder.add_each(row, sold, -(1.0 - spread))

    def charges(self) -> dict[int, float]:
        """By column, what the loss of a dollar sold is expected to cost later."""
        trades, found = self._trades, {}
        rows = harvesting.rows_by_lot(trades.situation.household) if self._parts else {}
        for column, unit in enumerate(trades.sells):
            if unit.lot is None or unit.lot.id not in rows or unit.gain_per_share is None:
                continue
            if unit.gain_per_share < 0:
                price, _ = trades.quotes[unit.security]
                weight = float(trades.weights.tax * rows[unit.lot.id].later)
                found[column] = weight * float(-unit.gain_per_share) / price
        return found
