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
from collections.abc import Collection, Mapping, Sequence

from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.ordered_groups import OrderedGroup
from rebalancing.engine.model.trades import Trades
from rebalancing.engine.model.wash_draft import Draft, add_flag, place_of
from rebalancing.engine.model.wash_groups import TOLERANCE, LosingLot, SingleLot, WashGroup
from rebalancing.engine.model.wash_order import OrderedDraft
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
        in_order: Collection[str] = (),
    ) -> None:
        """``in_order``: groups written in the law's order. ``sealed``: losses that are never allowed, and what a dollar sold loses for good, by column."""
        self.sealed: dict[int, float] = {}
        self._drafts: list[_Rows] = []
        self._ordered: list[OrderedDraft] = []
        losing: dict[str, list[int]] = defaultdict(list)
        for column, unit in enumerate(trades.sells):
            group = trades.situation.securities[unit.security].group
            if unit.may_lose and group in replacing:
                losing[group].append(column)
        column_of = _columns_by_lot(trades) if losing else {}
        for group in sorted(losing):
            columns = sorted(losing[group], key=lambda column: place_of(trades.sells[column]))
            what = trades, group, columns, replacing[group], least, most, column_of
            draft = _Rows(*what)
            if draft.is_never_allowed and draft.is_simple:
                self.sealed.update(draft.lost_for_good())
            elif group in in_order:
                self._ordered.append(OrderedDraft(*what))
            else:
                self._drafts.append(draft)

    @property
    def _all(self) -> list[_Rows | OrderedDraft]:
        return [*self._drafts, *self._ordered]

    def add_rows(self, builder: Builder) -> None:
        for draft in self._all:
            draft.add_rows(builder)

    def add_trades(self, builder: Builder) -> None:
        for draft in self._all:
            draft.add_trades(builder)

    def add_columns(
        self, builder: Builder, gain_rows: Mapping[str, tuple[int, int]]
    ) -> tuple[WashGroup, ...]:
        """The columns of all groups; a disallowed loss is added back to the gains of its tax unit."""
        return tuple(draft.add_columns(builder, gain_rows) for draft in self._drafts)

    def add_ordered(
        self, builder: Builder, gain_rows: Mapping[str, tuple[int, int]]
    ) -> tuple[OrderedGroup, ...]:
        """The columns of the groups in the law's order."""
        return tuple(draft.add_ordered(builder, gain_rows) for draft in self._ordered)


class _Rows(Draft):
    """One group in the short form."""

    def add_rows(self, builder: Builder) -> None:
        """The rows of the choices that are possible."""
        group = self.group
        self.split = [builder.row(0.0, 0.0, ("split", self.lot_name(at))) for at in range(len(self.columns))]
        self.allowable = [place for place, cap in enumerate(self.caps) if cap > TOLERANCE]
        self.links = {
            place: builder.row(-INFINITY, 0.0, ("allowed_limit", self.lot_name(place)))
            for place in self.allowable
        }
        self.matched_row = self.recent_row = self.deferred_row = None
        if self.is_matched_possible:
            self.matched_row = builder.row(0.0, INFINITY, ("matched", group))
        if self.is_recent_possible:
            self.recent_row = builder.row(0.0, INFINITY, ("recent_lots", group))
        self.single_rows = {
            place: builder.row(0.0, INFINITY, ("single_lot", self.lot_name(place))) for place in self.single
        }
        self.one_choice_row = builder.row(-INFINITY, 1.0, ("one_choice", group))
        if any(self.is_deferred):
            self.deferred_row = builder.row(-INFINITY, self.deferrable, ("deferred_limit", group))
        # In the law's order: what is allowed of a lot needs shares of its own and of those before it.
        in_order = [place for place in self.allowable if self.own[place] == 0 and not self.releasing]
        self.order_rows = {
            place: builder.row(-INFINITY, 0.0, ("in_order", self.lot_name(place))) for place in in_order
        }

    def add_trades(self, builder: Builder) -> None:
        """Each losing lot in its split; replacement shares sold, where they match others."""
        for column, row in zip(self.columns, self.split, strict=True):
            builder.add(row, column, 1.0)
        for at, lot in self.replacements:
            rows = [self.matched_row] if lot in self.releasing else []
            rows += [self.recent_row] if lot in self.sold_before_recent else []
            rows += [row for place, row in self.single_rows.items() if at < place_of(self.units[place])]
            for row_or_none in rows:
                if row_or_none is not None:
                    builder.add(row_or_none, lot.sold, lot.releases)

    def add_columns(self, builder: Builder, gain_rows: Mapping[str, tuple[int, int]]) -> WashGroup:
        lots = tuple(self._add_lot(builder, place, gain_rows) for place in range(len(self.columns)))
        matched = recent = None
        if self.matched_row is not None:
            links = {self.links[p]: -self.caps[p] / self.weight[p] for p in self.older if p in self.links}
            entries = {self.matched_row: -self.required, **links, **self._recent_links()}
            matched = add_flag(builder, ("matched", self.group), entries)
        if self.recent_row is not None:
            entries = {self.one_choice_row: 1.0, self.recent_row: -self.required, **self._recent_links()}
            recent = add_flag(builder, ("recent_lots", self.group), entries)
        single: dict[int, SingleLot] = {}
        for place, row in self.single_rows.items():
            needed = self.required - self.own[place]
            links = {self.links[place]: -self.most[place]} if place in self.links else {}
            entries = {self.one_choice_row: 1.0, row: -needed, **links}
            flag = add_flag(builder, ("single_lot", self.lot_name(place)), entries)
            before = (i for i, (at, _) in enumerate(self.replacements) if at < place_of(self.units[place]))
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
        unit, name = self.units[place], self.lot_name(place)
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
