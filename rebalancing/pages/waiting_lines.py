"""The reasons to wait of a reading as pages show them, and what somebody has set aside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from clients import figures
from clients.models import Household
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.statements.reads import prepared
from rebalancing.models import HoldOverride, Reading
from rebalancing.waiting import overrides
from rebalancing.waiting.reason import Effect

LABELS = {
    Effect.HOLDS: ("Holds trades back", "attention"),
    Effect.PARTLY: ("Left out of the plan", "plain"),
    Effect.WARNS: ("To weigh", "attention"),
    Effect.OVERRIDDEN: ("Traded anyway", "breach"),
    Effect.ENDED: ("Ended", "order"),
}
"""What each effect is called, and its tone."""
BESIDE = "Waits for its day"
"""What a reason is called where no plan was made from which it could be left out."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One reason: what it does, its sentence, what ends it, since when and who can end it. `url`: where to set it aside."""

    label: str
    tone: str
    sentence: str
    because: str
    since: str
    owner: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class OverrideLine:
    """A decision to trade anyway that is in force, with its doors."""

    sentence: str
    doors: tuple[DoorLink, ...]


def of(reading: Reading) -> tuple[Waiting, ...]:
    """Every reason of a reading in its order. Readings made before reasons had an effect held everything back."""
    address = reverse("rebalancing:hold_override_make", args=[reading.household.public_id])
    if reading.outcome in overrides.NOTHING_TO_TRADE:
        # Nothing could be traded anyway.
        return tuple(_beside(_line(one, "")) for one in reading.holds)
    return tuple(_line(one, address) for one in reading.holds)


def _beside(line: Waiting) -> Waiting:
    label = BESIDE if line.label == LABELS[Effect.PARTLY][0] else line.label
    return replace(line, url="", label=label)


def _line(told: dict[str, Any], address: str) -> Waiting:
    effect = Effect(told.get("effect", Effect.HOLDS))
    label, tone = LABELS[effect]
    since = told.get("since")
    can_be_set_aside = told["code"] in overrides.CODES and effect in (Effect.HOLDS, Effect.PARTLY)
    return Waiting(
        label=label,
        tone=tone,
        sentence=told["sentence"],
        because=told.get("because", ""),
        since=figures.day(date.fromisoformat(since)) if since else "",
        owner=told.get("owner", ""),
        url=f"{address}?code={told['code']}" if can_be_set_aside else "",
    )


def overridden(user: Any, household: Household, *, on: date) -> tuple[OverrideLine, ...]:
    """What somebody has set aside for this household and still counts."""
    names = ("rebalancing:hold_override_change", "rebalancing:hold_override_end")
    return tuple(
        OverrideLine(
            f"{overrides.CODES.get(one.code, one.code)}: traded anyway until {figures.day(one.expires_on)}, decided by "
            f"{one.made_by.get_full_name()}. {one.reason}",
            doors.links(names, user, one),
        )
        for one in standing.rows(household.pk, on)
    )


@prepared
def standing(household: int, on: date) -> QuerySet[HoldOverride]:
    """The decisions that count on a day for a household that was looked up, the first to end first."""
    found = HoldOverride.objects.filter(
        household=household, ended_at=None, starts_on__lte=on, expires_on__gte=on
    )
    return found.select_related("household", "made_by").order_by("expires_on", "pk")
