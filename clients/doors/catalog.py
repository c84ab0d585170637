"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from clients.doors import files
from compliance.doors.door import Door, NoDoor

DOORS: tuple[Door | NoDoor, ...] = (*files.DOORS,)
