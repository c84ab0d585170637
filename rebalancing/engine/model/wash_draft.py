"""One wash group with losses inside the window: what may be sold in it, what replaces that, and what is possible.

It is written as rows in one of two forms: ``wash_rows``, short and sometimes milder than the law, or ``wash_order``, the
law's own order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rebalancing.engine.evaluation import household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.model.builder import Builder, Name
from rebalancing.engine.model.trades import Trades
from rebalancing.engine.model.wash_groups import TOLERANCE, Replacement
from rebalancing.engine.tax.wash_sales import Acquisition


class Draft:
    """One group: what may be sold in it, what replaces it, and what is possible. Its rows are a matter of the form it is written in."""

    def __init__(
        self,
        trades: Trades,
        group: str,
        columns: list[int],
        replacing: tuple[Acquisition, ...],
        least: Sequence[float],
        most: Sequence[float],
        column_of: Mapping[str, int],
    ) -> None:
        self.trades, self.group, self.columns = trades, group, columns
        self.units = [trades.sells[c] for c in columns]
        prices = [trades.quotes[unit.security][0] for unit in self.units]
        self.per_share = per_share = prices[0]
        self.replacing, self.column_of = replacing, column_of
        self.unused = unused = {a.id: float(a.shares - a.shares_used) * per_share for a in replacing}
        self.required = sum(unused.values())
        self.weight = [per_share / price for price in prices]
        self.loss = [-float(u.gain_per_share or 0) / p for u, p in zip(self.units, prices, strict=True)]
        self.most = [most[c] for c in columns]
        self.own = [unused.get(u.lot.id, 0.0) if u.lot is not None else 0.0 for u in self.units]
        columns_sold = {column_of[id_] for id_ in unused if id_ in column_of}
        self.replacements = [
            self._replacement(c, trades.sells[c], unused, most[c]) for c in sorted(columns_sold)
        ]
        self.replacements.sort(key=lambda pair: pair[0])  # In the law's order.
        self._credit(replacing, unused)
        self.older = [place for place, own in enumerate(self.own) if own == 0]
        holders = {self.holder(self.units[place]) for place in self.older}
        # What moved into the basis comes out with the same taxpayer's shares only.
        self.releasing = [
            lot for _, lot in self.replacements if self.holder(trades.sells[lot.sold]) in holders
        ]
        full = [m * w for m, w in zip(self.most, self.weight, strict=True)]
        self.released = sum(lot.most * lot.releases for lot in self.releasing)
        self.older_total = sum(full[place] for place in self.older)
        self.is_matched_possible = (
            bool(self.older) and self.older_total + self.released >= self.required - TOLERANCE
        )
        # Shares that leave after the last recent lot still replace all of them.
        last = max(
            (place_of(u) for u, own in zip(self.units, self.own, strict=True) if own), default=("", "")
        )
        self.sold_before_recent = [lot for at, lot in self.replacements if at <= last]
        sold = sum(lot.most * lot.releases for lot in self.sold_before_recent)
        has_recent = len(self.older) < len(columns)
        self.is_recent_possible = has_recent and sum(full) + sold >= self.required - TOLERANCE
        forced = [place for place, column in enumerate(columns) if least[column] > 0]
        self.single = [
            place
            for place, own in enumerate(self.own)
            if own > 0
            and set(forced) <= {place}
            and full[place] + self._released_before(place) >= self.required - own - TOLERANCE
        ]
        # The most of each lot that may be sold with its loss allowed.
        self.caps = [self._cap(place, full) for place in range(len(columns))]
        assert all(loss >= 0.0 for loss in self.loss), "losing lots lose"
        assert all(own <= self.required for own in self.own), "a lot's own shares are among the replacements"

    def holder(self, unit: SellUnit) -> str:
        return household_wash_sales.holder(self.trades.situation.accounts[unit.account])

    def _replacement(
        self, column: int, unit: SellUnit, unused: Mapping[str, float], most: float
    ) -> tuple[tuple[str, str], Replacement]:
        """The unit as replacement shares, with its place in the law's order."""
        price, _ = self.trades.quotes[unit.security]
        if unit.lot is not None:
            releases = unused[unit.lot.id] / (float(unit.quantity) * price)
            return place_of(unit), Replacement(
                column, most, float(unit.gain_per_share or 0) / price, releases
            )
        # An untaxed position sells its oldest shares first: of what is sold, at most all are replacement shares.
        lots = self.trades.situation.lots_by_position[unit.position]
        places = [
            (lot.acquired or household_wash_sales.LONG_AGO).isoformat() for lot in lots if lot.id in unused
        ]
        return (min(places), ""), Replacement(column, most, 0.0, self.per_share / price)

    def _credit(self, replacing: tuple[Acquisition, ...], unused: Mapping[str, float]) -> None:
        """The charge per dollar of each lot whose loss is lost for good, and how much can be deferred instead."""
        situation = self.trades.situation
        holders = [self.holder(unit) for unit in self.units]
        by_holder: dict[str, float] = defaultdict(float)
        for acquisition in replacing:
            if acquisition.holder in holders:
                by_holder[acquisition.holder] += unused[acquisition.id]
        self.worth: list[float] = []
        self.is_deferred: list[bool] = []
        for holder, unit, loss, own in zip(holders, self.units, self.loss, self.own, strict=True):
            owner = situation.tax_units[situation.accounts[unit.account].tax_unit or ""]
            value = float(self.trades.weights.tax * unit_taxes.loss_value(owner)) * loss
            self.worth.append(value)
            self.is_deferred.append(by_holder.get(holder, 0.0) - own > TOLERANCE)
        self.deferrable = sum(by_holder.values())

    def before(self, place: int) -> list[Replacement]:
        """Replacement shares that leave before the lot at ``place``."""
        mine = place_of(self.units[place])
        return [lot for at, lot in self.replacements if at < mine]

    def _released_before(self, place: int) -> float:
        mine = place_of(self.units[place])
        return sum(lot.most * lot.releases for at, lot in self.replacements if at < mine)

    def _cap(self, place: int, full: Sequence[float]) -> float:
        if self.own[place] > 0:
            is_possible = self.is_recent_possible or self.is_matched_possible or place in self.single
            return full[place] if is_possible else 0.0
        if not self.is_matched_possible:
            return 0.0
        if self.releasing:
            return min(full[place], self.older_total - max(0.0, self.required - self.released))
        # The first R shares sold, oldest first, lose their loss.
        return min(full[place], sum(full[i] for i in self.older if i <= place) - self.required)

    @property
    def is_never_allowed(self) -> bool:
        """Whether no loss of the group can ever be allowed."""
        return not any(cap > TOLERANCE for cap in self.caps)

    @property
    def is_simple(self) -> bool:
        """Whether a disallowed loss costs the same whatever else is sold."""
        total = sum(m * w for m, w in zip(self.most, self.weight, strict=True))
        return not any(self.is_deferred) or (all(self.is_deferred) and total <= self.deferrable)

    def lost_for_good(self) -> dict[int, float]:
        """The charge per dollar sold where no loss is ever allowed, by column."""
        rows = zip(self.columns, self.worth, self.is_deferred, strict=True)
        return {column: 0.0 if deferred else worth for column, worth, deferred in rows}

    def lot_name(self, place: int) -> str:
        lot = self.units[place].lot
        assert lot is not None, "only tax lots lose"
        return lot.id


def add_flag(builder: Builder, name: Name, entries: Mapping[int, float]) -> int:
    """A column that is one where a choice is made; the search makes it integral."""
    return builder.column(0.0, 0.0, 1.0, name, entries.keys(), entries.values())


def place_of(unit: SellUnit) -> tuple[str, str]:
    """The unit's place in the law's order, among sales of one day and among purchases: by acquisition, then identity."""
    assert unit.lot is not None, "only tax lots lose"
    return (unit.lot.acquired or household_wash_sales.LONG_AGO).isoformat(), unit.lot.id
