"""The tax of one unit as rows the solver can read: straight lines below the true tax.

Netting, the loss limit and the carry-over make the tax fall into three regions of (net short, net long), on each of
which it is convex, or nearly so:

    R1  n_L ≥ 0, n_S + n_L ≥ 0    a net long-term gain stands, preferential rates
    R2  n_L ≤ 0, n_S + n_L ≥ 0    a net short-term gain stands, ordinary rates
    R3  n_S + n_L ≤ 0             a net loss: up to the limit against income, the rest carried on

For each region (and for all together, where none is chosen yet) we lay planes under sampled points of the full law,
breakpoints included, each lowered until it cuts off none of them. Where the law is not convex (phase-outs, the
0 % edge beside the 12 % bracket) the planes lie below it, so that the bound stays a bound and only the gap grows.

This is the solver's room: floats. What a plan reports is computed again by ``taxes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rebalancing.engine import unit_taxes
from rebalancing.engine.household import TaxUnit
from rebalancing.engine.tax_tables import TaxTable, table

Floats = npt.NDArray[np.float64]

FLAT_LOSS_LIMIT = 3000.0
SAMPLES = 6
SAME = 1e-7


class Region(Enum):
    ANY = "any"
    R1 = "net long-term gain"
    R2 = "net short-term gain"
    R3 = "net loss"


@dataclass(frozen=True, slots=True)
class Range:
    """Where net short and net long can get to, in dollars."""

    short_min: float
    short_max: float
    long_min: float
    long_max: float


@dataclass(frozen=True, slots=True)
class Cuts:
    """T ≥ short·n_S + long·n_L + level, one row for each plane of a region."""

    short: Floats
    long: Floats
    level: Floats


def reachable(span: Range) -> tuple[Region, ...]:
    """The regions that (n_S, n_L) can lie in."""
    found = []
    top = span.short_max + span.long_max
    if span.long_max >= 0 and top >= 0:
        found.append(Region.R1)
    if span.long_min <= 0 and span.short_max + min(0.0, span.long_max) >= 0:
        found.append(Region.R2)
    if span.short_min + span.long_min <= 0:
        found.append(Region.R3)
    return tuple(found)


class UnitTaxes:
    """Tax less the worth of carried losses, for arrays of net gains: the float twin of ``unit_taxes``."""

    def __init__(self, unit: TaxUnit) -> None:
        self.state = float(unit.state_rate)
        self.loss_value = float(unit_taxes.loss_value(unit))
        self.income = unit.income
        if unit.income is None:
            rates = unit_taxes.rates(unit)
            self.limit = float(rates.loss_limit)
            self.short, self.long = float(rates.short), float(rates.long)
            return
        income = unit.income
        self.table = table(income.tax_year, income.filing_status)
        self.limit = float(self.table.capital_loss_limit)
        self.fiduciary = income.filing_status.is_fiduciary
        self.qualified = float(income.qualified_dividends)
        self.investment = float(income.taxable_interest + income.nonqualified_dividends) + self.qualified
        self.gross = float(income.wages + income.other_ordinary_income) + self.investment
        base = self.table.deduction if income.deduction is None else income.deduction
        if income.deduction is None and not self.fiduciary:
            base += self.table.age_or_blind_addition * income.age_or_blind_conditions
        self.deduction = float(base)
        self.seniors = income.seniors
        self.uppers, self.rates = _brackets(self.table)

    def __call__(self, short: Floats, long: Floats) -> Floats:
        """Dollars, for net short and net long (carryforwards already taken off)."""
        return self._flat(short, long) if self.income is None else self._full(short, long)

    def kinks(self) -> tuple[list[float], list[float]]:
        """Where the law changes its rate, as levels of net gain; ordinary and preferential edges."""
        if self.income is None:
            return [], []
        ordinary = self.gross - self.deduction - self.qualified
        niit = float(self.table.niit_above) - self.gross + (self.deduction if self.fiduciary else 0.0)
        edges = [float(edge) - ordinary for edge in self.uppers] + [niit]
        steps = (self.table.zero_rate_up_to, self.table.fifteen_rate_up_to)
        return edges, [float(edge) - ordinary - self.qualified for edge in steps] + [niit]

    def _flat(self, short: Floats, long: Floats) -> Floats:
        net = short + long
        at_long = np.maximum(0.0, long - np.maximum(0.0, -short))
        at_short = np.maximum(0.0, net) - at_long
        deducted = np.minimum(self.limit, np.maximum(0.0, -net))
        carried = np.maximum(0.0, -net) - deducted
        taxed = self.short * (at_short - deducted) + self.long * at_long
        return np.asarray(taxed - self.loss_value * carried)

    def _full(self, short: Floats, long: Floats) -> Floats:
        net = short + long
        deducted = np.minimum(self.limit, np.maximum(0.0, -net))
        capital = np.maximum(net, -deducted)
        preferred = np.maximum(0.0, long - np.maximum(0.0, -short))
        gross = self.gross + capital
        deduction, senior = self._deductions(gross)
        before_floor = gross - deduction
        taxable = np.maximum(0.0, before_floor)
        top = preferred + self.qualified
        ordinary = np.maximum(0.0, taxable - top)
        room = np.minimum(taxable, float(self.table.zero_rate_up_to))
        at_0 = room - np.minimum(ordinary, room)
        room_15 = np.minimum(taxable, float(self.table.fifteen_rate_up_to)) - (ordinary + at_0)
        at_15 = np.minimum(np.minimum(taxable, top) - at_0, np.maximum(0.0, room_15))
        at_20 = np.minimum(taxable, top) - at_0 - at_15
        tax = np.minimum(self._ordinary(ordinary) + 0.15 * at_15 + 0.20 * at_20, self._ordinary(taxable))
        agi = gross - deduction if self.fiduciary else gross
        investment = np.maximum(0.0, self.investment + capital)
        over = np.maximum(0.0, agi - float(self.table.niit_above))
        niit = float(self.table.niit_rate) * np.minimum(investment, over)
        absorbed = np.minimum(deducted, np.maximum(0.0, before_floor + senior + deducted))
        carried = np.maximum(0.0, np.maximum(0.0, -net) - absorbed)
        return np.asarray(
            tax + niit + self.state * (np.maximum(net, 0.0) - deducted) - self.loss_value * carried
        )

    def _deductions(self, gross: Floats) -> tuple[Floats | float, Floats | float]:
        if self.fiduciary:
            return self.deduction, self.deduction
        if not self.seniors:
            return self.deduction, 0.0
        over = np.maximum(0.0, gross - float(self.table.senior_phase_out_above))
        each = np.maximum(
            0.0, float(self.table.senior_deduction) - float(self.table.senior_phase_out_rate) * over
        )
        return self.deduction + self.seniors * each, self.seniors * each

    def _ordinary(self, income: Floats) -> Floats:
        lowers = np.concatenate(([0.0], self.uppers))
        widths = np.append(np.diff(lowers), np.inf)
        inside = np.minimum(np.maximum(income[..., None] - lowers, 0.0), widths)
        return np.asarray(inside @ self.rates)


@lru_cache(maxsize=512)
def unit_function(unit: TaxUnit) -> UnitTaxes:
    """The unit's tax in floats; kept, since frontier and bench ask for the same unit again and again."""
    return UnitTaxes(unit)


