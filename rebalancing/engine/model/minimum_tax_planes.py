"""Planes under the tentative minimum tax, for returns that may owe the alternative minimum tax (IRC 55).

The law takes the higher of income tax and tentative minimum tax, so that planes under either lie under the law. The
tentative tax is linear between straight lines in (net short, net long): the edges of 26 and 28%, of the rates on gains
and of the exemption's phase-out, each for preferred income of zero, the net long-term gain and the whole net gain.
Where the phase-out changes the income, the lines are slanted. A plane under all crossings of all lines lies under the
tax, since every corner of a cell between lines is a crossing.

This is the solver's room: floats.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rebalancing.engine.tax.tables import MinimumTaxTable

Floats = npt.NDArray[np.float64]
Planes = tuple[Floats, Floats, Floats]
"""T ≥ short·n_S + long·n_L + level: the three as arrays, one entry per plane."""

TOLERANCE = 1e-6
OFFSET, STEP = 2.0, 0.5  # Dollars: how far from a crossing the slopes of its cells are taken.
SAMPLES = 13


class Law(Protocol):
    """What the planes need of a return: its figures, and its tax by either computation for arrays of net gains."""

    gross: float
    qualified: float
    kept: float
    deduction: float
    seniors: int
    senior: float
    senior_rate: float
    senior_above: float
    zero_up_to: float
    fifteen_up_to: float
    minimum: MinimumTaxTable

    def regular(self, short: Floats, long: Floats) -> Floats: ...

    def tentative(self, short: Floats, long: Floats) -> Floats: ...

    def net_levels(self) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class Line:
    """The line on which short·n_S + long·n_L + at, in dollars, is zero."""

    short: float
    long: float
    at: float

    def plus(self, other: Line, times: float = 1.0) -> Line:
        return Line(
            self.short + times * other.short, self.long + times * other.long, self.at + times * other.at
        )

    def less(self, dollars: float) -> Line:
        return Line(self.short, self.long, self.at - dollars)


def may_be_owed(law: Law, short: tuple[float, float], long: tuple[float, float]) -> bool:
    """Whether the tentative tax is the higher one at any sampled point; where it is missed, the bound is only lower."""
    across, up = np.meshgrid(np.linspace(*short, SAMPLES), np.linspace(*long, SAMPLES))
    points = across.ravel(), up.ravel()
    return bool((law.tentative(*points) > law.regular(*points)).any())


def planes(law: Law, short: tuple[float, float], long: tuple[float, float]) -> dict[str, Planes]:
    """Planes by the name of the region they are valid in."""
    points = _crossings(law, short, long)
    taxes = law.tentative(*points)
    slopes = _slopes(law, points)
    net = points.sum(axis=0)
    within = {
        "R1": (points[1] >= -TOLERANCE) & (net >= -TOLERANCE),
        "R2": (points[1] <= TOLERANCE) & (net >= -TOLERANCE),
        "R3": net <= TOLERANCE,
        "ANY": np.full(net.shape, fill_value=True),
    }
    planes_by_region = {}
    for region, inside in within.items():
        if not inside.any():
            continue
        heights = slopes @ points[:, inside]
        level = (taxes[inside] - heights).min(axis=1)
        kept = np.unique((heights + level[:, None]).argmax(axis=0))
        planes_by_region[region] = slopes[kept, 0], slopes[kept, 1], level[kept]
    return planes_by_region


def _lines(law: Law) -> Iterable[Line]:
    """Every line along which the tentative tax, the net investment income tax or the value of losses may change slope."""
    minimum = law.minimum
    gross = Line(1.0, 1.0, law.gross)
    tops = [Line(0.0, 0.0, law.qualified), Line(0.0, 1.0, law.qualified), Line(1.0, 1.0, law.qualified)]
    taxables = [gross.less(law.deduction)]
    if law.seniors and law.senior_rate:
        full, rate = law.seniors * law.senior, law.seniors * law.senior_rate
        taxables += [
            taxables[0].less(full),
            taxables[0].less(full).plus(gross.less(law.senior_above), rate),
        ]
        yield gross.less(law.senior_above)
        yield gross.less(law.senior_above + law.senior / law.senior_rate)
    income = gross.less(law.kept)
    exemption, least = float(minimum.exemption), float(minimum.exemption_min)
    above, rate = float(minimum.phase_out_above), float(minimum.phase_out_rate)
    yield income.less(above)
    yield income.less(above + (exemption - least) / rate)
    bases = [
        income.less(exemption),
        income.less(exemption).plus(income.less(above), rate),
        income.less(least),
    ]
    edges = (0.0, law.zero_up_to, law.fifteen_up_to)
    yield from (Line(1.0, 1.0, -level) for level in law.net_levels())
    yield from (Line(1.0, 0.0, 0.0), Line(0.0, 1.0, 0.0))
    yield from (line.less(edge) for line in (*taxables, *tops, *bases) for edge in edges)
    for top in tops:
        yield from (
            base.plus(top, -1.0).less(e) for base in bases for e in (0.0, float(minimum.upper_rate_above))
        )
        for taxable in taxables:
            ordinary = taxable.plus(top, -1.0)
            yield from (ordinary.less(edge) for edge in edges)
            yield from (base.plus(ordinary).less(edge) for base in bases for edge in edges[1:])


def _crossings(law: Law, short: tuple[float, float], long: tuple[float, float]) -> Floats:
    """The crossings of the lines with each other and with the sides of the span: one column per point."""
    rows = {(round(line.short, 9), round(line.long, 9), round(line.at, 6)) for line in _lines(law)}
    lines = np.array(sorted(row for row in rows if row[0] or row[1]))
    corners = np.array([[x, y] for x in short for y in long])
    heights = lines[:, :2] @ corners.T + lines[:, 2:]
    lines = lines[(heights.min(axis=1) < 0.0) & (heights.max(axis=1) > 0.0)]
    sides = [(1.0, 0.0, -short[0]), (1.0, 0.0, -short[1]), (0.0, 1.0, -long[0]), (0.0, 1.0, -long[1])]
    lines = np.concatenate([lines, np.array(sides)])
    first, second = np.triu_indices(len(lines), 1)
    (a, b, c), (d, e, f) = lines[first].T, lines[second].T
    slant = a * e - b * d
    meet = np.abs(slant) > 1e-9
    across = (b * f - c * e)[meet] / slant[meet]
    up = (c * d - a * f)[meet] / slant[meet]
    inside = (across >= short[0] - TOLERANCE) & (across <= short[1] + TOLERANCE)
    inside &= (up >= long[0] - TOLERANCE) & (up <= long[1] + TOLERANCE)
    points = np.concatenate([np.array([across[inside], up[inside]]), corners.T], axis=1)
    return np.unique(np.round(points, 5), axis=1)


def _slopes(law: Law, points: Floats) -> Floats:
    """The slopes of the cells around the crossings, one row per slope: short and long."""
    turns = np.arange(16) * (np.pi / 8) + 0.1
    aside = OFFSET * np.array([np.cos(turns), np.sin(turns)])
    across, up = ((points[axis][:, None] + aside[axis]).ravel() for axis in (0, 1))
    of_short = (law.tentative(across + STEP, up) - law.tentative(across - STEP, up)) / (2 * STEP)
    of_long = (law.tentative(across, up + STEP) - law.tentative(across, up - STEP)) / (2 * STEP)
    return np.unique(np.round(np.array([of_short, of_long]).T, 7), axis=0)
