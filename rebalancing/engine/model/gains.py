"""Net gains and tax of each return, with every limit on them.

    gains     n_S - Σ g x = base over short-term lots, n_L likewise over long-term lots
    tax       T ≥ short · n_S + long · n_L + level, for each plane of the region chosen (``tax_planes``)
    budget    n_S + n_L - slack ≤ budget of the return;   p ≥ n_S + n_L, p ≥ 0,  Σ p - slack ≤ budget of the household
    limits    Σ (n_S + n_L) - slack ≤ most net gain,  Σ T - slack ≤ most tax, where the objective has them

g is the gain for each dollar sold and base the year to date. The search chooses the region through the bounds of the
planes' rows, which are open here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.model.builder import INFINITY, Builder
from rebalancing.engine.model.limits import RuleRows
from rebalancing.engine.model.tax_planes import Cuts, Range, Region, planes, reachable
from rebalancing.engine.model.trades import Trades
from rebalancing.engine.tax.holding_periods import Term


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """One tax unit's columns and rows, and the planes of each region."""

    unit: TaxUnit
    short: int
    long: int
    tax: int
    sum_row: int
    cut_rows: dict[Region, range]
    cuts: Mapping[Region, Cuts]
    regions: tuple[Region, ...]


class Gains:
    """Two rows for the net gains of each return that trades; planes, budgets and limits once those stand."""

    def __init__(self, builder: Builder, trades: Trades, sealed: Collection[int]) -> None:
        """``sealed``: sales whose losses are never allowed; they recognize nothing."""
        self._builder, self._trades, self._sealed = builder, trades, sealed
        self._household = trades.situation.household
        self.rows: dict[str, tuple[int, int]] = {}  # Net short-term and net long-term, by tax unit.
        self.limit_rows: RuleRows = {}
        self.budget_rows: RuleRows = {}
        self.units: dict[str, UnitColumns] = {}
        for account in self._household.accounts:
            if account.is_taxed and account.tax_unit is not None and account.tax_unit not in self.rows:
                unit = trades.situation.tax_units[account.tax_unit]
                short, long = (float(part) for part in unit_taxes.base(unit))
                self.rows[unit.id] = (
                    builder.row(short, short, ("short_term_gains", unit.id)),
                    builder.row(long, long, ("long_term_gains", unit.id)),
                )

    @property
    def _units(self) -> list[TaxUnit]:
        return [self._trades.situation.tax_units[id_] for id_ in self.rows]

    def add_limit_rows(self) -> None:
        """The net gain and the tax that the objective allows, over all returns."""
        objective = self._household.objective
        if objective.mode is not Mode.LEAST_DRIFT:
            return
        if objective.gain_max is not None:
            base = sum(sum(unit_taxes.base(unit)) for unit in self._units)
            most = float(objective.gain_max + base)
            self.limit_rows[Limit.NET_GAIN, ""] = self._builder.row(-INFINITY, most, ("net_gain_limit",))
        if objective.tax_max is not None:
            most = float(objective.tax_max + sum(map(_tax_without_trades, self._units)))
            self.limit_rows[Limit.TAX, ""] = self._builder.row(-INFINITY, most, ("tax_limit",))

    def add_trades(self) -> None:
        """The gain of each dollar sold, in the row of its term."""
        trades = self._trades
        for column, unit in enumerate(trades.sells):
            if unit.gain_per_share is None or unit.term is None or column in self._sealed:
                continue
            owner = trades.situation.accounts[unit.account].tax_unit
            if owner is not None:
                gain = float(unit.gain_per_share or 0) / trades.quotes[unit.security][0]
                self._builder.add(self.rows[owner][unit.term is Term.LONG], column, -gain)

    def add_columns(self) -> None:
        """Net gains and tax of each return, the planes under its tax, and the budgets."""
        positive = self._household_budget()
        spans = self._spans()
        for unit in self._units:
            self._add_unit(unit, spans[unit.id], positive.get(unit.id))

    def _add_unit(self, unit: TaxUnit, span: Range, positive: int | None) -> None:
        builder, weight = self._builder, float(self._trades.weights.tax)
        short_row, long_row = self.rows[unit.id]
        cuts = planes(unit, span)
        sum_row = builder.row(-INFINITY, INFINITY, ("net_gain", unit.id))
        cut_rows = {region: self._add_planes(unit, region, plane) for region, plane in cuts.items()}
        all_rows = [row for rows in cut_rows.values() for row in rows]
        slopes_short = [-s for plane in cuts.values() for s in plane.short.tolist()]
        slopes_long = [-s for plane in cuts.values() for s in plane.long.tolist()]
        assert len(all_rows) == len(slopes_short) == len(slopes_long), "a slope of either kind for each plane"
        optional = (self._budget(unit), positive, self.limit_rows.get((Limit.NET_GAIN, "")))
        shared = [sum_row, *(row for row in optional if row is not None)]
        ones = [1.0] * (len(shared) + 1)
        short = builder.column(
            0.0, -INFINITY, INFINITY, ("net_short", unit.id),
            [short_row, *shared, *all_rows], [*ones, *slopes_short],
        )  # fmt: skip
        long = builder.column(
            0.0, -INFINITY, INFINITY, ("net_long", unit.id),
            [long_row, *shared, *all_rows], [*ones, *slopes_long],
        )  # fmt: skip
        tax_rows = [*all_rows, *(row for key, row in self.limit_rows.items() if key == (Limit.TAX, ""))]
        tax = builder.column(weight, -INFINITY, INFINITY, ("tax", unit.id), tax_rows, [1.0] * len(tax_rows))
        # The objective counts what the plan changes.
        builder.offset -= weight * float(_tax_without_trades(unit))
        self.units[unit.id] = UnitColumns(unit, short, long, tax, sum_row, cut_rows, cuts, reachable(span))

    def _add_planes(self, unit: TaxUnit, region: Region, plane: Cuts) -> range:
        """A row for each plane, open until its region is chosen."""
        first = len(self._builder.row_lower)
        for number in range(1, len(plane.level) + 1):
            self._builder.row(-INFINITY, INFINITY, ("plane", unit.id, region.name, number))
        return range(first, first + len(plane.level))

    def _budget(self, unit: TaxUnit) -> int | None:
        if unit.gain_budget is None:
            return None
        # A budget that is used up already is not to be used up further.
        limit = float(max(unit.gain_budget.limit, sum(unit_taxes.base(unit))))
        row = self._builder.row(-INFINITY, limit, ("gain_budget", unit.id))
        self.budget_rows[Limit.GAIN_BUDGET, unit.id] = row
        return row

    def _household_budget(self) -> dict[str, int]:
        """The budget over all returns: one row over what each uses, and by unit the row that keeps this above its net gain."""
        budget = self._household.rules.gain_budget
        if budget is None:
            return {}
        used = {unit.id: max(Decimal(0), sum(unit_taxes.base(unit))) for unit in self._household.tax_units}
        # Like a unit's: what is used up already is not to be used up further. Returns without trades stay as they are.
        fixed = sum((part for unit, part in used.items() if unit not in self.rows), Decimal(0))
        limit = max(budget.limit, sum(used.values(), Decimal(0))) - fixed
        over_all = self._builder.row(-INFINITY, float(limit), ("gain_budget",))
        self.budget_rows[Limit.GAIN_BUDGET, ""] = over_all
        rows = {}
        for id_ in self.rows:
            rows[id_] = self._builder.row(-INFINITY, 0.0, ("budget_used", id_))
            self._builder.column(0.0, 0.0, INFINITY, ("budget_used", id_), (rows[id_], over_all), (-1.0, 1.0))
        return rows

    def _spans(self) -> dict[str, Range]:
        """How far each unit's net gains can move, from its base, with everything that may be sold."""
        situation = self._trades.situation
        reach: dict[str, list[float]] = {}
        for column, unit in enumerate(self._trades.sells):
            owner = situation.accounts[unit.account].tax_unit
            if unit.gain_per_share is None or owner is None or column in self._sealed:
                continue
            moved = reach.setdefault(owner, [0.0, 0.0, 0.0, 0.0])
            gain = float(unit.gain_per_share * unit.quantity)
            moved[(2 if unit.term is Term.LONG else 0) + (gain > 0)] += gain
        spans = {}
        for unit_id, filer in situation.tax_units.items():
            short, long = (float(part) for part in unit_taxes.base(filer))
            down_short, up_short, down_long, up_long = reach.get(unit_id, [0.0, 0.0, 0.0, 0.0])
            assert max(down_short, down_long) <= 0.0 <= min(up_short, up_long), "losses fall, gains rise"
            spans[unit_id] = Range(short + down_short, short + up_short, long + down_long, long + up_long)
        return spans


def _tax_without_trades(unit: TaxUnit) -> Decimal:
    return unit_taxes.valued(unit, unit_taxes.compute(unit, Decimal(0), Decimal(0)))