@lru_cache(maxsize=4096)
def cuts(unit: TaxUnit, region: Region, span: Range) -> Cuts:
    """Planes under the tax of ``unit`` within ``span`` and ``region``."""
    tax = unit_function(unit)
    short, long = _samples(tax, region, span)
    if short.size == 0:
        return Cuts(np.empty(0), np.empty(0), np.empty(0))
    values = tax(short, long)
    slopes_short, slopes_long = _slopes(tax, region, short, long)
    # A plane through each sample with the slope there, lowered until no sample lies below it.
    heights = values[None, :] - slopes_short[:, None] * short[None, :] - slopes_long[:, None] * long[None, :]
    level = heights.min(axis=1)
    return _distinct(slopes_short, slopes_long, level, short, long)


def _brackets(figures: TaxTable) -> tuple[Floats, Floats]:
    uppers = np.array([float(b.up_to) for b in figures.brackets if b.up_to is not None])
    return uppers, np.array([float(b.rate) for b in figures.brackets])


def _samples(tax: UnitTaxes, region: Region, span: Range) -> tuple[Floats, Floats]:
    """Points of the region: a coarse grid, its corners, and the levels at which the law changes its rate."""
    low, high = span.short_min + span.long_min, span.short_max + span.long_max
    ordinary, preferential = tax.kinks()
    if region in {Region.R2, Region.R3}:
        # Here the tax depends on the sum alone.
        bottom, top = (max(0.0, low), high) if region is Region.R2 else (low, min(0.0, high))
        if top < bottom:
            return np.empty(0), np.empty(0)
        inside = [bottom, top, -tax.limit, *ordinary]
        sums = np.unique(np.clip(np.array(inside), bottom, top))
        sums = np.unique(np.concatenate([sums, (sums[1:] + sums[:-1]) / 2]))
        return sums, np.zeros_like(sums)
    shorts = [*np.linspace(span.short_min, span.short_max, SAMPLES), 0.0, *ordinary]
    longs = [*np.linspace(span.long_min, span.long_max, SAMPLES), 0.0, *preferential]
    if region is Region.R1 and span.short_max > 0:
        longs += [edge - span.short_max for edge in preferential]
    grid_short = np.unique(np.clip(np.array(shorts), span.short_min, span.short_max))
    grid_long = np.unique(np.clip(np.array(longs), span.long_min, span.long_max))
    short, long = (part.ravel() for part in np.meshgrid(grid_short, grid_long))
    # The borders of the regions run along n_S + n_L = 0 and, for the loss limit, = -limit.
    on_border = [(s, total - s) for total in (0.0, -tax.limit, *preferential) for s in grid_short]
    on_border += [(total - lo, lo) for total in (0.0, -tax.limit) for lo in grid_long]
    border = np.array(on_border).reshape(-1, 2)
    short, long = np.concatenate([short, border[:, 0]]), np.concatenate([long, border[:, 1]])
    inside_span = (short >= span.short_min - SAME) & (short <= span.short_max + SAME)
    inside_span &= (long >= span.long_min - SAME) & (long <= span.long_max + SAME)
    if region is Region.R1:
        inside_span &= (long >= -SAME) & (short + long >= -SAME)
    return short[inside_span], long[inside_span]


