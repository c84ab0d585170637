"""One reason to act, as the scan stores it and people read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Trigger:
    """One reason to act, with its figures. `code` is stable; the sentence is for people."""

    code: str
    sentence: str
    figures: dict[str, str]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def day_text(day: date | None) -> str:
    """`December 10`, with the year only where it is not obvious from the context of a scan."""
    return f"{day:%B} {day.day}" if day else "an unknown day"
