"""A household's timeline: why something happened, and why nothing did, on every market day of a span."""

from __future__ import annotations

import calendar as months_of
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from clients import figures
from clients.models import Household
from compliance.refusals import BadInput
from rebalancing import access
from rebalancing.daily_record import facts, folding
from rebalancing.daily_record.folding import Stretch
from rebalancing.daily_record.lines import Line, Outcome, Unread
from rebalancing.daily_record.waiting_cost import Estimate
from rebalancing.models import Reading
from rebalancing.pages.timeline import strip
from rebalancing.pages.timeline.strip import Key, Month

DAYS_MAX = 400
DAYS_USUAL = 62
MONTHS_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One stretch of equal days. `waited` is for staff only; `url` leads to its first day."""

    days: str
    tone: str
    outcome: str
    label: str
    sentence: str
    because: tuple[str, ...]
    url: str
    proposal_url: str
    waited: Estimate | None


@dataclass(frozen=True, slots=True)
class MonthLink:
    label: str
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class TimelinePage:
    household: Household
    heading: str
    answer: str
    first_on: date
    last_on: date
    latest_on: date
    months: tuple[Month, ...]
    legend: tuple[Key, ...]
    rows: tuple[Row, ...]
    offered: tuple[MonthLink, ...]
    list_url: str


def span_asked(since: str, until: str, *, at: datetime) -> tuple[date, date]:
    """The days an address asks for; without any, the last two months. Raises `BadInput` for days that are none."""
    latest = facts.last_day(at)
    try:
        last_on = min(date.fromisoformat(until) if until else latest, latest)
        first_on = date.fromisoformat(since) if since else last_on - timedelta(days=DAYS_USUAL)
    except ValueError:
        raise BadInput("These are no days.", "Write them as 2026-03-31.") from None
    if first_on > last_on:
        raise BadInput("The last day is before the first, or still to come.", "Choose an earlier first day.")
    if (last_on - first_on).days > DAYS_MAX:
        raise BadInput(f"At most {DAYS_MAX} days are shown at once.", "Choose a shorter span.")
    return first_on, last_on


def show(user: Any, household: Household, *, first_on: date, last_on: date, at: datetime) -> TimelinePage:
    """The page for a member of staff."""
    lines = facts.of(access.readings_for(user), household, first_on=first_on, last_on=last_on, at=at)
    stretches = folding.fold(lines)
    readings = _readings(user, household, stretches)
    return TimelinePage(
        household=household,
        heading=_heading(household, lines, first_on, last_on),
        answer=answer(lines),
        first_on=first_on,
        last_on=last_on,
        latest_on=facts.last_day(at),
        months=strip.months(household, lines),
        legend=strip.legend(lines),
        rows=tuple(_row(household, one, readings, at=at) for one in reversed(stretches)),
        offered=_offered(household, first_on, last_on, at=at),
        list_url=f"{reverse('rebalancing:record')}?household={household.public_id}&since={first_on}&until={last_on}",
    )


def answer(lines: Sequence[Line]) -> str:
    """The days counted by what was the case, in one sentence."""
    market = [line for line in lines if line.unread is not Unread.CLOSED_MARKET]
    if not market:
        return "No market day lies in this span."
    counts = Counter(line.label for line in market)
    told = ", ".join(f"{label[0].lower()}{label[1:]} on {count}" for label, count in counts.most_common())
    return f"Of {figures.counted(len(market), 'market day')}: {told}."


def _heading(household: Household, lines: Sequence[Line], first_on: date, last_on: date) -> str:
    proposed = sum(1 for line in lines if line.read and line.read.outcome == Outcome.PROPOSED)
    when = _when(first_on, last_on)
    if proposed:
        return f"{household.name} {when}: {figures.counted(proposed, 'proposal')}"
    if any(line.read and line.read.outcome == Outcome.PENDING for line in lines):
        return f"{household.name} {when}: a proposal was open"
    return f"{household.name} {when}: why nothing was proposed"


def _when(first_on: date, last_on: date) -> str:
    last_of_month = months_of.monthrange(first_on.year, first_on.month)[1]
    is_month = (first_on.year, first_on.month) == (last_on.year, last_on.month) and first_on.day == 1
    if is_month and last_on.day >= last_of_month - 3:
        return f"in {first_on:%B %Y}"
    return f"from {figures.day(first_on)} to {figures.day(last_on)}"


def _readings(user: Any, household: Household, stretches: Sequence[Stretch]) -> Mapping[str, Reading]:
    """The readings that speak for the stretches, by id; one query."""
    told = [one.first.read.reading for one in stretches if one.first.read is not None]
    found = access.readings_for(user).filter(household=household, public_id__in=told)
    return {one.public_id: one for one in found.select_related("proposal")}


def _row(household: Household, stretch: Stretch, readings: Mapping[str, Reading], *, at: datetime) -> Row:
    line = stretch.first
    reading = readings.get(line.read.reading) if line.read else None
    proposal = getattr(reading, "proposal", None) if reading else None
    said = _said(reading, stretch.sentence) if reading else ()
    return Row(
        days=stretch.days,
        tone=strip.tone(line),
        outcome=strip.state(line),
        label=line.label,
        sentence=stretch.sentence,
        because=tuple(dict.fromkeys(said)),
        url=strip.day_url(household, line.on),
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]) if proposal else "",
        waited=facts.waited(household, stretch, until_on=min(stretch.last.on, facts.last_day(at))),
    )


def _said(reading: Reading, sentence: str) -> Iterator[str]:
    """What held back, was left out or has ended, with what ends it, and what called. What stands in the row's sentence is
    not told twice.
    """
    for one in (*reading.holds, *reading.triggers):
        parts = (str(one["sentence"]), str(one.get("because") or ""))
        if told := " ".join(part for part in parts if part and part not in sentence):
            yield told


def _offered(household: Household, first_on: date, last_on: date, *, at: datetime) -> tuple[MonthLink, ...]:
    """The last months as links, the latest first, back to the month in which the household was opened."""
    latest = facts.last_day(at)
    address = reverse("clients:household_timeline", args=[household.public_id])
    found: list[MonthLink] = []
    month = latest.replace(day=1)
    while len(found) < MONTHS_OFFERED and month >= household.opened_on.replace(day=1):
        end = month.replace(day=months_of.monthrange(month.year, month.month)[1])
        found.append(
            MonthLink(
                label=f"{month:%B %Y}",
                url=f"{address}?since={month.isoformat()}&until={end.isoformat()}",
                is_on=first_on == month and last_on == min(end, latest),
            )
        )
        month = (month - timedelta(days=1)).replace(day=1)
    return tuple(found)
