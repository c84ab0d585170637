"""One reason to wait, as a scan stores it and people read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum


class Effect(StrEnum):
    """What a reason does to the day's plan."""

    HOLDS = "holds"  # Nothing is proposed.
    PARTLY = "partly"  # Something is left out of the plan, the rest goes on.
    WARNS = "warns"  # The plan is proposed, and its reviewer is told.
    OVERRIDDEN = "overridden"  # Somebody decided to trade anyway.
    ENDED = "ended"  # It held on the last day that was read, and does not any more.


class Owner(StrEnum):
    """Who can end the wait, where a person can."""

    MACHINE = "the next scan"
    ADVISOR = "the advisor"
    DESK = "the trading desk"
    COMPLIANCE = "compliance"
    REVIEWER = "the reviewer"


@dataclass(frozen=True, slots=True)
class HoldReason:
    """One reason not to trade. `ends_on` is None where no day does; `because` says what ends it, `owner` who can.

    `subject` tells apart what the same rule says of several things: an account, a lot, an event. `since` is the market
    day from which it has stood without a day between.
    """

    code: str
    sentence: str
    ends_on: date | None
    because: str
    owner: Owner = Owner.MACHINE
    figures: dict[str, str] = field(default_factory=dict)
    effect: Effect = Effect.HOLDS
    subject: str = ""
    since: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.subject

    def as_json(self) -> dict[str, object]:
        told = asdict(self)
        for day in ("ends_on", "since"):
            told[day] = told[day].isoformat() if told[day] else None
        return told
