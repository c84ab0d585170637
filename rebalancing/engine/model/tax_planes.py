"""The tax of one tax unit as linear constraints: planes below the true tax.

Netting, the loss limit and the carryover divide (net short, net long) into three regions, on each of which the tax is
convex, or nearly so:

    R1  n_L ≥ 0, n_S + n_L ≥ 0    a net long-term gain, preferential rates
    R2  n_L ≤ 0, n_S + n_L ≥ 0    a net short-term gain, ordinary rates
    R3  n_S + n_L ≤ 0             a net loss: up to the limit against income, the rest carried over

Rates change along lines: where the net gain passes a level, and where net short-term gains fill a bracket. Between the
lines the tax is linear or concave, so that a plane under their crossings is a plane under the law. For each region (and
for all together, where none is chosen yet) a plane of each slope is lowered until no crossing lies below it. Where the
law is not convex (phase-outs, the 0% edge beside the 12% bracket) the planes lie below it: the bound remains valid and
only the gap grows. Where the alternative minimum tax may be owed, planes under the tentative minimum tax are added
(``minimum_tax_planes``).

This is the solver's room: floats. What a plan reports is computed again by ``federal_tax``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.model import minimum_tax_planes
from rebalancing.engine.tax.tables import table

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-7
FAR = 1e12  # Dollars: above any income.
ALL = slice(None)
BESIDE = np.array([[[1.0], [-1.0]], [[-1.0], [1.0]], [[0.0], [1.0]], [[0.0], [-1.0]]])


class Region(Enum):
    ANY = "any"
    R1 = "net long-term gain"
    R2 = "net short-term gain"
    R3 = "net loss"


@dataclass(frozen=True, slots=True)
class Range:
    """The range of net short and net long, in dollars."""

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
    regions = []
    top = span.short_max + span.long_max
    if span.long_max >= 0 and top >= 0:
        regions.append(Region.R1)
    if span.long_min <= 0 and span.short_max + min(0.0, span.long_max) >= 0:
        regions.append(Region.R2)
    if span.short_min + span.long_min <= 0:
        regions.append(Region.R3)
    return tuple(regions)


class UnitTaxes:
    """Tax less the value of carried losses, for arrays of net gains: ``unit_taxes`` in floats."""

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
        self.zero_up_to = float(self.table.zero_rate_up_to)
        self.fifteen_up_to = float(self.table.fifteen_rate_up_to)
        self.niit_rate, self.niit_above = float(self.table.niit_rate), float(self.table.niit_above)
        self.fiduciary = income.filing_status.is_fiduciary
        self.qualified = float(income.qualified_dividends)
        self.investment = float(income.taxable_interest + income.nonqualified_dividends) + self.qualified
        self.gross = float(income.wages + income.other_ordinary_income) + self.investment
        base = self.table.deduction if income.deduction is None else income.deduction
        if income.deduction is None and not self.fiduciary:
            base += self.table.age_or_blind_addition * income.age_or_blind_conditions
        self.deduction = float(base)
        self.kept = float(income.deduction or 0)
        self.minimum = self.table.minimum_tax
        self.seniors = 0 if self.fiduciary else income.seniors
        self.senior, self.senior_rate = (
            float(self.table.senior_deduction),
            float(self.table.senior_phase_out_rate),
        )
        self.senior_above = float(self.table.senior_phase_out_above)
        # Incomes at which the ordinary rate changes, and the tax there.
        edges = [0.0, *(float(b.up_to) for b in self.table.brackets if b.up_to is not None), FAR]
        self.incomes = np.array(edges)
        steps = np.diff(self.incomes) * [float(bracket.rate) for bracket in self.table.brackets]
        self.taxes = np.concatenate(([0.0], np.cumsum(steps)))
        self.edges = [*edges[:-1], self.zero_up_to, self.fifteen_up_to]

    def __call__(self, short: Floats, long: Floats) -> Floats:
        """Dollars, for net short and net long (carryforwards already taken off)."""
        if self.income is None:
            return self._flat(short, long)
        return np.maximum(self.regular(short, long), self.tentative(short, long))

    def net_levels(self) -> list[float]:
        """Levels of the net gain at which the law changes its rate, or may."""
        levels = [0.0, -self.limit]
        if self.income is None:
            return levels
        levels += [
            -self.investment,
            self.niit_above - self.gross + (self.deduction if self.fiduciary else 0.0),
        ]
        for edge in self.edges:
            # All of it taxed at preferential rates, and nothing but the qualified dividends.
            levels += [
                gross - self.gross for part in (0.0, self.qualified) for gross in self._gross_at(edge + part)
            ]
        if self._has_phase_out():
            over = self.senior / self.senior_rate
            levels += [self.senior_above - self.gross, self.senior_above + over - self.gross]
            for edge in self.edges:
                # With a net long-term gain only the deduction moves ordinary income.
                each = (self.gross - self.qualified - edge - self.deduction) / self.seniors
                levels.append(self.senior_above + (self.senior - each) / self.senior_rate - self.gross)
        return levels

    def short_levels(self, nets: list[float], longs: list[float]) -> list[float]:
        """Levels of net short-term gain, above zero, at which ordinary income passes an edge: at the levels ``nets`` of
        the net gain, and where net long is one of ``longs``."""
        if self.income is None:
            return []
        deductions = {self.deduction}
        levels = []
        if self._has_phase_out():
            deducted, _ = self._deductions(self.gross + np.maximum(np.array(nets), -self.limit))
            deductions.update(np.asarray(deducted).tolist())
            levels += [
                gross - self.gross - max(0.0, long)
                for edge in self.edges for long in longs
                for gross in self._gross_at(edge + self.qualified + max(0.0, long))
            ]  # fmt: skip
        ordinary = self.gross - self.qualified
        return levels + [edge - ordinary + deduction for edge in self.edges for deduction in deductions]

    def _has_phase_out(self) -> bool:
        return bool(self.seniors and self.senior_rate)

    def _gross_at(self, taxable: float) -> list[float]:
        """Where gross income may lie when ``taxable`` of it is taxed: deductions in full, phasing out, or gone."""
        gone = taxable + self.deduction
        if not self._has_phase_out():
            return [gone]
        full, rate = self.seniors * self.senior, self.seniors * self.senior_rate
        return [gone, gone + full, (gone + full + rate * self.senior_above) / (1.0 + rate)]

    def _flat(self, short: Floats, long: Floats) -> Floats:
        net = short + long
        at_long = np.maximum(0.0, long - np.maximum(0.0, -short))
        at_short = np.maximum(0.0, net) - at_long
        deducted = np.minimum(self.limit, np.maximum(0.0, -net))
        carried = np.maximum(0.0, -net) - deducted
        taxed = self.short * (at_short - deducted) + self.long * at_long
        return np.asarray(taxed - self.loss_value * carried)

    def without_minimum(self, short: Floats, long: Floats) -> Floats:
        return self._flat(short, long) if self.income is None else self.regular(short, long)

    def regular(self, short: Floats, long: Floats) -> Floats:
        """The year without the alternative minimum tax."""
        return self._full(short, long, is_minimum=False)

    def tentative(self, short: Floats, long: Floats) -> Floats:
        """The year with the tentative minimum tax in place of the income tax (IRC 55(b)(1)): the law is the higher of both."""
        return self._full(short, long, is_minimum=True)

    def _full(self, short: Floats, long: Floats, *, is_minimum: bool) -> Floats:
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
        room = np.maximum(0.0, self.zero_up_to - ordinary)
        room_15 = np.maximum(0.0, self.fifteen_up_to - ordinary - room)
        if is_minimum:
            base = np.maximum(0.0, gross - self.kept - self._exemption(gross - self.kept))
            tax = self._minimum(base - np.minimum(base, top)) + _preferred(
                np.minimum(base, top), room, room_15
            )
        else:
            at_own_rates = _preferred(np.minimum(taxable, top), room, room_15)
            tax = np.minimum(self._ordinary(ordinary) + at_own_rates, self._ordinary(taxable))
        agi = gross - deduction if self.fiduciary else gross
        investment = np.maximum(0.0, self.investment + capital)
        niit = self.niit_rate * np.minimum(investment, np.maximum(0.0, agi - self.niit_above))
        absorbed = np.minimum(deducted, np.maximum(0.0, before_floor + senior + deducted))
        carried = np.maximum(0.0, np.maximum(0.0, -net) - absorbed)
        return np.asarray(
            tax + niit + self.state * (np.maximum(net, 0.0) - deducted) - self.loss_value * carried
        )

    def _exemption(self, income: Floats) -> Floats:
        law = self.minimum
        over = np.maximum(0.0, income - float(law.phase_out_above))
        return np.maximum(float(law.exemption_min), float(law.exemption) - float(law.phase_out_rate) * over)

    def _minimum(self, income: Floats) -> Floats:
        law = self.minimum
        over = np.maximum(0.0, income - float(law.upper_rate_above))
        return float(law.rate) * income + float(law.upper_rate - law.rate) * over

    def _deductions(self, gross: Floats) -> tuple[Floats | float, Floats | float]:
        if self.fiduciary:
            return self.deduction, self.deduction
        if not self.seniors:
            return self.deduction, 0.0
        over = np.maximum(0.0, gross - self.senior_above)
        each = np.maximum(0.0, self.senior - self.senior_rate * over)
        return self.deduction + self.seniors * each, self.seniors * each

    def _ordinary(self, income: Floats) -> Floats:
        return np.interp(income, self.incomes, self.taxes)


def _preferred(income: Floats, room: Floats, room_15: Floats) -> Floats:
    """Tax at 0, 15 and 20% on ``income``, of which ``room`` fits under the first edge and ``room_15`` under the second."""
    over = np.maximum(0.0, income - room)
    return np.asarray(0.15 * over + 0.05 * np.maximum(0.0, over - room_15))


@lru_cache(maxsize=512)
def unit_function(unit: TaxUnit) -> UnitTaxes:
    """The unit's tax in floats; cached, since frontier and bench evaluate the same unit repeatedly."""
    return UnitTaxes(unit)


