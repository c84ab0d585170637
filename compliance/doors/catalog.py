"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from compliance.doors import saved_views
from compliance.doors.door import Door, NoDoor

DOORS: tuple[Door | NoDoor, ...] = (*saved_views.DOORS,)