def _slopes(tax: UnitTaxes, region: Region, short: Floats, long: Floats) -> tuple[Floats, Floats]:
    """Rates on the next and on the last dollar at each point, as candidates for the planes."""
    count = short.size
    moved_short = np.concatenate([short, short + 1.0, short - 1.0, short, short])
    moved_long = np.concatenate([long, long, long, long + 1.0, long - 1.0])
    at = tax(moved_short, moved_long).reshape(5, count)
    up_short, down_short = at[1] - at[0], at[0] - at[2]
    if region in {Region.R2, Region.R3}:
        allowed = np.concatenate([_stays(region, short + 1.0), _stays(region, short - 1.0)])
        rates = np.unique(np.round(np.concatenate([up_short, down_short])[allowed], 9))
        return rates, rates
    up_long, down_long = at[3] - at[0], at[0] - at[4]
    pairs = np.column_stack(
        [
            np.concatenate([up_short, up_short, down_short, down_short]),
            np.concatenate([up_long, down_long, up_long, down_long]),
        ]
    )
    if region is Region.ANY:
        # Planes across the bends, flatter than either side: a chord between regions may be the best support.
        levels = np.unique(np.round(pairs.ravel(), 6))
        pairs = np.vstack([pairs, np.column_stack([levels, levels])])
    # Equal rates differ by rounding only: one number for each pair finds the distinct ones fast.
    pairs = np.round(pairs, 9)
    _, kept = np.unique(pairs[:, 0] + 1000.0 * pairs[:, 1], return_index=True)
    return pairs[kept, 0], pairs[kept, 1]


def _stays(region: Region, total: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(total >= -SAME) if region is Region.R2 else np.asarray(total <= SAME)


def _distinct(slope_short: Floats, slope_long: Floats, level: Floats, short: Floats, long: Floats) -> Cuts:
    """Only the planes that are the highest somewhere among the samples."""
    heights = slope_short[:, None] * short[None, :] + slope_long[:, None] * long[None, :] + level[:, None]
    highest = np.unique(heights.argmax(axis=0))
    return Cuts(slope_short[highest], slope_long[highest], level[highest])
