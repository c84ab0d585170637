"""The calendar strip: one cell for each weekday, month by month, toned by what the scan of the day made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.urls import reverse

from clients import figures
from clients.models import Household
from rebalancing.daily_record import facts
from rebalancing.daily_record.lines import Line, Unread
from rebalancing.models import Reading
from rebalancing.pages.lists.readings import STATES

Outcome = Reading.Outcome

TONES = {
    Outcome.IN_BAND: "order",
    Outcome.PROPOSED: "action",
    Outcome.PENDING: "plain",
    Outcome.HELD: "attention",
    Outcome.DATA: "attention",
    Outcome.NO_POLICY: "attention",
    Outcome.NOT_DUE: "quiet",
    Outcome.NO_BENEFIT: "plain",
    Outcome.IMPOSSIBLE: "breach",
    Outcome.FAILED: "breach",
}
"""The tone of a day by its outcome. The word is always there too."""
GAP, EMPTY, CLOSED = "gap", "empty", "closed"


@dataclass(frozen=True, slots=True)
class Cell:
    """One weekday; `url` is empty where there is nothing to see. None in a week: the month begins or ends there."""

    on: date
    tone: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the strip in weeks of five days."""

    label: str
    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend."""

    tone: str
    words: str


def tone(line: Line) -> str:
    """How a line's cell is drawn."""
    if line.read is not None:
        return TONES[Outcome(line.read.outcome)]
    assert line.unread is not None, "a day without a reading says why"
    if line.unread is Unread.CLOSED_MARKET:
        return CLOSED
    return GAP if line.unread.is_a_gap else EMPTY


def state(line: Line) -> str:
    """The chip of a line, named as on every other page."""
    if line.read is not None:
        return STATES[Outcome(line.read.outcome)]
    return "failed" if tone(line) == GAP else "skipped"


def months(household: Household, lines: Sequence[Line]) -> tuple[Month, ...]:
    """The strip of these days, the oldest month first."""
    return tuple(
        Month(f"{date(year, month, 1):%B %Y}", _weeks(household, list(group)))
        for (year, month), group in groupby(lines, key=lambda one: (one.on.year, one.on.month))
    )


def legend(lines: Sequence[Line]) -> tuple[Key, ...]:
    """What the tones on these days mean, each word once."""
    found = {line.label: tone(line) for line in lines if line.unread is not Unread.NOT_OPENED}
    return tuple(Key(shown, words) for words, shown in found.items())


def day_url(household: Household, on: date) -> str:
    return reverse("clients:household_day", args=[household.public_id, on.isoformat()])


def _weeks(household: Household, lines: Sequence[Line]) -> tuple[tuple[Cell | None, ...], ...]:
    weeks: list[list[Cell | None]] = []
    for line in lines:
        if not weeks or line.on.weekday() == 0:
            weeks.append([None] * facts.WEEKDAYS)
        weeks[-1][line.on.weekday()] = Cell(
            on=line.on,
            tone=tone(line),
            words=f"{figures.day(line.on)}: {line.label}",
            url=day_url(household, line.on) if line.unread is not Unread.CLOSED_MARKET else "",
        )
    return tuple(tuple(week) for week in weeks)
