"""What an investment policy inherits from the firm's rebalancing policy where its author says nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from clients.policies.targets import TargetSpec
from compliance.firm import policy_defaults
from compliance.firm.firm_settings import InForce
from compliance.firm.setting import ClassBand
from rebalancing.engine.portfolio import bands


def terms(figures: InForce) -> dict[str, Any]:
    """Columns of a policy with the firm's values."""
    return {
        "look": figures.of(policy_defaults.LOOK),
        "calendar": figures.of(policy_defaults.CALENDAR),
        "due_session": figures.of(policy_defaults.DUE_SESSION),
        "edge_is_breach": figures.of(policy_defaults.EDGE_IS_BREACH),
        "destination_taxable": figures.of(policy_defaults.DESTINATION_TAXABLE),
        "destination_sheltered": figures.of(policy_defaults.DESTINATION_SHELTERED),
        "minimum_trade": figures.of(policy_defaults.MINIMUM_TRADE),
        "cash_reserve": figures.of(policy_defaults.CASH_RESERVE),
    }


def usual_band(asset_class: str, figures: InForce) -> ClassBand:
    """The firm's band of a class, by its code: its own, or the one of every class."""
    own = {one.asset_class: one for one in figures.of(policy_defaults.CLASS_BANDS)}
    if asset_class in own:
        return own[asset_class]
    kind = figures.of(policy_defaults.BAND_KIND)
    return ClassBand(
        asset_class,
        kind,
        points=figures.of(policy_defaults.BAND_POINTS) if kind != "relative" else None,
        share=figures.of(policy_defaults.BAND_SHARE) if kind != "absolute" else None,
    )


def with_usual_band(spec: TargetSpec, figures: InForce) -> TargetSpec:
    """The target with the firm's usual band of its class, where nothing is said about its width."""
    said = (spec.points, spec.share, spec.multiple, spec.risk, spec.lower, spec.upper)
    if any(width is not None for width in said):
        return spec
    usual = usual_band(spec.asset_class, figures)
    return replace(spec, band=usual.kind, points=usual.points, share=usual.share)


def around(target: Decimal, band: ClassBand) -> bands.Band:
    """The band around a target. Raises `bands.BandError` for a target that is no weight or leaves no width."""
    match band.kind, band.points, band.share:
        case "absolute", Decimal() as points, _:
            return bands.absolute(target, points)
        case "relative", _, Decimal() as share:
            return bands.relative(target, share)
        case "narrower", Decimal() as points, Decimal() as share:
            return bands.narrower(target, points=points, fraction=share)
        case "wider", Decimal() as points, Decimal() as share:
            return bands.wider(target, points=points, fraction=share)
    raise bands.BandError(f"A {band.kind} band has no such widths.")
