"""The days on which a client's portfolio was looked at, and why nothing was done: in words that say nothing of the desk.

Reasons that people wrote for a hold, triggers and estimates stay in the house; a client reads only these sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from clients.models import Household
from rebalancing.daily_record import facts
from rebalancing.daily_record.folding import Stretch
from rebalancing.daily_record.lines import Line, Outcome, Unread
from rebalancing.models import Reading

DAYS = 91
NOT_LOOKED = "We did not look at your portfolio."
WORDS = {
    Outcome.IN_BAND: "Every part of your portfolio was inside the range agreed in your policy, so nothing was traded.",
    Outcome.PROPOSED: "A change was worked out.",
    Outcome.PENDING: "A change that had been worked out was under way.",
    Outcome.HELD: "A change was called for, and we put it off on purpose. Your advisor can tell you why.",
    Outcome.DATA: "We were checking the data of your accounts and did not trade.",
    Outcome.NO_POLICY: "No investment policy was in force yet, so nothing was traded.",
    Outcome.NOT_DUE: "Your policy was not yet due for its next review, so nothing was traded.",
    Outcome.NO_BENEFIT: "A change would have brought less than it costs, so nothing was traded.",
    Outcome.IMPOSSIBLE: "No change was found that keeps every rule of your policy, so nothing was traded. Your advisor looks into it.",
    Outcome.FAILED: NOT_LOOKED,
}
QUIET = (Unread.CLOSED_MARKET, Unread.NOT_OPENED, Unread.BEFORE_SCANS, Unread.NO_LONGER, Unread.NOT_YET)
"""Days of which there is nothing to say to a client."""


@dataclass(frozen=True, slots=True)
class DaysRow:
    """Days in a row, and what was the case on them."""

    days: str
    sentence: str


def rows(household: Household, *, at: datetime) -> tuple[DaysRow, ...]:
    """The last quarter, the newest days first."""
    last_on = facts.last_day(at)
    lines = facts.of(
        Reading.objects.all(), household, first_on=last_on - timedelta(days=DAYS), last_on=last_on, at=at
    )
    return tuple(reversed(list(_rows([one for one in lines if one.unread not in QUIET]))))


def _rows(lines: Sequence[Line]) -> Iterator[DaysRow]:
    for words, group in groupby(lines, key=words_of):
        yield DaysRow(Stretch(tuple(group)).days, words)


def words_of(line: Line) -> str:
    """What a client reads about a day."""
    return WORDS[Outcome(line.read.outcome)] if line.read is not None else NOT_LOOKED
