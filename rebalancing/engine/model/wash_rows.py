"""The rows and columns of losses inside the wash-sale window (``wash_pricing``): which lots, how many shares, what limits.

For each group
    split     x - a - d = 0 for each losing lot; a counts as its loss, d does not
    used up   Σ d of older lots + Σ shares sold that free their losses - R z ≥ 0,  and  a ≤ most · z  for each lot
    young     Σ d + Σ shares sold of what leaves before the last of them - R z ≥ 0,  and  a ≤ most · (Σ z)  for each lot just bought
    alone     the same with R less the lot's own shares, for each lot that may be sold alone
    order     where nothing can be sold that frees losses:  a ≤ most / R · Σ d of the lot and those before it
    deferred  Σ d without a charge ≤ shares of the same taxpayer that replace
with a z between 0 and 1 for each way; of young and alone they add up to one at most. The search makes them whole.
Groups in which no loss can ever be allowed get no columns of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rebalancing.engine.evaluation import household_wash_sales, unit_taxes
from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.model.wash_groups import LOOSE, Alone, JustBought, LosingLot, WashGroup
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.wash_sales import Acquisition

if TYPE_CHECKING:
    from rebalancing.engine.model.program import Program

INFINITY = float("inf")
Entries = dict[int, list[tuple[int, float]]]


class WashRows:
    """Builds the rows of all groups before, and their columns after, those of the sales."""

    def __init__(
        self,
        made: Program,
        least: Sequence[float],
        most: Sequence[float],
        replacing: Mapping[str, tuple[Acquisition, ...]],
    ) -> None:
        self.made = made
        self.least, self.most = least, most
        self.entries: Entries = defaultdict(list)
        self.sealed: dict[
            int, float
        ] = {}  # Losses that are never allowed, and what a dollar sold loses for good.
        self._drafts: list[_Draft] = []
        losing: dict[str, list[int]] = defaultdict(list)
        for column, unit in enumerate(made.sells):
            group = made.situation.securities[unit.security].group
            if unit.may_lose and group in replacing:
                losing[group].append(column)
        for group in sorted(losing):
            self._draft(group, sorted(losing[group], key=lambda c: _place(made.sells[c])), replacing[group])

    def _draft(self, group: str, columns: list[int], replacing: tuple[Acquisition, ...]) -> None:
        draft = _Draft(self.made, group, columns, replacing, self.least, self.most)
        if draft.is_hopeless and draft.is_simple:
            lost = (
                0.0 if deferred else worth
                for worth, deferred in zip(draft.worth, draft.is_deferred, strict=True)
            )
            self.sealed.update(zip(columns, lost, strict=True))
            return
        draft.rows(self.entries)
        self._drafts.append(draft)

    def columns(self, gain_rows: Mapping[str, tuple[int, int]]) -> tuple[WashGroup, ...]:
        """The columns of all groups, once those of the sales stand."""
        return tuple(draft.columns(gain_rows) for draft in self._drafts)


class _Draft:
    """One group on its way into the program."""

    def __init__(
        self,
        made: Program,
        group: str,
        columns: list[int],
        replacing: tuple[Acquisition, ...],
        least: Sequence[float],
        most: Sequence[float],
    ) -> None:
        situation = made.situation
        self.made, self.group, self.at = made, group, columns
        self.units = [made.sells[c] for c in columns]
        prices = [float(situation.securities[unit.security].price) for unit in self.units]
        self.per_share = per_share = prices[0]
        unused = {a.id: float(a.shares - a.shares_used) * per_share for a in replacing}
        self.required = sum(unused.values())
        self.weight = [per_share / price for price in prices]
        self.loss = [-float(u.gain_per_share or 0) / p for u, p in zip(self.units, prices, strict=True)]
        self.most = [most[c] for c in columns]
        self.own = [unused.get(u.lot.id, 0.0) if u.lot is not None else 0.0 for u in self.units]
        self.bought = [
            made_of
            for column, unit in enumerate(made.sells)
            if (made_of := self._just_bought(column, unit, unused, most[column])) is not None
        ]
        self.bought.sort(key=lambda pair: pair[0])
        self._credit(replacing, unused)
        self.older = [place for place, own in enumerate(self.own) if own == 0]
        hands = {self._holder(self.units[place]) for place in self.older}
        # What moved into the basis comes out with the same taxpayer's shares only.
        self.freeing = [lot for _, lot in self.bought if self._holder(made.sells[lot.sold]) in hands]
        full = [m * w for m, w in zip(self.most, self.weight, strict=True)]
        self.freed = sum(lot.most * lot.frees for lot in self.freeing)
        self.old = sum(full[place] for place in self.older)
        self.is_used_up_possible = bool(self.older) and self.old + self.freed >= self.required - LOOSE
        # What leaves after the last young lot still replaces all of them.
        last = max((_place(u) for u, own in zip(self.units, self.own, strict=True) if own), default=("", ""))
        self.leaving = [lot for at, lot in self.bought if at <= last]
        sold = sum(lot.most * lot.frees for lot in self.leaving)
        has_young = len(self.older) < len(columns)
        self.is_young_possible = has_young and sum(full) + sold >= self.required - LOOSE
        asked_for = [place for place, column in enumerate(columns) if least[column] > 0]
        self.alone = [
            place
            for place, own in enumerate(self.own)
            if own > 0
            and set(asked_for) <= {place}
            and full[place] + self._freed_before(place) >= self.required - own - LOOSE
        ]
        # How much may be allowed of each lot at most.
        self.caps = [self._cap(place, full) for place in range(len(columns))]

    def _holder(self, unit: SellUnit) -> str:
        return household_wash_sales.holder(self.made.situation.accounts[unit.account])

    def _just_bought(
        self, column: int, unit: SellUnit, unused: Mapping[str, float], most: float
    ) -> tuple[tuple[str, str], JustBought] | None:
        """The unit as shares that replace, and where the law takes them; None where it holds none."""
        price = float(self.made.situation.securities[unit.security].price)
        if unit.lot is not None:
            if unit.lot.id not in unused:
                return None
            frees = unused[unit.lot.id] / (float(unit.quantity) * price)
            return _place(unit), JustBought(column, most, float(unit.gain_per_share or 0) / price, frees)
        # Where nothing is taxed the oldest shares leave first: at most what is sold is shares that replace.
        lots = self.made.situation.lots_by_position[unit.position]
        places = [
            (lot.acquired or household_wash_sales.LONG_AGO).isoformat() for lot in lots if lot.id in unused
        ]
        return ((min(places), ""), JustBought(column, most, 0.0, self.per_share / price)) if places else None

    def _credit(self, replacing: tuple[Acquisition, ...], unused: Mapping[str, float]) -> None:
        """What a dollar of each lot loses where its loss is lost for good, and how much can be deferred instead."""
        situation = self.made.situation
        holders = [self._holder(unit) for unit in self.units]
        by_holder: dict[str, float] = defaultdict(float)
        for made in replacing:
            if made.holder in holders:
                by_holder[made.holder] += unused[made.id]
        self.worth, self.is_deferred = [], []
        for holder, unit, loss, own in zip(holders, self.units, self.loss, self.own, strict=True):
            owner = situation.tax_units[situation.accounts[unit.account].tax_unit or ""]
            value = float(self.made.weights.tax * unit_taxes.loss_value(owner)) * loss
            self.worth.append(value)
            self.is_deferred.append(by_holder.get(holder, 0.0) - own > LOOSE)
        self.deferrable = sum(by_holder.values())

    def _freed_before(self, place: int) -> float:
        mine = _place(self.units[place])
        return sum(lot.most * lot.frees for at, lot in self.bought if at < mine)

    def _cap(self, place: int, full: Sequence[float]) -> float:
        if self.own[place] > 0:
            is_possible = self.is_young_possible or self.is_used_up_possible or place in self.alone
            return full[place] if is_possible else 0.0
        if not self.is_used_up_possible:
            return 0.0
        if self.freeing:
            return min(full[place], self.old - max(0.0, self.required - self.freed))
        # The first R shares sold, oldest first, lose their loss.
        return min(full[place], sum(full[i] for i in self.older if i <= place) - self.required)

    @property
    def is_hopeless(self) -> bool:
        """Whether no loss of the group can ever be allowed."""
        return not any(cap > LOOSE for cap in self.caps)

    @property
    def is_simple(self) -> bool:
        """Whether all that is disallowed is worth the same, whatever else is sold."""
        total = sum(m * w for m, w in zip(self.most, self.weight, strict=True))
        return not any(self.is_deferred) or (all(self.is_deferred) and total <= self.deferrable)

    def rows(self, entries: Entries) -> None:
        made = self.made
        self.split = [made.row(0.0, 0.0) for _ in self.at]
        for column, row in zip(self.at, self.split, strict=True):
            entries[column].append((row, 1.0))
        self.open_to = [place for place, cap in enumerate(self.caps) if cap > LOOSE]
        self.links = {place: made.row(-INFINITY, 0.0) for place in self.open_to}
        self.used_row = made.row(0.0, INFINITY) if self.is_used_up_possible else None
        self.young_row = made.row(0.0, INFINITY) if self.is_young_possible else None
        self.alone_rows = {place: made.row(0.0, INFINITY) for place in self.alone}
        self.one_row = made.row(-INFINITY, 1.0)
        self.defer_row = made.row(-INFINITY, self.deferrable) if any(self.is_deferred) else None
        # In the law's order: what is allowed of a lot needs shares of its own and of those before it.
        in_order = [place for place in self.open_to if self.own[place] == 0 and not self.freeing]
        self.order_rows = {place: made.row(-INFINITY, 0.0) for place in in_order}
        for at, lot in self.bought:
            rows = [self.used_row] if lot in self.freeing else []
            rows += [self.young_row] if lot in self.leaving else []
            rows += [row for place, row in self.alone_rows.items() if at < _place(self.units[place])]
            entries[lot.sold] += [(row, lot.frees) for row in rows if row is not None]

    def columns(self, gain_rows: Mapping[str, tuple[int, int]]) -> WashGroup:
        lots = tuple(self._lot(place, gain_rows) for place in range(len(self.at)))
        used_up = young = None
        if self.used_row is not None:
            links = {self.links[p]: -self.caps[p] / self.weight[p] for p in self.older if p in self.links}
            used_up = self._flag({self.used_row: -self.required, **links, **self._young_links()})
        if self.young_row is not None:
            young = self._flag({self.one_row: 1.0, self.young_row: -self.required, **self._young_links()})
        alone = {}
        for place, row in self.alone_rows.items():
            needed = self.required - self.own[place]
            links = {self.links[place]: -self.most[place]} if place in self.links else {}
            flag = self._flag({self.one_row: 1.0, row: -needed, **links})
            before = (i for i, (at, _) in enumerate(self.bought) if at < _place(self.units[place]))
            alone[place] = Alone(flag, needed, tuple(before))
        return WashGroup(
            self.group,
            self.required,
            lots,
            tuple(lot for _, lot in self.bought),
            frozenset(lot.sold for lot in self.leaving),
            used_up,
            young,
            alone,
            frozenset(lot.sold for lot in self.freeing),
        )

    def _young_links(self) -> dict[int, float]:
        return {self.links[p]: -self.most[p] for p in self.links if self.own[p] > 0}

    def _flag(self, entries: dict[int, float]) -> int:
        return self.made.column(0.0, 0.0, 1.0, list(entries), list(entries.values()))

    def _lot(self, place: int, gain_rows: Mapping[str, tuple[int, int]]) -> LosingLot:
        made, unit = self.made, self.units[place]
        weight, split = self.weight[place], self.split[place]
        allowed = None
        if place in self.links:
            index, value = [split, self.links[place]], [-1.0, 1.0]
            if place in self.order_rows:
                index.append(self.order_rows[place])
                value.append(weight)
            allowed = made.column(0.0, 0.0, INFINITY, index, value)
        account = made.situation.accounts[unit.account]
        index = [split, gain_rows[account.tax_unit or ""][unit.term is Term.LONG]]
        value = [-1.0, -self.loss[place]]
        older = self.own[place] == 0
        for row in (self.used_row if older else None, self.young_row, self.alone_rows.get(place)):
            if row is not None:
                index.append(row)
                value.append(weight)
        for later, row in self.order_rows.items() if older else ():
            if later >= place:
                index.append(row)
                value.append(-self.caps[later] / self.required * weight)
        disallowed = [made.column(self.worth[place], 0.0, INFINITY, list(index), list(value))]
        if self.is_deferred[place] and self.defer_row is not None:
            disallowed.append(made.column(0.0, 0.0, INFINITY, [*index, self.defer_row], [*value, weight]))
        return LosingLot(
            sold=self.at[place],
            weight=weight,
            loss=self.loss[place],
            is_young=not older,
            allowed=allowed,
            disallowed=tuple(disallowed),
        )


def _place(unit: SellUnit) -> tuple[str, str]:
    """Where the law takes the unit among sales of one day, and among purchases: by acquisition, then identity."""
    assert unit.lot is not None, "only tax lots lose"
    return (unit.lot.acquired or household_wash_sales.LONG_AGO).isoformat(), unit.lot.id
