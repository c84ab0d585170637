"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from advisory.doors import client_sign_ins, people
from compliance.doors.door import Door, NoDoor

DOORS: tuple[Door | NoDoor, ...] = (*people.DOORS, *client_sign_ins.DOORS)
