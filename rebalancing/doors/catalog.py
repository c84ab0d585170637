"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from compliance.doors.door import Door, NoDoor
from rebalancing.doors import (
    firm,
    hold_overrides,
    households,
    merging,
    model_changes,
    tax_profiles,
)

DOORS: tuple[Door | NoDoor, ...] = (
    *firm.DOORS,
    *hold_overrides.DOORS,
    *households.DOORS,
    *merging.DOORS,
    *model_changes.DOORS,
    *tax_profiles.DOORS,
)
