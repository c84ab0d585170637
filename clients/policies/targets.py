"""The band of a class as its author states it, and its edges in numbers.

Edges are computed when a version is drafted and stored with it, so that what is signed is what is measured. Kinds and
arithmetic are the engine's (`rebalancing.engine.portfolio.bands`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from clients.models import AssetClass, Policy, PolicyTarget
from compliance.refusals import BadInput
from rebalancing.engine.portfolio import bands
from rebalancing.engine.portfolio.bands import Band, BandError

ZERO, ONE, HALF = Decimal(0), Decimal(1), Decimal("0.5")
STEP = Decimal("0.000001")
"""What a stored weight is rounded to, half to even."""

WIDTH_OF = {
    Policy.Preference.TIGHT: Decimal("0.75"),
    Policy.Preference.USUAL: ONE,
    Policy.Preference.LOOSE: Decimal("1.5"),
}
"""What the client's preference multiplies every width by; explicit edges and cash stay as they are."""

YEARS_A_LOOK = {
    Policy.Look.DAILY: ONE / 252,
    Policy.Look.WEEKLY: ONE / 52,
    Policy.Look.MONTHLY: ONE / 12,
    Policy.Look.QUARTERLY: ONE / 4,
    Policy.Look.SEMIANNUAL: HALF,
    Policy.Look.ANNUAL: ONE,
    Policy.Look.ANNIVERSARY: ONE,
}
EXPLICIT = frozenset({PolicyTarget.BandKind.ASYMMETRIC, PolicyTarget.BandKind.CASH})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """A class's target and band. Points and shares are fractions; edges may be given explicitly.

    `multiple` (standard deviations) is for bands scaled by volatility, `risk` (yearly tracking error) for those scaled
    by risk. A cash band reaches from `lower`, its minimum, to `points` above the target.
    """

    asset_class: str
    target: Decimal
    band: str = PolicyTarget.BandKind.ABSOLUTE
    points: Decimal | None = None
    share: Decimal | None = None
    multiple: Decimal | None = None
    risk: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    hard_lower: Decimal | None = None
    hard_upper: Decimal | None = None
    benchmark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """What a whole policy says about its bands: the client's preference, the days between two looks, and the width where
    no account is taxable as a share of the other.
    """

    preference: str = Policy.Preference.USUAL
    look: str = Policy.Look.DAILY
    sheltered_share: Decimal = ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """A band in numbers. `sheltered` is None where it is the same whether or not an account is taxable."""

    lower: Decimal
    upper: Decimal
    sheltered: tuple[Decimal, Decimal] | None = None


def edges(
    spec: TargetSpec, *, widths: Widths | None = None, relative_volatility: Decimal | None = None
) -> Edges:
    """The band's lower and upper weight, never outside 0 to 1.

    Raises `BadInput` when the band's kind lacks the figure it needs, when it has no width (a share of a
    target of 0) or does not contain its target, or when it is wider than half of its target, so that the
    class could hardly ever fall below it; and when its hard range does not contain it.
    """
    policy = widths or Widths()
    kind = PolicyTarget.BandKind(spec.band)
    if not ZERO <= spec.target <= ONE:
        raise BadInput(f"The target of {spec.asset_class} is not a share from 0% to 100%.", "Correct it.")
    if kind in EXPLICIT:
        low, high = _explicit(spec)
        found = Edges(lower=low, upper=high)
    else:
        band = _symmetric(spec, kind, policy, relative_volatility)
        width = _width(band)
        sheltered = _around(spec.target, width * policy.sheltered_share)
        usual = _around(spec.target, width)
        found = Edges(
            lower=usual[0], upper=usual[1], sheltered=sheltered if policy.sheltered_share != ONE else None
        )
    _refuse_hard_range(spec, found)
    return found


def relative_volatilities(
    targets: Mapping[str, Decimal], classes: Mapping[str, AssetClass]
) -> dict[str, Decimal]:
    """The yearly volatility of each class against the rest of these targets, from the firm's assumptions.

    One factor ties the classes together: two of them correlate as the product of their correlations with world stocks.
    A class is left out where an assumption that it needs is missing; cash needs none.
    """
    weights = {code: weight for code, weight in targets.items() if weight > ZERO}
    if any(_assumed(classes.get(code)) is None for code in weights):
        return {}
    found = {}
    for code in targets:
        own = _assumed(classes.get(code))
        rest = {other: weight for other, weight in weights.items() if other != code}
        total = sum(rest.values(), ZERO)
        if own is None or total == ZERO:
            continue
        assumed = {other: _known(classes[other]) for other in rest}
        volatility_rest = bands.tracking_error(
            [weight / total for weight in rest.values()], covariance({one: classes[one] for one in rest})
        )
        common = sum((rest[one] / total * assumed[one][0] * assumed[one][1] for one in rest), ZERO)
        correlation = own[1] * common / volatility_rest if volatility_rest else ZERO
        found[code] = bands.relative_volatility(own[0], volatility_rest, _within(correlation)).quantize(
            STEP, ROUND_HALF_EVEN
        )
    return found


