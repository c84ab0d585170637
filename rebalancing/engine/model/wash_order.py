"""The law's order inside one wash group: which shares disallow which loss, and whose loss comes out again.

Sales and purchases of a group are taken in order (``household_wash_sales``): shares sold oldest first, replacement shares
by the day they were bought, each once. With x sold of older lot i at a loss and r replacement shares of purchase j, in
reference dollars:

    split       x_i = a_i + Σ_j t_ij          allowed, and disallowed by each purchase
    purchase    Σ_i t_ij ≤ r_j
    filled      Σ_{i' ≤ i} t_i'j ≥ r_j b_ij   b is one where the lots through i have used up the purchases through j
    in order    t_i,j+1 ≤ most · b_ij,   t_i+1,j ≤ most · (1 - b_ij),   a_i ≤ most · b_im
    out again   w_ij ≤ t_ij,   Σ_i w_ij ≤ sold of purchase j
    gone        g_j ≤ r_j,   g_j ≤ Σ_i t_ij + sold of purchase j - Σ_i w_ij
    chain       Σ_{j < e} g_j + Σ_{j > e} t_j + Σ_{≤ e} (c + d) ≥ (R - r_e) z_e
    through     what comes out of a lot ≤ most · its own z + Σ_{e later} what lot e takes on
    first sold  w_i ≤ most · y,   Σ w + d ≤ Σ t + most · (1 - y)

w is what comes out again with replacement shares that are sold along, in the term that they have then (IRC 1223(3)). Where
that leaves a loss, it washes again as long as replacement shares are left: c of it, and d of the losses of lots that were
themselves bought within 30 days. Such losses count where the older lots have used up all replacement shares (b_nm), or where lot e
ends a chain (z_e): when it is sold, all shares but its own, which never replace it, are used up or were sold before. What comes
out of earlier lots of the same taxpayer counts then as far as e can take it on; another taxpayer's shares keep it. Shares that
took a loss over are sold first, and are the first to wash again (y). Which shares between two ends of a chain take a
loss on is the cheapest choice here, where the law has an order for that too.

There are many flags, so that the search writes a group in this form only where the shorter one of ``wash_rows`` has understated
its tax.
"""

from __future__ import annotations

from collections.abc import Mapping

from rebalancing.engine.evaluation.tradables import SellUnit
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.ordered_groups import OrderedGroup, OrderedLot
from rebalancing.engine.model.wash_draft import Draft, add_flag
from rebalancing.engine.model.wash_groups import TOLERANCE
from rebalancing.engine.tax.holding_periods import Term, tacked_on, term

GainRows = Mapping[str, tuple[int, int]]


