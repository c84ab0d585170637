"""The rows and columns of losses inside the wash-sale window (``wash_groups``): which lots, how many shares, what limits.

For each group, with x sold of a losing lot, a of it with its loss allowed and d without, R replacement shares and a flag z
for each choice:
    split         x - a - d = 0 for each losing lot
    matched       Σ d of older lots + Σ replacement shares sold that release their losses - R z ≥ 0,  a ≤ most · z
    recent lots   Σ d + Σ replacement shares sold that leave before the last recent lot - R z ≥ 0,  a ≤ most · Σ z
    single lot    the same with R less the lot's own shares, for each lot that may be the only one sold at a loss
    in order      where no replacement shares can be sold that release losses:  a ≤ most / R · Σ d of the lot and those before it
    deferred      Σ d without a charge ≤ replacement shares of the same taxpayer
Flags lie between 0 and 1; those of recent lots and single lots add up to one at most. The search makes them integral.
Groups in which no loss can ever be allowed get no columns of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rebalancing.engine.evaluation import household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.model.builder import INFINITY, Builder, Name
from rebalancing.engine.model.trades import Trades
from rebalancing.engine.model.wash_groups import TOLERANCE, LosingLot, Replacement, SingleLot, WashGroup
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.wash_sales import Acquisition


class WashRows:
    """All groups with losses inside the window: their rows, their coefficients in sales, and their own columns."""

    def __init__(
        self,
        trades: Trades,
        least: Sequence[float],
        most: Sequence[float],
        replacing: Mapping[str, tuple[Acquisition, ...]],
    ) -> None:
        """``sealed``: losses that are never allowed, and what a dollar sold loses for good, by column."""
        self.sealed: dict[int, float] = {}
        self._drafts: list[_Draft] = []
        losing: dict[str, list[int]] = defaultdict(list)
        for column, unit in enumerate(trades.sells):
            group = trades.situation.securities[unit.security].group
            if unit.may_lose and group in replacing:
                losing[group].append(column)
        column_of = _columns_by_lot(trades) if losing else {}
        for group in sorted(losing):
            columns = sorted(losing[group], key=lambda column: _place(trades.sells[column]))
            draft = _Draft(trades, group, columns, replacing[group], least, most, column_of)
            if draft.is_never_allowed and draft.is_simple:
                self.sealed.update(draft.lost_for_good())
            else:
                self._drafts.append(draft)

    def add_rows(self, builder: Builder) -> None:
        for draft in self._drafts:
            draft.add_rows(builder)

    def add_trades(self, builder: Builder) -> None:
        for draft in self._drafts:
            draft.add_trades(builder)

    def add_columns(
        self, builder: Builder, gain_rows: Mapping[str, tuple[int, int]]
    ) -> tuple[WashGroup, ...]:
        """The columns of all groups; a disallowed loss is added back to the gains of its tax unit."""
        return tuple(draft.add_columns(builder, gain_rows) for draft in self._drafts)


class _Draft:
    """One group: what is possible in it, then its rows and columns."""

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
        unused = {a.id: float(a.shares - a.shares_used) * per_share for a in replacing}
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
        holders = {self._holder(self.units[place]) for place in self.older}
        # What moved into the basis comes out with the same taxpayer's shares only.
        self.releasing = [
            lot for _, lot in self.replacements if self._holder(trades.sells[lot.sold]) in holders
        ]
        full = [m * w for m, w in zip(self.most, self.weight, strict=True)]
        self.released = sum(lot.most * lot.releases for lot in self.releasing)
        self.older_total = sum(full[place] for place in self.older)
        self.is_matched_possible = (
            bool(self.older) and self.older_total + self.released >= self.required - TOLERANCE
        )
        # Shares that leave after the last recent lot still replace all of them.
        last = max((_place(u) for u, own in zip(self.units, self.own, strict=True) if own), default=("", ""))
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

    def _holder(self, unit: SellUnit) -> str:
        return household_wash_sales.holder(self.trades.situation.accounts[unit.account])

    def _replacement(
        self, column: int, unit: SellUnit, unused: Mapping[str, float], most: float
    ) -> tuple[tuple[str, str], Replacement]:
        """The unit as replacement shares, with its place in the law's order."""
        price, _ = self.trades.quotes[unit.security]
        if unit.lot is not None:
            releases = unused[unit.lot.id] / (float(unit.quantity) * price)
            return _place(unit), Replacement(column, most, float(unit.gain_per_share or 0) / price, releases)
        # An untaxed position sells its oldest shares first: of what is sold, at most all are replacement shares.
        lots = self.trades.situation.lots_by_position[unit.position]
        places = [
            (lot.acquired or household_wash_sales.LONG_AGO).isoformat() for lot in lots if lot.id in unused
        ]
        return (min(places), ""), Replacement(column, most, 0.0, self.per_share / price)

    def _credit(self, replacing: tuple[Acquisition, ...], unused: Mapping[str, float]) -> None:
        """The charge per dollar of each lot whose loss is lost for good, and how much can be deferred instead."""
        situation = self.trades.situation
        holders = [self._holder(unit) for unit in self.units]
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

    def _released_before(self, place: int) -> float:
        mine = _place(self.units[place])
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

    def _lot_name(self, place: int) -> str:
        lot = self.units[place].lot
        assert lot is not None, "only tax lots lose"
        return lot.id

    def add_rows(self, builder: Builder) -> None:
        """The rows of the choices that are possible."""
        group = self.group
        self.split = [builder.row(0.0, 0.0, ("split", self._lot_name(at))) for at in range(len(self.columns))]
        self.allowable = [place for place, cap in enumerate(self.caps) if cap > TOLERANCE]
        self.links = {
            place: builder.row(-INFINITY, 0.0, ("allowed_limit", self._lot_name(place)))
            for place in self.allowable
        }
        self.matched_row = self.recent_row = self.deferred_row = None
        if self.is_matched_possible:
            self.matched_row = builder.row(0.0, INFINITY, ("matched", group))
        if self.is_recent_possible:
            self.recent_row = builder.row(0.0, INFINITY, ("recent_lots", group))
        self.single_rows = {
            place: builder.row(0.0, INFINITY, ("single_lot", self._lot_name(place))) for place in self.single
        }
        self.one_choice_row = builder.row(-INFINITY, 1.0, ("one_choice", group))
        if any(self.is_deferred):
            self.deferred_row = builder.row(-INFINITY, self.deferrable, ("deferred_limit", group))
        # In the law's order: what is allowed of a lot needs shares of its own and of those before it.
        in_order = [place for place in self.allowable if self.own[place] == 0 and not self.releasing]
        self.order_rows = {
            place: builder.row(-INFINITY, 0.0, ("in_order", self._lot_name(place))) for place in in_order
        }

    def add_trades(self, builder: Builder) -> None:
        """Each losing lot in its split; replacement shares sold, where they match others."""
        for column, row in zip(self.columns, self.split, strict=True):
            builder.add(row, column, 1.0)
        for at, lot in self.replacements:
            rows = [self.matched_row] if lot in self.releasing else []
            rows += [self.recent_row] if lot in self.sold_before_recent else []
            rows += [row for place, row in self.single_rows.items() if at < _place(self.units[place])]
            for row_or_none in rows:
                if row_or_none is not None:
                    builder.add(row_or_none, lot.sold, lot.releases)

    def add_columns(self, builder: Builder, gain_rows: Mapping[str, tuple[int, int]]) -> WashGroup:
        lots = tuple(self._add_lot(builder, place, gain_rows) for place in range(len(self.columns)))
        matched = recent = None
        if self.matched_row is not None:
            links = {self.links[p]: -self.caps[p] / self.weight[p] for p in self.older if p in self.links}
            entries = {self.matched_row: -self.required, **links, **self._recent_links()}
            matched = _flag(builder, ("matched", self.group), entries)
        if self.recent_row is not None:
            entries = {self.one_choice_row: 1.0, self.recent_row: -self.required, **self._recent_links()}
            recent = _flag(builder, ("recent_lots", self.group), entries)
        single: dict[int, SingleLot] = {}
        for place, row in self.single_rows.items():
            needed = self.required - self.own[place]
            links = {self.links[place]: -self.most[place]} if place in self.links else {}
            entries = {self.one_choice_row: 1.0, row: -needed, **links}
            flag = _flag(builder, ("single_lot", self._lot_name(place)), entries)
            before = (i for i, (at, _) in enumerate(self.replacements) if at < _place(self.units[place]))
            single[place] = SingleLot(flag, needed, tuple(before))
        return WashGroup(
            self.group,
            self.required,
            lots,
            tuple(lot for _, lot in self.replacements),
            frozenset(lot.sold for lot in self.sold_before_recent),
            matched,
            recent,
            single,
            frozenset(lot.sold for lot in self.releasing),
        )

    def _recent_links(self) -> dict[int, float]:
        return {self.links[p]: -self.most[p] for p in self.links if self.own[p] > 0}

    def _add_lot(self, builder: Builder, place: int, gain_rows: Mapping[str, tuple[int, int]]) -> LosingLot:
        """The two or three columns into which the sale of one losing lot is split."""
        unit, name = self.units[place], self._lot_name(place)
        weight, split = self.weight[place], self.split[place]
        allowed = None
        if place in self.links:
            entries = [(split, -1.0), (self.links[place], 1.0)]
            if place in self.order_rows:
                entries.append((self.order_rows[place], weight))
            allowed = builder.column(0.0, 0.0, INFINITY, ("allowed", name), *zip(*entries, strict=True))
        account = self.trades.situation.accounts[unit.account]
        gain_row = gain_rows[account.tax_unit or ""][unit.term is Term.LONG]
        entries = [(split, -1.0), (gain_row, -self.loss[place])]
        older = self.own[place] == 0
        for row in (self.matched_row if older else None, self.recent_row, self.single_rows.get(place)):
            if row is not None:
                entries.append((row, weight))
        for later, row in self.order_rows.items() if older else ():
            if later >= place:
                entries.append((row, -self.caps[later] / self.required * weight))
        cost = self.worth[place]
        disallowed = [builder.column(cost, 0.0, INFINITY, ("disallowed", name), *zip(*entries, strict=True))]
        if self.is_deferred[place] and self.deferred_row is not None:
            entries.append((self.deferred_row, weight))
            disallowed.append(
                builder.column(0.0, 0.0, INFINITY, ("deferred", name), *zip(*entries, strict=True))
            )
        return LosingLot(
            sold=self.columns[place],
            weight=weight,
            loss=self.loss[place],
            is_recent=not older,
            allowed=allowed,
            disallowed=tuple(disallowed),
        )


def _columns_by_lot(trades: Trades) -> dict[str, int]:
    """The column in which each lot is sold: its own, or that of the position where nothing is taxed."""
    columns: dict[str, int] = {}
    for column, unit in enumerate(trades.sells):
        lots = trades.situation.lots_by_position[unit.position] if unit.lot is None else (unit.lot,)
        columns.update((lot.id, column) for lot in lots)
    return columns


def _flag(builder: Builder, name: Name, entries: Mapping[int, float]) -> int:
    """A column that is one where a choice is made; the search makes it integral."""
    return builder.column(0.0, 0.0, 1.0, name, entries.keys(), entries.values())


def _place(unit: SellUnit) -> tuple[str, str]:
    """The unit's place in the law's order, among sales of one day and among purchases: by acquisition, then identity."""
    assert unit.lot is not None, "only tax lots lose"
    return (unit.lot.acquired or household_wash_sales.LONG_AGO).isoformat(), unit.lot.id
