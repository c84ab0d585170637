"""Makes what was planned of the firm's own sheets, through the verbs of the record: classes, securities, models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clients.custodians.kinds import SecurityKind, SecurityStatus
from clients.custodians.rows import SecurityRow
from clients.policies import model_portfolios
from clients.securities import asset_classes, securities
from clients.workbooks import menu_plans
from clients.workbooks.columns import written
from clients.workbooks.firm_plans import FirmPlan, ModelPlan
from clients.workbooks.records import Values
from clients.workbooks.steps import OPEN_FOR, REASON
from compliance.people.actors import Actor


def make_firm(plan: FirmPlan, *, by: Actor, at: datetime) -> None:
    """Do every step of the firm's own sheets; drafted models wait for a reviewer."""
    for step in plan.classes:
        values = step.values
        asset_classes.name(
            written(values["asset_class"]),
            label=written(values["name"]),
            position=int(written(values["position"])),
            by=by,
            at=at,
        )
    securities.add_or_update([_security_row(step.values) for step in plan.securities])
    for _, model in plan.models:
        _model(model, by=by, at=at)
    menu_plans.make(plan.menus, by=by, at=at)


def _security_row(values: Values) -> SecurityRow:
    figures: Mapping[str, Any] = values
    status = written(values.get("status"))
    return SecurityRow(
        symbol=written(values["symbol"]),
        name=written(values["name"]),
        kind=SecurityKind(written(values["kind"])),
        cusip=written(values.get("cusip")) or None,
        asset_class_weights=figures.get("asset_classes") or (),
        issuer=written(values.get("issuer")) or None,
        sector=written(values.get("sector")) or None,
        wash_group=written(values.get("wash_group")) or None,
        replacements=figures.get("replacements") or (),
        status=SecurityStatus(status) if status else None,
        half_spread_bps=figures.get("half_spread_bps"),
        volume_daily_average=figures.get("daily_volume"),
        fractional=figures.get("fractional"),
        increment=figures.get("increment"),
        settlement_days=figures.get("settlement_days"),
        expense_ratio=figures.get("expense_ratio"),
        yield_ordinary=figures.get("yield_ordinary"),
        yield_qualified=figures.get("yield_qualified"),
        yield_exempt=figures.get("yield_exempt"),
        yield_gain=figures.get("yield_gain"),
        collectible=figures.get("collectible"),
    )


def _model(plan: ModelPlan, *, by: Actor, at: datetime) -> None:
    version = model_portfolios.draft(
        code=plan.code, name=plan.name, description=plan.description, classes=plan.classes, by=by, at=at
    )
    model_portfolios.request_review(
        version, note=REASON, effective_on=None, expires_at=at + OPEN_FOR, by=by, at=at
    )
