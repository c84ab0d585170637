"""How serious a finding is: PASS < WARN < OVERRIDE < BLOCK."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Severity(IntEnum):
    """Ordered, so that ``max`` of several severities is the one that counts."""

    PASS = 0
    WARN = 1
    """Acknowledged and logged; does not stop anything."""
    OVERRIDE = 2
    """Needs a named approver with the role, a reason code, free text and an expiry; never a preparer."""
    BLOCK = 3
    """Nobody may override this: correct the facts or drop the trade."""

    def __str__(self) -> str:
        return self.name


def highest(severities: Iterable[Severity]) -> Severity:
    """The most serious of ``severities``; PASS when there are none."""
    return max(severities, default=Severity.PASS)
