"""The head of everything the firm prints, from its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from compliance.firm import firm_facts, firm_settings
from compliance.firm.firm_settings import InForce


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The firm as it stands at the head: its name, further lines, address, and how to reach it."""

    name: str
    lines: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    contact: str = ""


def of(figures: InForce) -> Letterhead:
    """The letterhead of a day."""
    return Letterhead(
        name=figures.of(firm_facts.NAME),
        lines=_lines(figures.of(firm_facts.LETTERHEAD)),
        address=_lines(figures.of(firm_facts.ADDRESS)),
        contact=figures.of(firm_facts.CONTACT),
    )


def in_force(*, on: date) -> Letterhead:
    """The letterhead in force on a day."""
    return of(firm_settings.in_force(on=on))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
