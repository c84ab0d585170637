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

from rebalancing.engine.documents.household import Level
from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio.bands import Band, Reach, Side

WEIGHT_STEP = Decimal("1e-24")
"""Weights are kept to 24 places: fine enough for any decision, coarse enough that they add up exactly."""


class DriftError(ValueError):
    """A portfolio that cannot be weighed."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one account holds of one security, in dollars, and how that divides into classes.

    ``weights_by_class`` are the security's look-through fractions and add up to one: a plain stock
    fund is ``{"STOCK": 1}``, a balanced fund several.
    """

    account: str
    value: Decimal
    weights_by_class: Mapping[str, Decimal]


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

    @property
    def breached_names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.classes if each.is_breached)

    @property
    def by_name(self) -> dict[str, ClassDrift]:
        return {each.name: each for each in self.classes}


@dataclass(frozen=True, slots=True)
class HouseholdReading:
    """The household's reading and each account's own, and which of them the policy goes by."""

    level: Level
    household: Reading
    accounts: Mapping[str, Reading]

    @property
    def is_breached(self) -> bool:
        """Whether the level the policy is managed at has left a band."""
        if self.level is Level.HOUSEHOLD:
            return self.household.is_breached
        return any(reading.is_breached for reading in self.accounts.values())


# ── From holdings to classes ─────────────────────────────────────────────────────────────────────


def split(value: Decimal, weights_by_class: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Divide a holding's dollars over its classes; the parts add up to the value exactly.

    Raises `DriftError` when the look-through weights do not add up to one or one is negative.
    """
    if any(weight < ZERO for weight in weights_by_class.values()):
        raise DriftError(f"Look-through weights must not be negative: {_shown(weights_by_class)}.")
    if sum(weights_by_class.values(), ZERO) != ONE:
        raise DriftError(f"Look-through weights must add up to one: {_shown(weights_by_class)}.")
    with localcontext(prec=60):
        return {name: value * weight for name, weight in weights_by_class.items() if weight}


def values_by_class(holdings: Iterable[Holding]) -> dict[str, Decimal]:
    """Dollars per class over all holdings, funds looked through."""
    totals: dict[str, Decimal] = {}
    with localcontext(prec=60):
        for holding in holdings:
            for name, part in split(holding.value, holding.weights_by_class).items():
                totals[name] = totals.get(name, ZERO) + part
    return dict(sorted(totals.items()))


def values_by_account(holdings: Iterable[Holding]) -> dict[str, dict[str, Decimal]]:
    """Dollars per class for each account, funds looked through."""
    held: dict[str, list[Holding]] = {}
    for holding in holdings:
        held.setdefault(holding.account, []).append(holding)
    return {account: values_by_class(held[account]) for account in sorted(held)}


def without_reserve(
    values: Mapping[str, Decimal], *, reserve: Decimal, cash_class: str = "CASH"
) -> dict[str, Decimal]:
    """Take a cash reserve out of the model before weighing.

    What remains of the cash class stays in; a reserve larger than the cash leaves nothing of it, and
    the shortfall is for the cash need to raise, not for the weights to hide. Raises `DriftError` for a
    negative reserve.
    """
    if reserve < ZERO:
        raise DriftError(f"The cash reserve {reserve} must not be negative.")
    remaining = max(ZERO, values.get(cash_class, ZERO) - reserve)
    return {name: remaining if name == cash_class else value for name, value in values.items()}


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


def measure_household(
    values_by_class_by_account: Mapping[str, Mapping[str, Decimal]],
    targets: Mapping[str, Decimal],
    bands: Mapping[str, Band] | None = None,
    *,
    level: Level = Level.HOUSEHOLD,
    edge_is_breach: bool = True,
) -> HouseholdReading:
    """Measure the household as one portfolio and every funded account by itself.

    Two accounts far from target may add up to a household inside its bands; ``level`` says which of
    the two the policy is managed at. An account worth nothing has no reading of its own.
    """
    pooled: dict[str, Decimal] = {}
    with localcontext(prec=60):
        for values in values_by_class_by_account.values():
            for name, value in values.items():
                pooled[name] = pooled.get(name, ZERO) + value
    return HouseholdReading(
        level=level,
        household=measure(pooled, targets, bands, edge_is_breach=edge_is_breach),
        accounts={
            account: measure(values, targets, bands, edge_is_breach=edge_is_breach)
            for account, values in sorted(values_by_class_by_account.items())
            if sum(values.values(), ZERO) > ZERO
        },
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