class OrderedDraft(Draft):
    """The rows and columns of one group in the law's order."""

    def add_rows(self, builder: Builder) -> None:
        """The split of each losing lot; all other rows come with their columns."""
        self.split = [builder.row(0.0, 0.0, ("split", self.lot_name(at))) for at in range(len(self.columns))]
        self.used = [a for a in self.replacing if self.unused[a.id] > TOLERANCE]
        reach, filled = 0.0, 0.0
        self.through: list[float] = []  # Reference dollars that the older lots through each can be sold for.
        for place in self.older:
            reach += self.most[place] * self.weight[place]
            self.through.append(reach)
        self.needed: list[float] = []
        for acquisition in self.used:
            filled += self.unused[acquisition.id]
            self.needed.append(filled)

    def add_trades(self, builder: Builder) -> None:
        """Each losing lot in its split."""
        for column, row in zip(self.columns, self.split, strict=True):
            builder.add(row, column, 1.0)

    def add_ordered(self, builder: Builder, gain_rows: GainRows) -> OrderedGroup:
        """All columns of the group with their rows."""
        first = len(builder.cost)
        flags = self._add_flags(builder)
        used_up = flags.get((len(self.older) - 1, len(self.used) - 1))
        others = self._add_chains(builder)
        self.always = [] if used_up is None else [used_up]
        # By column of a replacement lot: what comes out of it again, and all that it has washed.
        self.carried: dict[int, tuple[list[int], list[int]]] = {}
        self.further: list[int] = []
        matched = self._add_matches(builder, gain_rows, flags)
        self._add_out_again(builder, gain_rows, matched)
        allowed = self._add_allowed(builder, flags)
        lots = []
        for place, column in enumerate(self.columns):
            if self.own[place] > 0:
                allowed[place] = self._add_recent(builder, gain_rows, place)
            lots.append(
                OrderedLot(
                    column, allowed.get(place), self.weight[place], self.loss[place], self.own[place] > 0
                )
            )
        self._limit_flows(builder)
        sold = {*self.columns, *(lot.sold for _, lot in self.replacements)}
        return OrderedGroup(
            self.group,
            tuple(lots),
            (*flags.values(), *others, *self.further),
            used_up,
            tuple(sorted(sold)),
            tuple(range(first, len(builder.cost))),
        )

    def _add_flags(self, builder: Builder) -> dict[tuple[int, int], int]:
        """b, where the lots through i can have used up the purchases through j; with more lots rather, with more
        purchases rather not."""
        flags: dict[tuple[int, int], int] = {}
        for i, reached in enumerate(self.through):
            for j, needed in enumerate(self.needed):
                if reached < needed - TOLERANCE:
                    break
                at = flags[i, j] = add_flag(builder, ("filled", self.group, i, j), {})
                for before, sign in (((i, j - 1), 1.0), ((i - 1, j), -1.0)):
                    if before in flags:
                        row = builder.row(0.0, INFINITY, ("filled_order", self.group, i, j, int(sign)))
                        builder.add(row, flags[before], sign)
                        builder.add(row, at, -sign)
        return flags

    def _add_chains(self, builder: Builder) -> list[int]:
        """The flags of the lots that may end a chain, with what each needs: when it is sold, all replacement shares but its own
        are used up or were sold before."""
        self.chain_rows: list[tuple[int, int]] = []  # Each with the column of the lot that ends the chain.
        self.ending: dict[int, int] = {}  # By column of the lot.
        self.flows: dict[int, list[tuple[int, float]]] = {}
        leaving = {lot.sold for lot in (*self.releasing, *self.sold_before_recent)}
        self.leaving = [lot for _, lot in self.replacements if lot.sold in leaving]
        self.place_at = {lot.sold: at for at, (_, lot) in enumerate(self.replacements)}
        own = {self.column_of[a.id]: self.unused[a.id] for a in self.used if a.id in self.column_of}
        # Of a lot that is sold before the end, what has been used or has left: never more than it had.
        self.gone: dict[int, tuple[int, int]] = {}
        for _, lot in self.replacements if self.leaving else ():
            if self.trades.sells[lot.sold].lot is not None:
                row = builder.row(-INFINITY, 0.0, ("gone", self.group, lot.sold))
                builder.add(row, lot.sold, -lot.releases)
                column = builder.column(
                    0.0, 0.0, own[lot.sold], ("gone", self.group, lot.sold), (row,), (1.0,)
                )
                self.gone[lot.sold] = column, row
        for lot in self.leaving:
            ends = lot.sold
            if self.trades.sells[ends].lot is None:
                continue
            row = builder.row(0.0, INFINITY, ("chain", self.group, ends))
            for _, other in self.replacements[: self.place_at[ends]]:
                if other.sold in self.gone:
                    builder.add(row, self.gone[other.sold][0], 1.0)
                else:
                    builder.add(row, other.sold, other.releases)
            needed = self.required - own.get(ends, 0.0)
            self.chain_rows.append((row, ends))
            self.ending[ends] = add_flag(builder, ("chain", self.group, ends), {row: -needed})
        return list(self.ending.values())

    def _is_by(self, column: int, ends: int) -> bool:
        """Whether the lot in ``column`` is sold before the one that ends a chain, or is that one."""
        return self.place_at[column] <= self.place_at[ends]

    def _later(self, column: int) -> list[int]:
        """The lots that can take on a loss which comes out of the lot in ``column``: those that are sold later, of the same
        taxpayer; what another's shares wash is lost."""
        holder, sells = self.holder(self.trades.sells[column]), self.trades.sells
        order = [lot.sold for lot in self.leaving]
        after = order[order.index(column) + 1 :] if column in order else order
        return [other for other in after if other in self.ending and self.holder(sells[other]) == holder]

    def _ways(self, column: int) -> list[int]:
        """The flags under which a loss that comes out of the lot in ``column`` counts: it ends the chain, or a later lot does."""
        own = [self.ending[column]] if column in self.ending else []
        return [*self.always, *own, *(self.ending[other] for other in self._later(column))]

    def _limit_flows(self, builder: Builder) -> None:
        """No more comes out of a lot than it loses itself at the end, and what later lots that end a chain take on."""
        taken: dict[int, int] = {}
        for ends, flag in self.ending.items():
            price, _ = self.trades.quotes[self.trades.sells[ends].security]
            name = ("taken_on", self.group, ends)
            sold = builder.row(-INFINITY, 0.0, name)
            builder.add(sold, ends, -self.per_share / price)
            ended = builder.row(-INFINITY, 0.0, ("taken_on_limit", self.group, ends))
            builder.add(ended, flag, -self.required)
            taken[ends] = self._column(builder, name, {sold: 1.0, ended: 1.0})
        for column, flows in self.flows.items():
            row = builder.row(-INFINITY, 0.0, ("through", self.group, column))
            for flow, weight in flows:
                builder.add(row, flow, weight)
            for flag in (*self.always, *([self.ending[column]] if column in self.ending else [])):
                builder.add(row, flag, -self.required)
            builder.add_each(row, [taken[other] for other in self._later(column)], -1.0)

    def _add_matches(
        self, builder: Builder, gain_rows: GainRows, flags: Mapping[tuple[int, int], int]
    ) -> dict[tuple[int, int], int]:
        """t, for each lot and purchase that can meet."""
        matched: dict[tuple[int, int], int] = {}
        rows = [
            builder.row(-INFINITY, self.unused[a.id], ("replacement_shares", self.group, j))
            for j, a in enumerate(self.used)
        ]
        for i, place in enumerate(self.older):
            most = self.most[place] * self.weight[place]
            holder, own_row = self.holder(self.units[place]), self._row(gain_rows, self.units[place])
            loss = self.loss[place] / self.weight[place]
            for j, acquisition in enumerate(self.used):
                if j and (i, j - 1) not in flags:
                    break
                cost = 0.0 if acquisition.holder == holder else self.worth[place] / self.weight[place]
                entries = {self.split[place]: -1.0 / self.weight[place], own_row: -loss, rows[j]: 1.0}
                sold = self.column_of.get(acquisition.id)
                for row, ends in self.chain_rows:
                    if sold not in self.gone or not self._is_by(sold, ends):
                        entries[row] = 1.0
                if sold in self.gone:
                    entries[self.gone[sold][1]] = -1.0
                t = builder.column(
                    cost,
                    0.0,
                    INFINITY,
                    ("matched", self.lot_name(place), j),
                    entries.keys(),
                    entries.values(),
                )
                matched[i, j] = t
                upper = min(most, self.unused[acquisition.id])
                if j:
                    self._link(builder, t, upper, flags[i, j - 1], ("after", self.lot_name(place), j))
                if (i - 1, j) in flags:
                    row = builder.row(-INFINITY, upper, ("until", self.lot_name(place), j))
                    builder.add(row, t, 1.0)
                    builder.add(row, flags[i - 1, j], upper)
        for (i, j), filled in flags.items():
            row = builder.row(0.0, INFINITY, ("filled", self.group, i, j))
            builder.add(row, filled, -self.unused[self.used[j].id])
            for (other, purchase), t in matched.items():
                if purchase == j and other <= i:
                    builder.add(row, t, 1.0)
        return matched

    def _add_out_again(
        self, builder: Builder, gain_rows: GainRows, matched: Mapping[tuple[int, int], int]
    ) -> None:
        """w, where the same taxpayer may sell the replacement shares."""
        trade_on = self.trades.situation.household.trade_on
        for j, acquisition in enumerate(self.used):
            column = self.column_of.get(acquisition.id)
            if column is None:
                continue
            unit = self.trades.sells[column]
            if unit.lot is None or self.holder(unit) != acquisition.holder:
                continue
            price, _ = self.trades.quotes[unit.security]
            weight = self.per_share / price
            gain = float(unit.gain_per_share or 0) / price / weight
            rows = gain_rows[self.trades.situation.accounts[unit.account].tax_unit or ""]
            sold = builder.row(-INFINITY, 0.0, ("out_again", unit.lot.id))
            builder.add(sold, column, -weight)
            for i, place in enumerate(self.older):
                t = matched.get((i, j))
                if t is None or self.holder(self.units[place]) != acquisition.holder:
                    continue
                older, loss = self.units[place].lot, self.loss[place] / self.weight[place]
                assert older is not None, "only tax lots lose"
                assert acquisition.held_since is not None, "a purchase inside the window has a day"
                since = tacked_on(
                    acquisition.held_since, held_from=older.held_since or trade_on, held_to=trade_on
                )
                is_long = term(since, trade_on) is Term.LONG
                entries = {sold: 1.0, rows[is_long]: loss}
                if is_long and unit.term is Term.SHORT:
                    entries[rows[1]] = loss - gain
                    entries[rows[0]] = gain
                if column in self.gone:
                    entries[self.gone[column][1]] = 1.0
                name = (older.id, unit.lot.id)
                w = self._column(builder, ("out_again", *name), entries)
                if column not in self.carried:
                    self.carried[column] = [], [t for (_, purchase), t in matched.items() if purchase == j]
                self.carried[column][0].append(w)
                row = builder.row(-INFINITY, 0.0, ("out_again_limit", *name))
                builder.add(row, w, 1.0)
                builder.add(row, t, -1.0)
                if loss <= gain:
                    continue
                upper = min(self.most[place] * self.weight[place], self.unused[acquisition.id])
                row = builder.row(-INFINITY, 0.0, ("out_again_as_loss", *name))
                builder.add(row, w, 1.0)
                builder.add_each(row, self._ways(column), -upper)
                flows = self.flows.setdefault(column, [])
                flows.append((w, 1.0))
                if gain >= 0.0:
                    # It washes once more: nothing of the piece is recognized.
                    part = builder.row(-INFINITY, 0.0, ("washed_again_limit", *name))
                    builder.add(part, w, -1.0)
                    entries = {part: 1.0, row: -1.0, rows[is_long or unit.term is Term.LONG]: gain - loss}
                    entries.update({each: 1.0 for each, ends in self.chain_rows if self._is_by(column, ends)})
                    flows.append((self._column(builder, ("washed_again", *name), entries), -1.0))

    def _add_allowed(self, builder: Builder, flags: Mapping[tuple[int, int], int]) -> dict[int, int | None]:
        """a of the older lots, where all replacement shares can be used up by then."""
        allowed: dict[int, int | None] = {}
        for i, place in enumerate(self.older):
            at = flags.get((i, len(self.used) - 1))
            if at is not None:
                name = self.lot_name(place)
                a = builder.column(0.0, 0.0, INFINITY, ("allowed", name), (self.split[place],), (-1.0,))
                self._link(builder, a, self.most[place], at, ("allowed_limit", name))
                allowed[place] = a
        return allowed

    def _add_recent(self, builder: Builder, gain_rows: GainRows, place: int) -> int | None:
        """Both parts of a lot that was itself bought within 30 days; the column of what is allowed."""
        name, column = self.lot_name(place), self.columns[place]
        entries = {self.split[place]: -1.0, self._row(gain_rows, self.units[place]): -self.loss[place]}
        entries.update(
            {row: self.weight[place] for row, ends in self.chain_rows if self._is_by(column, ends)}
        )
        cost = 0.0 if self.is_deferred[place] else self.worth[place]
        d = builder.column(cost, 0.0, INFINITY, ("disallowed", name), entries.keys(), entries.values())
        if column in self.carried:
            self._add_first_sold(builder, place, d)
        self._add_made_up(builder, gain_rows, place)
        ways = self._ways(column)
        if not ways:
            return None
        a = builder.column(0.0, 0.0, INFINITY, ("allowed", name), (self.split[place],), (-1.0,))
        self._link(builder, a, self.most[place], ways, ("allowed_limit", name))
        self.flows.setdefault(column, []).append((a, self.weight[place]))
        return a

    def _add_made_up(self, builder: Builder, gain_rows: GainRows, place: int) -> None:
        """What later lots of the same taxpayer that gain take on of the loss, as far as they gain: no flag is needed for that."""
        column, name, loss = self.columns[place], self.lot_name(place), self.loss[place]
        own_row, weight = self._row(gain_rows, self.units[place]), self.weight[place]
        for other in self._later(column):
            unit = self.trades.sells[other]
            price, _ = self.trades.quotes[unit.security]
            # Dollars of gain for each dollar of the losing lot that is replaced, share by share.
            gain = float(unit.gain_per_share or 0) / price * (price / self.per_share) * weight
            if gain <= 0.0:
                continue
            sold = builder.row(-INFINITY, 0.0, ("made_up_limit", name, other))
            builder.add(sold, other, -self.per_share / price)
            entries = {self.split[place]: -1.0, sold: weight}
            if loss > gain:
                entries[own_row] = gain - loss
            entries.update({row: weight for row, ends in self.chain_rows if self._is_by(column, ends)})
            self._column(builder, ("made_up", name, other), entries)

    def _add_first_sold(self, builder: Builder, place: int, disallowed: int) -> None:
        """Shares that took a loss over are sold first, and so the first whose loss washes again: of that loss what is carried
        beyond the shares disallowed comes out, and the flag says whether any does."""
        column, name = self.columns[place], self.lot_name(place)
        carried, matched = self.carried[column]
        most = self.most[place] * self.weight[place]
        row = builder.row(-INFINITY, most, ("first_sold", name))
        limit = builder.row(-INFINITY, 0.0, ("carried_limit", name))
        builder.add_each(row, carried, 1.0)
        builder.add_each(limit, carried, 1.0)
        builder.add_each(row, matched, -1.0)
        builder.add(row, disallowed, self.weight[place])
        self.further.append(add_flag(builder, ("carried", name), {row: most, limit: -most}))

    def _row(self, gain_rows: GainRows, unit: SellUnit) -> int:
        """The row of the gains that a unit recognizes."""
        owner = self.trades.situation.accounts[unit.account].tax_unit or ""
        return gain_rows[owner][unit.term is Term.LONG]

    @staticmethod
    def _column(builder: Builder, name: tuple[str | int, ...], entries: Mapping[int, float]) -> int:
        return builder.column(0.0, 0.0, INFINITY, name, entries.keys(), entries.values())

    @staticmethod
    def _link(
        builder: Builder, column: int, most: float, flags: int | list[int], name: tuple[str | int, ...]
    ) -> None:
        """The column is above zero only where one of the flags is one."""
        row = builder.row(-INFINITY, 0.0, name)
        builder.add(row, column, 1.0)
        for each in [flags] if isinstance(flags, int) else flags:
            builder.add(row, each, -most)
