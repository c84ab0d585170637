"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from compliance.doors.door import Door, NoDoor
from rebalancing.doors import (
    allocations,
    approvals,
    blocks,
    breaks,
    estimated_taxes,
    firm,
    fix_sessions,
    hold_overrides,
    households,
    merging,
    model_changes,
    monitors,
    order_layouts,
    orders,
    outside_accounts,
    restatements,
    stated_gains,
    tax_profiles,
    trade_errors,
)

DOORS: tuple[Door | NoDoor, ...] = (
    *allocations.DOORS,
    *approvals.DOORS,
    *blocks.DOORS,
    *breaks.DOORS,
    *estimated_taxes.DOORS,
    *firm.DOORS,
    *fix_sessions.DOORS,
    *hold_overrides.DOORS,
    *households.DOORS,
    *merging.DOORS,
    *model_changes.DOORS,
    *outside_accounts.DOORS,
    *restatements.DOORS,
    *stated_gains.DOORS,
    *monitors.DOORS,
    *order_layouts.DOORS,
    *orders.DOORS,
    *tax_profiles.DOORS,
    *trade_errors.DOORS,
)