def covariance(classes: Mapping[str, AssetClass]) -> tuple[tuple[Decimal, ...], ...]:
    """The covariance matrix of classes that all have assumptions, in their order."""
    known = [_known(one) for one in classes.values()]
    return bands.covariance_from(
        [volatility for volatility, _ in known],
        [
            [ONE if row == column else known[row][1] * known[column][1] for column in range(len(known))]
            for row in range(len(known))
        ],
    )


def has_assumptions(asset_class: AssetClass) -> bool:
    """Whether the firm has said how much the class moves; cash does not."""
    return _assumed(asset_class) is not None


def breach_probability(
    target: Decimal, lower: Decimal, upper: Decimal, volatility: Decimal | None
) -> Decimal | None:
    """The chance that the class stands outside its band a year after it stood at its target; None where the firm has no
    assumption, or where the band never ends.
    """
    if volatility is None or not ZERO < target < ONE:
        return None
    band = Band(
        target, lower if lower > ZERO else None, upper if upper < ONE else None
    )  # An edge at 0 or 1 is never passed.
    return bands.breach_probability(band, volatility=volatility, years=ONE)


def faults_of_total(specs: Mapping[str, tuple[Decimal, Edges]]) -> str:
    """What is wrong with all the targets together, in a sentence; empty where they add up.

    Each band was checked when it was drafted, so that the only fault left is the sum.
    """
    together = bands.set_faults(
        {name: Band(target, None, one.upper or ONE) for name, (target, one) in specs.items()}
    )
    return " ".join(together)


def _explicit(spec: TargetSpec) -> tuple[Decimal, Decimal]:
    if spec.band == PolicyTarget.BandKind.CASH:
        minimum = spec.lower if spec.lower is not None else ZERO
        if spec.points is None or minimum > spec.target or not spec.points > ZERO:
            raise BadInput(
                f"The cash band of {spec.asset_class} needs points above its target and a minimum at or below it.",
                "Give both.",
            )
        band = bands.cash(spec.target, above=spec.points, minimum=minimum)
        assert band.upper is not None, "a cash band ends above"
        return band.lower or ZERO, min(ONE, band.upper)
    if spec.lower is None or spec.upper is None:
        raise BadInput(f"The band of {spec.asset_class} needs both its edges.", "Give low and high.")
    if not ZERO <= spec.lower <= spec.target <= spec.upper <= ONE:
        raise BadInput(
            f"The band of {spec.asset_class}, {spec.lower * 100:f}% to {spec.upper * 100:f}%, does not contain its target of {spec.target * 100:f}%.",
            "Give a low at or below the target and a high at or above it, both from 0% to 100%.",
        )
    return spec.lower, spec.upper


def _symmetric(
    spec: TargetSpec, kind: PolicyTarget.BandKind, policy: Widths, volatility: Decimal | None
) -> Band:
    """The band before it is fitted into 0 to 1."""
    kinds = PolicyTarget.BandKind
    points, share = spec.points, spec.share
    try:
        if kind == kinds.ABSOLUTE and points is not None:
            band = bands.absolute(spec.target, points)
        elif kind == kinds.RELATIVE and share is not None:
            band = bands.relative(spec.target, share)
        elif kind == kinds.NARROWER and points is not None and share is not None:
            band = bands.narrower(spec.target, points=points, fraction=share)
        elif kind == kinds.WIDER and points is not None and share is not None:
            band = bands.wider(spec.target, points=points, fraction=share)
        elif kind == kinds.VOLATILITY and spec.multiple is not None:
            band = bands.volatility_scaled(
                spec.target,
                volatility=_needed(spec, volatility),
                multiple=spec.multiple,
                years_per_look=YEARS_A_LOOK[Policy.Look(policy.look)],
            )
        elif kind == kinds.RISK and spec.risk is not None:
            band = bands.risk_scaled(spec.target, volatility=_needed(spec, volatility), risk=spec.risk)
        else:
            raise BadInput(f"The band of {spec.asset_class} has no width.", NEEDS[kind])
    except BandError:
        # A share of a target of 0 is 0, so any holding would be outside, which cannot be intended.
        raise BadInput(
            f"The band of {spec.asset_class} around {spec.target * 100:f}% has no width.",
            "Give the band points, or give the class its own low and high (0 and 0 for none of it).",
        ) from None
    return _preferred(spec, band, policy)


