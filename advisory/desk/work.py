"""The list of work that a home opens with: what is to do, for whom, since when, by when, and the link that does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from clients import figures
from compliance.clock import EASTERN

ROWS_MAX = 25
OF_A_KIND_MAX = 8
TONES = ("breach", "attention", "")
"""What is late or stands still; what is to do; what waits for somebody else. Listed in this order."""


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do. `link` is the one action and leads to `url`; `tone` is one of TONES."""

    what: str
    whom: str
    link: str
    url: str
    why: str = ""
    since: date | datetime | None = None
    due: date | datetime | None = None
    tone: str = "attention"
    age: str = ""
    due_words: str = ""
    is_late: bool = False


def listed(rows: Iterable[Work], *, at: datetime, most: int = ROWS_MAX) -> tuple[Work, ...]:
    """The rows with their ages, the most urgent first: what is late, then what is due soonest, then the oldest."""
    told = [_told(row, at=at) for row in rows]
    return tuple(sorted(told, key=_urgency)[:most])


def at_most(rows: Sequence[Work], more: str, url: str, *, most: int = OF_A_KIND_MAX) -> tuple[Work, ...]:
    """The first of many things of one kind, and one row that leads to the rest."""
    if len(rows) <= most:
        return tuple(rows)
    left = len(rows) - most
    rest = replace(rows[most], what=f"{left} more {more}", whom="", link="See them all", url=url, why="")
    return (*rows[:most], rest)


def counted(count: int, one: str, many: str) -> str:
    """A count with its word."""
    return f"{count} {one if count == 1 else many}"


def _told(row: Work, *, at: datetime) -> Work:
    today = at.astimezone(EASTERN).date()
    is_late = row.due is not None and (at >= row.due if isinstance(row.due, datetime) else today > row.due)
    return replace(
        row,
        age=age(row.since, at=at) if row.since is not None else "",
        due_words="" if row.due is None else _when(row.due),
        is_late=is_late,
        tone="breach" if is_late and row.tone else row.tone,
    )


def age(since: date | datetime, *, at: datetime) -> str:
    """How old something is, in days."""
    days = (at.astimezone(EASTERN).date() - _day(since)).days
    return "today" if days <= 0 else counted(days, "day", "days")


def _when(due: date | datetime) -> str:
    return figures.moment(due) if isinstance(due, datetime) else figures.day(due)


def _day(moment: date | datetime) -> date:
    return moment.astimezone(EASTERN).date() if isinstance(moment, datetime) else moment


def _urgency(row: Work) -> tuple[int, date, date]:
    return (
        TONES.index(row.tone),
        _day(row.due) if row.due is not None else date.max,
        _day(row.since) if row.since is not None else date.max,
    )