@lru_cache(maxsize=1024)
def planes(unit: TaxUnit, span: Range) -> Mapping[Region, Cuts]:
    """Planes under the tax of ``unit`` within ``span``: for each region that can be reached, and for all together
    where there are several."""
    regions = reachable(span)
    crossings = _Crossings(unit_function(unit), span)
    cuts: dict[Region, Cuts] = {}
    for region, sign in ((Region.R2, 1.0), (Region.R3, -1.0)):
        if region in regions:
            cuts[region] = _hull([pair for pair in crossings.of_net if pair[0] * sign >= 0.0])
    short, long = crossings.slopes()
    if Region.R1 in regions:
        inside = (crossings.points[1] >= -TOLERANCE) & (crossings.points.sum(axis=0) >= -TOLERANCE)
        cuts[Region.R1] = crossings.supports(short, long, inside)
    if len(regions) > 1:
        # Planes across the bends, flatter than either side: a chord between regions may be the best support.
        level = _distinct(short, long, crossings.chords(), *(cut.short for cut in cuts.values()))
        short, long = np.concatenate([short, level]), np.concatenate([long, level])
        cuts[Region.ANY] = crossings.supports(short, long)
    law = unit_function(unit)
    shorts, longs = (span.short_min, span.short_max), (span.long_min, span.long_max)
    if unit.income is not None and minimum_tax_planes.may_be_owed(law, shorts, longs):
        minimum = minimum_tax_planes.planes(law, shorts, longs)
        cuts = {
            region: _together(cut, minimum[region.name]) if region.name in minimum else cut
            for region, cut in cuts.items()
        }
    return {region: cuts[region] for region in Region if region in cuts}