def _preferred(spec: TargetSpec, band: Band, policy: Widths) -> Band:
    """The band as wide as the client prefers. A loose band stops at half of its target."""
    width = _width(band)
    limit = spec.target * HALF
    if spec.target and width > limit and spec.asset_class != "cash":
        raise BadInput(
            f"A band of {_percent(width)} points around {spec.target * 100:f}% is wider than half the target.",
            "Narrow it, or give the class its own low and high.",
        )
    width *= WIDTH_OF[Policy.Preference(policy.preference)]
    if spec.target and spec.asset_class != "cash":
        width = min(width, limit)
    return bands.symmetric(spec.target, width)


def _refuse_hard_range(spec: TargetSpec, soft: Edges) -> None:
    if spec.hard_lower is None and spec.hard_upper is None:
        return
    low = ZERO if spec.hard_lower is None else spec.hard_lower
    high = ONE if spec.hard_upper is None else spec.hard_upper
    try:
        bands.hard_and_soft(
            bands.between(soft.lower, spec.target, soft.upper), bands.between(low, spec.target, high)
        )
    except BandError:
        raise BadInput(
            f"The hard range of {spec.asset_class} must hold its band of {soft.lower * 100:.1f}% to {soft.upper * 100:.1f}%.",
            "Widen the hard range, or narrow the band.",
        ) from None


def _needed(spec: TargetSpec, volatility: Decimal | None) -> Decimal:
    if volatility is None:
        raise BadInput(
            f"The band of {spec.asset_class} is scaled by how much it moves, and the firm has no assumption for every class of these targets.",
            "Compliance enters volatility and correlation on the Models page; or choose another kind of band.",
        )
    return volatility


def _width(band: Band) -> Decimal:
    assert band.upper is not None, "a symmetric band ends on both sides"
    return band.upper - band.target


def _around(target: Decimal, width: Decimal) -> tuple[Decimal, Decimal]:
    lower, upper = (
        edge.quantize(STEP, ROUND_HALF_EVEN) for edge in (max(ZERO, target - width), min(ONE, target + width))
    )
    return lower, upper


def _assumed(asset_class: AssetClass | None) -> tuple[Decimal, Decimal] | None:
    if asset_class is None:
        return None
    if asset_class.volatility is not None and asset_class.market_correlation is not None:
        return asset_class.volatility, asset_class.market_correlation
    return (ZERO, ZERO) if asset_class.code == "cash" else None


def _known(asset_class: AssetClass) -> tuple[Decimal, Decimal]:
    assumed = _assumed(asset_class)
    assert assumed is not None, f"{asset_class} has no assumptions"
    return assumed


def _within(correlation: Decimal) -> Decimal:
    return max(-ONE, min(ONE, correlation))


def _percent(weight: Decimal) -> str:
    return f"{(weight * 100).normalize():f}"


NEEDS = {
    PolicyTarget.BandKind.ABSOLUTE: "Give points, a share of the target, or both.",
    PolicyTarget.BandKind.RELATIVE: "Give a share of the target.",
    PolicyTarget.BandKind.NARROWER: "Give points and a share of the target.",
    PolicyTarget.BandKind.WIDER: "Give points and a share of the target.",
    PolicyTarget.BandKind.VOLATILITY: "Say how many standard deviations.",
    PolicyTarget.BandKind.RISK: "Say how much tracking error the class may add.",
}


def scaled(specs: tuple[TargetSpec, ...], classes: Mapping[str, AssetClass]) -> dict[str, Decimal]:
    """The relative volatilities that bands of these targets may be scaled by."""
    return relative_volatilities({one.asset_class: one.target for one in specs}, classes)


def spec_of(target: PolicyTarget) -> TargetSpec:
    """A stored target as its author stated it."""
    is_cash = target.band_kind == PolicyTarget.BandKind.CASH
    is_own = target.band_kind == PolicyTarget.BandKind.ASYMMETRIC
    return TargetSpec(
        asset_class=target.asset_class.code,
        target=target.weight_target,
        band=target.band_kind,
        points=target.band_points,
        share=target.band_share,
        multiple=target.band_multiple,
        risk=target.band_risk,
        lower=target.weight_lower if is_own or is_cash else None,
        upper=target.weight_upper if is_own else None,
        hard_lower=target.hard_lower,
        hard_upper=target.hard_upper,
        benchmark=target.benchmark,
    )
