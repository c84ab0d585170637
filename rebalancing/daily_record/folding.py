"""Equal days in a row folded into one stretch, so that a month reads as what changed in it. Pure; no day is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rebalancing.daily_record.codes import name_of
from rebalancing.daily_record.lines import Line, Outcome, Unread
from rebalancing.triggers.trigger import day_text

Key = tuple[str, tuple[str, ...], tuple[str, ...], bool, str]

WAITING = (Outcome.HELD, Outcome.NO_BENEFIT, Outcome.NOT_DUE, Outcome.IMPOSSIBLE, Outcome.DATA)
"""Outcomes under which a household that called for a trade had none."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row on which the same was the case; a day on which the market was closed breaks no stretch."""

    lines: tuple[Line, ...]

    @property
    def first(self) -> Line:
        """The line that speaks for the stretch: the first of a market day."""
        return next((one for one in self.lines if one.unread is not Unread.CLOSED_MARKET), self.lines[0])

    @property
    def last(self) -> Line:
        """The last line of a market day."""
        return next(
            (one for one in reversed(self.lines) if one.unread is not Unread.CLOSED_MARKET), self.first
        )

    @property
    def market_days(self) -> int:
        return sum(one.unread is not Unread.CLOSED_MARKET for one in self.lines)

    @property
    def is_waiting(self) -> bool:
        """Whether a trade was called for on these days and not made."""
        read = self.first.read
        return read is not None and read.outcome in WAITING and (read.is_outside or bool(read.triggers))

    @property
    def days(self) -> str:
        """`March 2–19, 14 market days`."""
        first, last = self.first.on, self.last.on
        if first == last:
            return day_text(first)
        until = str(last.day) if (first.year, first.month) == (last.year, last.month) else day_text(last)
        if first.year != last.year:
            return f"{day_text(first)}, {first.year}–{until}, {last.year}, {self.market_days} market days"
        return f"{day_text(first)}–{until}, {self.market_days} market days"

    @property
    def sentence(self) -> str:
        """What was the case, in one sentence."""
        line = self.first
        if line.read is None:
            assert line.unread is not None, "a day without a reading says why"
            return f"No scan read this household: {line.unread.because}."
        drifts = _drifts(self.lines)
        if line.read.outcome != Outcome.IN_BAND:
            return " ".join(filter(None, (line.sentence, drifts)))
        waits = f"What waits: {', '.join(map(name_of, line.read.holds))}." if line.read.holds else ""
        return " ".join(filter(None, ("Every class was inside its band.", waits, drifts)))


def fold(lines: Iterable[Line]) -> tuple[Stretch, ...]:
    """The stretches, in the order of the days: put together they are the lines."""
    stretches: list[list[Line]] = []
    standing: Key | None = None
    for line in lines:
        key = key_of(line)
        closed = line.unread is Unread.CLOSED_MARKET
        if stretches and (closed or standing is None or key == standing):
            stretches[-1].append(line)
        else:
            stretches.append([line])
            standing = None
        if not closed:
            standing = key
    return tuple(Stretch(tuple(one)) for one in stretches)


def key_of(line: Line) -> Key:
    """What has to be equal for days to be told as one."""
    read = line.read
    if read is None:
        return "", (), (), False, str(line.unread)
    return (
        read.outcome,
        tuple(sorted(set(read.triggers))),
        tuple(sorted(set(read.holds))),
        read.is_outside,
        "",
    )


def _drifts(lines: Iterable[Line]) -> str:
    """The range of the largest drift, and in which classes."""
    found = [(one.read.worst_drift, one.read.worst_class, one.on) for one in lines if one.read and one.read.worst_drift is not None]  # fmt: skip
    if not found:
        return ""
    sizes = [abs(drift) for drift, _, _ in found]
    names = list(dict.fromkeys(name for _, name, _ in found))
    least, most = min(sizes), max(sizes)
    size = _points(most) if _points(least) == _points(most) else f"{_points(least)}–{_points(most)}"
    where = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return f"Largest drift {size} points, in {where}."


def _points(fraction: Decimal) -> str:
    return f"{fraction * 100:.1f}"
