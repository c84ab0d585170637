"""The firm's own classes, securities and models in the workbook's layout."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clients.models import AssetClass, ModelVersion, Security
from clients.workbooks.records import Values

BPS = Decimal(10_000)


def asset_classes() -> dict[str, Values]:
    """The firm's classes by code."""
    return {
        one.code: {"asset_class": one.code, "name": one.name, "position": one.position}
        for one in AssetClass.objects.all()
    }


def securities() -> dict[str, Values]:
    """The firm's securities by symbol."""
    found = Security.objects.select_related("wash_group").prefetch_related(
        "class_weights__asset_class", "replacements__replacement"
    )
    return {one.symbol: _security(one) for one in found}


def _security(one: Security) -> Values:
    trading = {Security.Trading.OPEN: "tradable"}
    weights = tuple((row.asset_class.code, row.weight.normalize()) for row in one.class_weights.all())
    return {
        "symbol": one.symbol,
        "name": one.name,
        "kind": one.kind,
        "asset_classes": weights or None,
        "cusip": one.cusip or None,
        "issuer": one.issuer or None,
        "sector": one.sector or None,
        "wash_group": one.wash_group.code if one.wash_group else None,
        "replacements": tuple(row.replacement.symbol for row in one.replacements.all()) or None,
        "status": trading.get(Security.Trading(one.trading), one.trading),
        "half_spread_bps": None if one.half_spread is None else one.half_spread * BPS,
        "daily_volume": one.daily_volume,
        "fractional": one.is_fractional,
        "increment": one.increment,
        "settlement_days": one.settlement_days,
        "expense_ratio": one.expense_ratio,
        "yield_ordinary": one.ordinary_yield,
        "yield_qualified": one.qualified_yield,
        "yield_exempt": one.exempt_yield,
        "yield_gain": one.realized_gain_yield,
        "collectible": one.is_collectible,
    }


def models() -> dict[str, tuple[Values, list[Values]]]:
    """The latest version of each of the firm's models: its row, and those of its members."""
    found: dict[str, tuple[Values, list[Values]]] = {}
    versions = (
        ModelVersion.objects.exclude(state=ModelVersion.State.CALLED_OFF)
        .select_related("model")
        .prefetch_related("classes__asset_class", "classes__sleeves__members__security")
        .order_by("model__code", "-version")
        .distinct("model__code")
    )
    for version in versions:
        model = version.model
        row: Values = {"model": model.code, "name": model.name, "description": model.description or None}
        found[model.code] = (row, list(_members(version)))
    return found


def _members(version: ModelVersion) -> list[Values]:
    rows: list[Values] = []
    for part in version.classes.all():
        shared: Values = {
            "model": version.model.code,
            "asset_class": part.asset_class.code,
            "class_weight": part.weight,
        }
        nothing: Mapping[str, None] = dict.fromkeys(
            ("sleeve", "sleeve_weight", "symbol", "use", "place", "rank")
        )
        if not part.sleeves.all():
            rows.append({**shared, **nothing})
        for sleeve in part.sleeves.all():
            rows.extend(
                {
                    **shared,
                    "sleeve": sleeve.name,
                    "sleeve_weight": sleeve.weight,
                    "symbol": member.security.symbol,
                    "use": member.use,
                    "place": member.place,
                    "rank": member.rank,
                }
                for member in sleeve.members.all()
            )
    return rows