def _together(cuts: Cuts, more: minimum_tax_planes.Planes) -> Cuts:
    pairs = zip((cuts.short, cuts.long, cuts.level), more, strict=True)
    return Cuts(*(np.concatenate(pair) for pair in pairs))


class _Crossings:
    """The points where the lines of one return cross each other and the sides of its span, and the tax there."""

    def __init__(self, tax: UnitTaxes, span: Range) -> None:
        low, high = span.short_min + span.long_min, span.short_max + span.long_max
        nets = _within(tax.net_levels(), low, high)
        longs = _within([0.0], span.long_min, span.long_max)
        shorts = _within([0.0, *tax.short_levels(nets, longs)], span.short_min, span.short_max)
        self.net, self.short, long = np.array(nets), np.array(shorts), np.array(longs)
        rows, columns = self.short.size, self.net.size
        at_short = [
            np.repeat(self.short, columns),
            (self.net[:, None] - long).ravel(),
            np.repeat(self.short, long.size),
        ]
        at_long = [(self.net - self.short[:, None]).ravel(), np.tile(long, columns), np.tile(long, rows)]
        points = np.array([np.concatenate(at_short), np.concatenate(at_long)])
        # Beside each point, a dollar of short for a dollar of long, and a dollar more or less of long.
        everywhere = [points, *(points + step for step in BESIDE), np.array([nets, [0.0] * columns])]
        taxes = tax.without_minimum(*np.concatenate(everywhere, axis=1))
        self.of_net = list(zip(nets, taxes[-columns:].tolist(), strict=True))
        at, *self._beside = taxes[:-columns].reshape(5, points.shape[1])
        self._at, self._grid = at, at[: rows * columns].reshape(rows, columns)
        inside = (points[0] >= span.short_min - TOLERANCE) & (points[0] <= span.short_max + TOLERANCE)
        inside &= (points[1] >= span.long_min - TOLERANCE) & (points[1] <= span.long_max + TOLERANCE)
        self.points, self.taxes = points[:, inside], at[inside]

    def slopes(self) -> tuple[Floats, Floats]:
        """Slopes in net short and net long: every combination of those at the points and between the lines."""
        at, (to_short, to_long, more, less) = self._at, self._beside
        between = np.diff(self._grid, axis=0) / np.diff(self.short)[:, None]
        of_shift = _distinct(to_short - at, at - to_long, between.ravel())
        between = np.diff(self._grid, axis=1) / np.diff(self.net)
        of_long = _distinct(more - at, at - less, between.ravel())
        return (of_shift[:, None] + of_long).ravel(), np.tile(of_long, of_shift.size)

    def chords(self) -> Floats:
        """Slopes of the lower hull along the net, with the least and with the most of net short."""
        hulls = (
            _hull(list(zip(self.net.tolist(), row, strict=True))) for row in self._grid[[0, -1]].tolist()
        )
        return np.concatenate([hull.short for hull in hulls])

    def supports(self, short: Floats, long: Floats, inside: npt.NDArray[np.bool_] | slice = ALL) -> Cuts:
        """A plane of each slope, lowered until no point ``inside`` lies below it; only those that are highest somewhere."""
        points = self.points[:, inside]
        slopes = np.array([short, long]).T
        level = (self.taxes[inside] - slopes @ points).min(axis=1)
        heights = slopes @ np.concatenate([points, self._middles(points)], axis=1) + level[:, None]
        kept = _covering(heights > heights.max(axis=0) - TOLERANCE)
        return Cuts(short[kept], long[kept], level[kept])

    def _middles(self, points: Floats) -> Floats:
        """A point within each cell between the lines, of which ``points`` are the corners."""
        net = points.sum(axis=0)
        across = (points[0] > self.short[:-1, None] - TOLERANCE) & (
            points[0] < self.short[1:, None] + TOLERANCE
        )
        up = (net > self.net[:-1, None] - TOLERANCE) & (net < self.net[1:, None] + TOLERANCE)
        cells = (across[:, None] & up).reshape(-1, net.size)
        cells = cells[cells.any(axis=1)]
        return np.asarray(points @ cells.T / cells.sum(axis=1))


