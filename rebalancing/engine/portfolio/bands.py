"""Tolerance bands: how far a class may wander from its target before we act.

Weights are fractions of one throughout (``Decimal("0.60")`` is sixty percent), widths are distances
between weights. Every builder answers the same thing, a `Band`; the absolute, relative and
volatility-scaled kinds differ only in where they put the edges. A band is decided on unrounded
decimals, and the edge itself is a breach unless the policy says otherwise, or unless standing on it is
no departure at all: a lower edge of 0, an upper edge of 1, and an edge that is the target (`side_left`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from enum import StrEnum

from rebalancing.engine.money import ONE, ZERO

HALF_WIDTH_MAX_OF_TARGET = Decimal("0.50")
"""Widest sensible band: half of the target. A wider one can hardly be breached downwards."""


class Side(StrEnum):
    """On which side of its target a class has left its band."""

    OVER = "over"
    UNDER = "under"


class Reach(StrEnum):
    """How far out a class stands: soft means propose, hard means act or document why not."""

    INSIDE = "inside"
    SOFT = "soft"
    HARD = "hard"


class BandError(ValueError):
    """A band that cannot be built from the numbers given."""


@dataclass(frozen=True, slots=True)
class Band:
    """The weights between which one class is left alone.

    ``lower`` and ``upper`` are weights and may lie outside 0..1 when the width allows it (a 5-point
    band on a 3 percent class): `faults` reports that instead of clipping it away. None means no edge
    on that side. ``lower_hard`` and ``upper_hard`` are the outer edges of a two-step band.
    """

    target: Decimal
    lower: Decimal | None
    upper: Decimal | None
    lower_hard: Decimal | None = None
    upper_hard: Decimal | None = None

    def side_breached(self, value: Decimal, *, of: Decimal = ONE, edge_is_breach: bool = True) -> Side | None:
        """The side on which ``value`` out of ``of`` stands outside the band, or None.

        Compares ``value`` with ``edge x of`` so that nothing is divided and therefore nothing is
        rounded; pass a weight alone to test a weight. Either both in dollars or both as fractions.
        """
        return side_left(
            value,
            of=of,
            lower=self.lower,
            target=self.target,
            upper=self.upper,
            edge_is_breach=edge_is_breach,
        )

    def reach(self, value: Decimal, *, of: Decimal = ONE, edge_is_breach: bool = True) -> Reach:
        """Inside, past the soft edge, or past the hard edge as well."""
        if side_left(
            value,
            of=of,
            lower=self.lower_hard,
            target=self.target,
            upper=self.upper_hard,
            edge_is_breach=edge_is_breach,
        ):
            return Reach.HARD
        if self.side_breached(value, of=of, edge_is_breach=edge_is_breach):
            return Reach.SOFT
        return Reach.INSIDE

    def edge_on(self, side: Side) -> Decimal | None:
        """The soft edge on that side as a weight, None if the side is open."""
        return self.upper if side is Side.OVER else self.lower

    def width_on(self, side: Side) -> Decimal | None:
        """Distance from target to the soft edge on that side, None if the side is open."""
        edge = self.edge_on(side)
        return None if edge is None else abs(edge - self.target)


def side_left(
    value: Decimal,
    *,
    of: Decimal = ONE,
    lower: Decimal | None,
    target: Decimal,
    upper: Decimal | None,
    edge_is_breach: bool = True,
) -> Side | None:
    """The side on which ``value`` out of ``of`` has left the edges, or None: the one rule for every band.

    Beyond an edge is always outside, also below 0 (cash that is overdrawn) and above 1. Standing exactly on an edge is
    outside only where ``edge_is_breach``, and never on a lower edge of 0 (nothing held), an upper edge of 1 (all of it)
    or an edge that is the target itself: a class with target 0 and a band of 0 to 5 percent is at rest at 0.
    """
    # Sixty digits hold the product of any two figures of a portfolio, so the comparison is exact.
    with localcontext(prec=60):
        if upper is not None:
            touching = edge_is_breach and upper < ONE and upper != target
            if value > upper * of or (touching and value == upper * of):
                return Side.OVER
        if lower is not None:
            touching = edge_is_breach and lower > ZERO and lower != target
            if value < lower * of or (touching and value == lower * of):
                return Side.UNDER
    return None


# ── The kinds ────────────────────────────────────────────────────────────────────────────────────


def symmetric(target: Decimal, half_width: Decimal) -> Band:
    """A band of the same width on both sides.

    Raises `BandError` when the target is not a weight or the width is not positive.
    """
    return asymmetric(target, below=half_width, above=half_width)


def asymmetric(target: Decimal, *, below: Decimal | None, above: Decimal | None) -> Band:
    """A band with its own width on each side; None leaves a side open.

    Raises `BandError` when the target is not between 0 and 1, a width is not positive, or both
    sides are open.
    """
    if not ZERO <= target <= ONE:
        raise BandError(f"Target {target} is not a weight between 0 and 1.")
    for width in (below, above):
        if width is not None and not width > ZERO:
            raise BandError(f"Band width {width} on target {target} must be above zero.")
    if below is None and above is None:
        raise BandError(f"The band on target {target} has no edge at all; give at least one width.")
    return Band(
        target=target,
        lower=None if below is None else target - below,
        upper=None if above is None else target + above,
    )


def between(lower: Decimal, target: Decimal, upper: Decimal) -> Band:
    """A band by its edges, as an adopted policy states them. It may have no width on a side, or none at all.

    ``between(0, 0, 0)`` is the band of what the policy does not want: whatever is held of it is outside. Raises
    `BandError` unless ``0 <= lower <= target <= upper <= 1``.
    """
    if not ZERO <= lower <= target <= upper <= ONE:
        raise BandError(f"A band needs 0 ≤ {lower} ≤ {target} ≤ {upper} ≤ 1.")
    return Band(target=target, lower=lower, upper=upper)


def absolute(target: Decimal, points: Decimal) -> Band:
    """Half width in points of the portfolio: 60 percent with 5 points is 55 to 65."""
    return symmetric(target, points)


def relative(target: Decimal, fraction: Decimal) -> Band:
    """Half width as a fraction of the target: 25 percent of a 10 percent class is 7.5 to 12.5."""
    return symmetric(target, relative_width(target, fraction))


def narrower(target: Decimal, *, points: Decimal, fraction: Decimal) -> Band:
    """The tighter of an absolute and a relative width, the "5/25" rule of thumb.

    With 5 points and 25 percent the two meet at a target of 20 percent.
    """
    return symmetric(target, min(points, relative_width(target, fraction)))


def wider(target: Decimal, *, points: Decimal, fraction: Decimal) -> Band:
    """The looser of an absolute and a relative width."""
    return symmetric(target, max(points, relative_width(target, fraction)))


def volatility_scaled(
    target: Decimal, *, volatility: Decimal, multiple: Decimal, years_per_look: Decimal
) -> Band:
    """Half width ``multiple`` standard deviations of the drift between two looks.

    ``volatility`` is the yearly volatility of the class relative to the rest of the portfolio (see
    `relative_volatility`), ``years_per_look`` the time between looks, 63 of 252 trading days being
    0.25. Gives every class the same chance of a breach at each look.
    """
    return symmetric(target, multiple * drift_deviation(target, volatility, years_per_look))


def risk_scaled(target: Decimal, *, volatility: Decimal, risk: Decimal) -> Band:
    """Half width at which the drift of this class alone adds ``risk`` of yearly tracking error.

    ``risk / volatility``, so volatile classes get the narrower band: the view that a band limits risk,
    where `volatility_scaled` holds that it limits how often we trade. Both are defensible; show the
    `breach_probability` of either. Raises `BandError` without a positive volatility.
    """
    if not volatility > ZERO:
        raise BandError(f"A class with volatility {volatility} never adds risk; give it an absolute band.")
    return symmetric(target, risk / volatility)


def cash(target: Decimal, *, above: Decimal, minimum: Decimal = ZERO) -> Band:
    """Cash may not pile up past ``above`` over its target nor fall below ``minimum`` (a weight).

    Raises `BandError` when the minimum is above the target.
    """
    if minimum > target:
        raise BandError(f"Minimum cash {minimum} is above the cash target {target}.")
    band = asymmetric(target, below=None, above=above)
    # Holding exactly nothing is no breach when nothing is required, hence no edge at zero.
    return replace(band, lower=minimum if minimum > ZERO else None)


def hard_and_soft(soft: Band, hard: Band) -> Band:
    """One band with two steps: outside ``soft`` we propose, outside ``hard`` we act or document.

    Raises `BandError` when the targets differ or the hard band is inside the soft one.
    """
    if soft.target != hard.target:
        raise BandError(f"Soft target {soft.target} and hard target {hard.target} differ.")
    if (soft.upper is not None and hard.upper is not None and hard.upper < soft.upper) or (
        soft.lower is not None and hard.lower is not None and hard.lower > soft.lower
    ):
        raise BandError(f"The hard band on target {soft.target} is narrower than the soft band.")
    return replace(soft, lower_hard=hard.lower, upper_hard=hard.upper)


def relative_width(target: Decimal, fraction: Decimal) -> Decimal:
    """A relative half width in points of the portfolio: ``fraction x target``."""
    return target * fraction


# ── Is the configuration sensible? ───────────────────────────────────────────────────────────────


def faults(band: Band) -> tuple[str, ...]:
    """What is wrong with a band as a configuration, in sentences; empty when nothing is.

    A half width above half of the target, a lower edge below zero and an upper edge above one are
    faults: such an edge can hardly or never be reached.
    """
    found: list[str] = []
    limit = band.target * HALF_WIDTH_MAX_OF_TARGET
    for side in Side:
        width = band.width_on(side)
        # A cash minimum may stand far below the target, and cash may have a target of zero.
        if width is not None and width > limit and not _is_one_sided(band):
            found.append(
                f"The band is {_points(width)} points wide {side.value} a target of "
                f"{_points(band.target)} percent; at most half of the target is sensible."
            )
    if band.lower is not None and band.lower < ZERO:
        found.append(f"The lower edge is {_points(band.lower)} percent and can never be reached.")
    if band.upper is not None and band.upper > ONE:
        found.append(f"The upper edge is {_points(band.upper)} percent and can never be reached.")
    return tuple(found)


def set_faults(bands_by_class: Mapping[str, Band]) -> tuple[str, ...]:
    """The faults of a whole policy: of each band, and of targets that do not add up to one."""
    found = [f"{name}: {fault}" for name, band in bands_by_class.items() for fault in faults(band)]
    total = sum((band.target for band in bands_by_class.values()), ZERO)
    if total != ONE:
        found.append(f"The targets add up to {_points(total)} percent instead of 100.")
    return tuple(found)


def _is_one_sided(band: Band) -> bool:
    return band.lower is None or band.upper is None


def _points(weight: Decimal) -> str:
    return f"{(weight * 100).normalize():f}"


# ── Volatility, tracking error, chance of a breach ───────────────────────────────────────────────


def relative_volatility(volatility: Decimal, volatility_rest: Decimal, correlation: Decimal) -> Decimal:
    """Yearly volatility of a class minus the rest: ``sqrt(s^2 + r^2 - 2 rho s r)``.

    Raises `BandError` for a negative volatility or a correlation outside -1..1.
    """
    if volatility < ZERO or volatility_rest < ZERO or abs(correlation) > ONE:
        raise BandError(
            f"Volatilities {volatility} and {volatility_rest} must not be negative and correlation "
            f"{correlation} must lie between -1 and 1."
        )
    return (
        volatility * volatility
        + volatility_rest * volatility_rest
        - 2 * correlation * volatility * volatility_rest
    ).sqrt()


def drift_deviation(target: Decimal, volatility: Decimal, years: Decimal) -> Decimal:
    """Standard deviation of a class's drift after ``years``: ``w (1-w) s sqrt(h)``, as a weight.

    A first-order approximation: drift after a while is close to normal with this deviation.
    """
    return target * (ONE - target) * volatility * years.sqrt()


def breach_probability(band: Band, *, volatility: Decimal, years: Decimal) -> Decimal:
    """Chance that the class stands outside its band after ``years`` when nothing is done.

    A probability between 0 and 1, from the normal approximation of `drift_deviation`; with
    ``years=1`` the chance implied per year for a class looked at once. Zero volatility is never a
    breach.
    """
    deviation = drift_deviation(band.target, volatility, years)
    if deviation == ZERO:
        return ZERO
    widths = (band.width_on(Side.OVER), band.width_on(Side.UNDER))
    return sum((_normal_tail(width / deviation) for width in widths if width is not None), ZERO)


def tracking_variance(drifts: Sequence[Decimal], covariance: Sequence[Sequence[Decimal]]) -> Decimal:
    """``d' S d``: yearly variance of the portfolio's return against its target.

    ``drifts`` are weight minus target, in the order of the rows of ``covariance``. Raises
    `BandError` when the matrix is not square in that number.
    """
    if any(len(row) != len(drifts) for row in covariance) or len(covariance) != len(drifts):
        raise BandError(f"A covariance of {len(drifts)} by {len(drifts)} classes is needed.")
    return sum(
        (
            drifts[row] * covariance[row][column] * drifts[column]
            for row in range(len(drifts))
            for column in range(len(drifts))
        ),
        ZERO,
    )


def tracking_error(drifts: Sequence[Decimal], covariance: Sequence[Sequence[Decimal]]) -> Decimal:
    """``sqrt(d' S d)``: one number for the whole portfolio, a yearly fraction."""
    return max(ZERO, tracking_variance(drifts, covariance)).sqrt()


def covariance_from(
    volatilities: Sequence[Decimal], correlations: Sequence[Sequence[Decimal]]
) -> tuple[tuple[Decimal, ...], ...]:
    """Covariance matrix from yearly volatilities and correlations, in the same order."""
    return tuple(
        tuple(volatilities[row] * volatilities[column] * correlations[row][column] for column in columns)
        for row, columns in ((row, range(len(volatilities))) for row in range(len(volatilities)))
    )


def _normal_tail(deviations: Decimal) -> Decimal:
    """P(Z > deviations) for a standard normal Z and deviations >= 0, to twelve places.

    The series of the distribution function, ``phi(x) (x + x^3/3 + x^5/15 + ...)``, has only positive
    terms, so nothing cancels. Twelve deviations out, the tail is below 1e-32 and counts as nothing.
    """
    if deviations > 12:
        return ZERO
    with localcontext(prec=60):
        square = deviations * deviations
        term = total = deviations
        divisor = 1
        while term > Decimal("1e-50"):
            divisor += 2
            term = term * square / divisor
            total += term
        density = (-square / 2).exp() / (2 * PI).sqrt()
        tail = Decimal("0.5") - density * total
    return tail.quantize(Decimal("1e-12"))


PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
