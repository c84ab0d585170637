"""When a policy asks for a look and for trades, as its terms combine: in sentences, and as the usual combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from clients.models import AssetClass, Policy

UNSAID: dict[str, Any] = {
    "due_session": 1,
    "due_day": None,
    "soft_breach": Policy.SoftBreach.AT_ONCE,
    "sleeve_bands": False,
    "on_fall": "",
    "fall_classes": "",
    "harvest_rebalances": False,
}
"""Terms that say nothing at these values. They are left out of what is signed, so that a text that was signed before they
existed keeps its fingerprint.
"""

OFTEN = {
    Policy.Look.DAILY: "every market day",
    Policy.Look.WEEKLY: "once a week",
    Policy.Look.MONTHLY: "once a month",
    Policy.Look.QUARTERLY: "once a quarter",
    Policy.Look.SEMIANNUAL: "twice a year",
    Policy.Look.ANNUAL: "once a year",
    Policy.Look.ANNIVERSARY: "once a year, on the anniversary of the day this policy took effect",
}
WHOLE_PERIODS = frozenset(
    {Policy.Look.MONTHLY, Policy.Look.QUARTERLY, Policy.Look.SEMIANNUAL, Policy.Look.ANNUAL}
)
"""Periods that begin with a month, and so can begin later in it."""

OWN = "own"
"""What the editor starts from, so that changing one of the fields is never undone."""
MANNERS = (
    (OWN, "As the two fields below say."),
    (
        "bands",
        "Bands, every market day. A class that leaves its band is traded back; the calendar asks for nothing.",
    ),
    (
        "quarterly_bands",
        "Look quarterly, trade only outside bands. Once a quarter every class is compared with its band. One outside is "
        "traded back; where all are inside, nothing is traded until the next quarter.",
    ),
    (
        "bands_and_calendar",
        "Bands every market day, and once a year in any case. The first look of each year brings the classes back toward "
        "their targets, inside their bands or not.",
    ),
    (
        "calendar",
        "Quarterly by the calendar. Once a quarter the classes are brought back toward their targets, inside their bands "
        "or not; between two quarters nobody looks.",
    ),
)
"""The usual combinations of look and calendar, and what each means."""
_MANNERS: dict[str, tuple[str, str]] = {
    "bands": (Policy.Look.DAILY, ""),
    "quarterly_bands": (Policy.Look.QUARTERLY, ""),
    "bands_and_calendar": (Policy.Look.DAILY, Policy.Look.ANNUAL),
    "calendar": (Policy.Look.QUARTERLY, Policy.Look.QUARTERLY),
}


def without_the_unsaid(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms without those that say nothing."""
    return {name: value for name, value in terms.items() if name not in UNSAID or value != UNSAID[name]}


def of_manner(manner: str) -> dict[str, str]:
    """The two columns of a usual combination; none of an own one."""
    if manner not in _MANNERS:
        return {}
    look, calendar = _MANNERS[manner]
    return {"look": look, "calendar": calendar}


def codes(text: str | None) -> tuple[str, ...]:
    """Codes of classes from their column."""
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def classes_in_words(text: str | None) -> str:
    """Their names; a code that is not on record stays a code."""
    wanted = codes(text)
    names = dict(AssetClass.objects.filter(code__in=wanted).values_list("code", "name"))
    return ", ".join(names.get(one, one) for one in wanted)


def begins(session: int, day: int | None) -> str:
    """Where in its month a period begins."""
    if day is not None:
        return f"on the {ordinal(day)} of its first month or the next market day"
    return f"on the {ordinal(session)} market day of its first month"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    teens = 10 < number % 100 < 14
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


SAYINGS: dict[str, Callable[[Any], str]] = {
    "due_session": lambda value: f"the {ordinal(int(value))} of its month",
    "due_day": lambda value: f"the {ordinal(int(value))}, or the next market day",
    "fall_classes": classes_in_words,
}
"""Terms that are said in a way of their own."""


def has_hard_range(policy: Policy) -> bool:
    """Whether a class of the policy has a range of its own beyond its band."""
    return policy.targets.exclude(Q(hard_lower=None) & Q(hard_upper=None)).exists()


def sentence(terms: Mapping[str, Any], *, is_hard: bool) -> str:
    """The combination that a policy has, as the client reads it; `is_hard`: some class has a hard range."""
    given = {**UNSAID, **terms}
    look = Policy.Look(given.get("look") or Policy.Look.DAILY)
    calendar = Policy.Look(given["calendar"]) if given.get("calendar") else None
    said = [f"We compare each class with its band {OFTEN[look]}{_begins(given, look)}."]
    if given["soft_breach"] == Policy.SoftBreach.WAITS:
        waits = "A class outside its band waits for a scheduled look, or until money comes in or is due"
        said.append(f"{waits}{'; outside its hard range it is traded at once' if is_hard else ''}.")
    else:
        said.append(
            "A class outside its band is traded back at that look; inside the bands we leave it alone."
        )
    if given["sleeve_bands"]:
        said.append("The parts of a class have bands as well, in proportion to the class's.")
    if calendar is not None:
        said.append(
            f"We also rebalance {OFTEN[calendar]}{_begins(given, calendar)}, inside the bands or not."
        )
    if given["on_fall"] == Policy.OnFall.HARVEST:
        said.append(
            "After a sharp fall of the market we look between, for losses worth taking and nothing else."
        )
    elif given["on_fall"] == Policy.OnFall.CLASSES:
        named = classes_in_words(given["fall_classes"]) or "the classes named"
        said.append(f"After a sharp fall of the market we look between, at {named} and nothing else.")
    said.append(
        "Money that is due does not wait for a look. A change of this policy, its model, a restriction or a security that "
        "concerns you brings a look of its own."
    )
    return " ".join(said)


def _begins(given: Mapping[str, Any], look: Policy.Look) -> str:
    if look not in WHOLE_PERIODS or (given["due_session"] == 1 and given["due_day"] is None):
        return ""
    return f", {begins(given['due_session'], given['due_day'])}"


def anniversary(effective_on: date, year: int) -> date:
    """The day of a year on which a policy's anniversary falls; February 29 is kept on February 28 of a common year."""
    try:
        return effective_on.replace(year=year)
    except ValueError:
        return effective_on.replace(year=year, day=28)
