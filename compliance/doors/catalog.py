"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from compliance.doors import queue_items, saved_views
from compliance.doors.door import Door, NoDoor
from compliance.doors.settings import catalog as settings

DOORS: tuple[Door | NoDoor, ...] = (*saved_views.DOORS, *queue_items.DOORS, *settings.DOORS)