def _covering(touches: npt.NDArray[np.bool_]) -> list[int]:
    """A small set of rows of which at least one is true in each column, found greedily."""
    kept, is_open = [], np.full(touches.shape[1], fill_value=True)
    for row in np.argsort(-touches.sum(axis=1), kind="stable").tolist():
        if (touches[row] & is_open).any():
            kept.append(row)
            is_open &= ~touches[row]
    return sorted(kept)


def _within(levels: list[float], low: float, high: float) -> list[float]:
    """Both ends and the distinct ``levels`` between them, in order."""
    return sorted({low, high, *(level for level in levels if low < level < high)})


def _hull(points: list[tuple[float, float]]) -> Cuts:
    """The lower hull of a tax that depends on the net alone: lines between its levels, where it is linear or concave."""
    hull: list[tuple[float, float]] = []
    for at, tax in points:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-1], (at, tax)):
            hull.pop()
        hull.append((at, tax))
    slopes = np.array([_slope(*pair) for pair in itertools.pairwise(hull)] or [0.0])
    starts = np.array(hull[: slopes.size])
    return Cuts(slopes, slopes, starts[:, 1] - slopes * starts[:, 0])


def _slope(start: tuple[float, float], end: tuple[float, float]) -> float:
    return (end[1] - start[1]) / (end[0] - start[0])


def _distinct(*rates: Floats) -> Floats:
    return np.unique(np.round(np.concatenate(rates), 7))
