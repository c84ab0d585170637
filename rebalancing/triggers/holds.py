"""Why nothing is proposed although a trigger calls for it: each hold with its figures and what ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from clients.models import Hold, Household, LifeEvent
from rebalancing.triggers import cash_due
from rebalancing.triggers.trigger import Trigger, day_text

ASKED = (*(f"hold_{kind}" for kind in Hold.Kind.values), "life_event")
"""The codes of everything that is asked before a household trades."""


@dataclass(frozen=True, slots=True)
class HoldReason:
    """One reason not to trade. `ends_on` is None where a person ends it; `because` says how."""

    code: str
    sentence: str
    ends_on: date | None
    because: str

    def as_json(self) -> dict[str, object]:
        told = asdict(self)
        told["ends_on"] = self.ends_on.isoformat() if self.ends_on else None
        return told


def find(
    household: Household, *, placed: Iterable[Hold], triggers: tuple[Trigger, ...], on: date
) -> tuple[HoldReason, ...]:
    """What holds this household back on a day; `placed` are the holds in force. A life event does not hold
    back raising cash that is due.
    """
    return (*_on_the_whole(placed), *life_events(household, triggers=triggers, on=on))


def _on_the_whole(placed: Iterable[Hold]) -> list[HoldReason]:
    """The holds on the household itself; a hold on an account or a security affects only that."""
    return [
        HoldReason(
            code=f"hold_{hold.kind}",
            sentence=f"Held until {day_text(hold.expires_on)}: {hold.reason}",
            ends_on=hold.expires_on,
            because="It ends on that day, or when it is lifted.",
        )
        for hold in placed
        if hold.account_id is None and hold.security_id is None
    ]


def life_events(household: Household, *, triggers: tuple[Trigger, ...], on: date) -> list[HoldReason]:
    """An open life event holds everything but raising cash, until the policy is approved again after it."""
    if any(trigger.code == cash_due.CODE for trigger in triggers):
        return []
    events = list(
        household.life_events.filter(resolved_on=None, cancelled_at=None, opened_on__lte=on).order_by(
            "-opened_on", "id"
        )
    )
    if not events:
        return []
    reviewed_on = household.policies.filter(state="adopted").values_list("effective_on", flat=True).first()
    return [
        HoldReason(
            code="life_event",
            sentence=(
                f"{LifeEvent.Kind(event.kind).label} on {day_text(event.opened_on)}: the policy is being "
                "reviewed for the new situation first."
            ),
            ends_on=None,
            because="It ends when a policy is adopted after that day.",
        )
        for event in events
        if reviewed_on is None or reviewed_on < event.opened_on
    ]
