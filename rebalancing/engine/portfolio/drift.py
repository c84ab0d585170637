"""Drift: how far a portfolio stands from its targets, class by class.

Values are dollars at fresh prices including accrued interest and all cash, settled or not. Weights
are fractions of one. Reserves (scheduled withdrawals, minimum cash, fees) stand outside the model and
are taken off before anything is weighed. A class held at nothing is still measured: every class with a
target appears, and every class held appears even when its target is zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.bands import Band, Reach, Side

WEIGHT_STEP = Decimal("1e-24")
"""Weights are kept to 24 places: fine enough for any decision, coarse enough that they add up exactly."""


class DriftError(ValueError):
    """A portfolio that cannot be weighed."""


@dataclass(frozen=True, slots=True)
class ClassDrift:
    """One class against its target. All but ``value`` (dollars) are fractions of one.

    ``drift_relative`` is None for a class without a target: nothing can be said relative to zero.
    """

    name: str
    value: Decimal
    weight: Decimal
    target: Decimal
    drift: Decimal
    drift_relative: Decimal | None
    band: Band | None
    side_breached: Side | None
    reach: Reach

    @property
    def is_breached(self) -> bool:
        return self.side_breached is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """The drift of one portfolio: its classes in name order and what follows from them together.

    ``investable`` is dollars; ``turnover_to_target`` the one-way share of the portfolio that would be
    traded to reach every target; ``drift_max`` the largest absolute drift.
    """

    investable: Decimal
    classes: tuple[ClassDrift, ...]
    turnover_to_target: Decimal
    drift_max: Decimal

    @property
    def is_breached(self) -> bool:
        return any(each.is_breached for each in self.classes)


# ── Weighing ─────────────────────────────────────────────────────────────────────────────────────


def weigh(values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Weights of the classes, which add up to one exactly.

    The rounding left over (below 1e-23) goes to the largest class. Raises `DriftError` when the
    total is not above zero.
    """
    with localcontext(prec=60):
        total = sum(values.values(), ZERO)
        if not total > ZERO:
            raise DriftError(f"A portfolio worth {total} has no weights; it must be worth more than zero.")
        weights = {name: (value / total).quantize(WEIGHT_STEP) for name, value in values.items()}
        rest = ONE - sum(weights.values(), ZERO)
        if rest:
            # The first name among equals, so that two runs never differ.
            largest = min(values, key=lambda name: (-values[name], name))
            weights[largest] += rest
    return weights


def turnover_to_target(drifts: Iterable[Decimal]) -> Decimal:
    """One-way turnover, ``sum |d| / 2``, as a fraction of the portfolio."""
    return sum((abs(drift) for drift in drifts), ZERO) / 2


def measure(
    values: Mapping[str, Decimal],
    targets: Mapping[str, Decimal],
    bands: Mapping[str, Band] | None = None,
    *,
    edge_is_breach: bool = True,
) -> Reading:
    """Weigh ``values`` (dollars by class) against ``targets`` (weights adding up to one).

    A class without a band is measured but never in breach. Breaches are decided on dollars against
    ``edge x total``, never on a rounded weight. Raises `DriftError` when the targets do not add up to
    one, a band stands on another target, or the portfolio is worth nothing.
    """
    if sum(targets.values(), ZERO) != ONE:
        raise DriftError(f"The targets must add up to one: {_shown(targets)}.")
    bands = bands or {}
    for name, band in bands.items():
        if band.target != targets.get(name, ZERO):
            raise DriftError(
                f"The band of {name} stands on target {band.target}, the policy says {targets.get(name, ZERO)}."
            )
    all_values = {name: values.get(name, ZERO) for name in sorted({*values, *targets})}
    weights = weigh(all_values)
    with localcontext(prec=60):
        investable = sum(all_values.values(), ZERO)
    classes = tuple(
        _class_drift(
            name,
            all_values[name],
            weights[name],
            targets.get(name, ZERO),
            bands.get(name),
            of=investable,
            edge_is_breach=edge_is_breach,
        )
        for name in all_values
    )
    return Reading(
        investable=investable,
        classes=classes,
        turnover_to_target=turnover_to_target(each.drift for each in classes),
        drift_max=max(abs(each.drift) for each in classes),
    )


def _class_drift(
    name: str,
    value: Decimal,
    weight: Decimal,
    target: Decimal,
    band: Band | None,
    *,
    of: Decimal,
    edge_is_breach: bool,
) -> ClassDrift:
    drift = weight - target
    return ClassDrift(
        name=name,
        value=value,
        weight=weight,
        target=target,
        drift=drift,
        drift_relative=drift / target if target else None,
        band=band,
        side_breached=band.side_breached(value, of=of, edge_is_breach=edge_is_breach) if band else None,
        reach=band.reach(value, of=of, edge_is_breach=edge_is_breach) if band else Reach.INSIDE,
    )


# ── How weights move ─────────────────────────────────────────────────────────────────────────────


def drifted_weight(weight: Decimal, *, outperformance: Decimal) -> Decimal:
    """Weight of a class after it beat the rest by ``outperformance`` (0.25 is 25 percent).

    ``w k / (w k + 1 - w)`` with ``k = 1 + outperformance``.
    """
    grown = weight * (ONE + outperformance)
    return grown / (grown + ONE - weight)


def outperformance_needed(start: Decimal, end: Decimal) -> Decimal:
    """By how much a class must beat the rest to drift from weight ``start`` to ``end``.

    Raises `DriftError` unless ``0 < start < 1`` and ``0 <= end < 1``: no finite return leads
    elsewhere.
    """
    if not (ZERO < start < ONE and ZERO <= end < ONE):
        raise DriftError(f"No finite return takes a weight from {start} to {end}.")
    return end * (ONE - start) / (start * (ONE - end)) - ONE


def _shown(weights: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {weight}" for name, weight in sorted(weights.items()))
