"""The line of a day: what the scan of that day made of a household, or why no scan read it. Pure.

A day without a reading is not a gap in the record: it has a line that gives the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from rebalancing.models import Reading, ScanRun
from rebalancing.triggers.trigger import day_text

Outcome = Reading.Outcome


class Unread(StrEnum):
    """Why no scan read the household on a day."""

    CLOSED_MARKET = "closed_market"
    NOT_OPENED = "not_opened"
    NO_LONGER = "no_longer"
    BEFORE_SCANS = "before_scans"
    NOT_A_SCAN_DAY = "not_a_scan_day"
    NO_PRICES = "no_prices"
    NOT_YET = "not_yet"
    RUNNING = "running"
    CANCELLED = "cancelled"
    LEFT_OUT = "left_out"
    NO_SCAN = "no_scan"

    @property
    def because(self) -> str:
        return _BECAUSE[self]

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_a_gap(self) -> bool:
        """Whether the household should have been read on that day."""
        return self in (Unread.NO_PRICES, Unread.CANCELLED, Unread.LEFT_OUT, Unread.NO_SCAN)


_BECAUSE = {
    Unread.CLOSED_MARKET: "the market was closed",
    Unread.NOT_OPENED: "it was not yet a household of the firm",
    Unread.NO_LONGER: "it was no longer a household of the firm",
    Unread.BEFORE_SCANS: "the firm had not begun to scan",
    Unread.NOT_A_SCAN_DAY: "the firm does not scan on this day of the week",
    Unread.NO_PRICES: "no closing prices of that day are on record",
    Unread.NOT_YET: "the scan of that day is still to come",
    Unread.RUNNING: "the scan of that day has not reached it yet",
    Unread.CANCELLED: "the scan of that day was cancelled",
    Unread.LEFT_OUT: "the scan of that day did not include it",
    Unread.NO_SCAN: "no scan was started",
}
_LABELS = {
    Unread.CLOSED_MARKET: "Market closed",
    Unread.NOT_OPENED: "Not yet a household",
    Unread.NO_LONGER: "No longer a household",
    Unread.BEFORE_SCANS: "Before the first scan",
    Unread.NOT_A_SCAN_DAY: "Not a scan day",
    Unread.NO_PRICES: "No prices",
    Unread.NOT_YET: "Scan still to come",
    Unread.RUNNING: "Scan is running",
    Unread.CANCELLED: "Scan cancelled",
    Unread.LEFT_OUT: "Not in the scan",
    Unread.NO_SCAN: "No scan",
}


@dataclass(frozen=True, slots=True)
class ClassStood:
    """Where one class stood: dollars, and fractions of one."""

    asset_class: str
    name: str
    value: Decimal
    weight: Decimal
    target: Decimal
    lower: Decimal
    upper: Decimal
    is_outside: bool

    @property
    def drift(self) -> Decimal:
        return self.weight - self.target


@dataclass(frozen=True, slots=True)
class Read:
    """What one reading says. `triggers` and `holds` are codes, `classes` the household's, None values not measured."""

    reading: str
    outcome: str
    reason: str
    read_at: datetime
    triggers: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    worst_class: str = ""
    worst_drift: Decimal | None = None
    outside_value: Decimal | None = None
    investable: Decimal | None = None
    classes: tuple[ClassStood, ...] = ()

    @property
    def label(self) -> str:
        return str(Outcome(self.outcome).label)

    @property
    def is_outside(self) -> bool:
        return bool(self.outside_value) or any(one.is_outside for one in self.classes)


@dataclass(frozen=True, slots=True)
class Line:
    """The record of one day: `read` is what speaks for it; where that is None, `unread` says why."""

    on: date
    read: Read | None = None
    unread: Unread | None = None
    readings: int = 0

    @property
    def label(self) -> str:
        if self.read is not None:
            return self.read.label
        assert self.unread is not None, "a day without a reading says why"
        return self.unread.label

    @property
    def sentence(self) -> str:
        """What happened, in words a client could read."""
        if self.read is not None:
            return self.read.reason
        assert self.unread is not None, "a day without a reading says why"
        return f"No scan read this household on {day_text(self.on)}: {self.unread.because}."


@dataclass(frozen=True, slots=True)
class RunOfDay:
    """A scan of a day, so far as it says why a household was not read."""

    market_on: date
    state: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of the days themselves. `sessions` are the market days among them; `scan_days` those on which the
    firm scans; `startable` those whose scan may have started by now; `priced` those with closing prices;
    `first_scan_on` the day of the firm's first scan, None: there was none.
    """

    sessions: frozenset[date]
    scan_days: frozenset[date]
    startable: frozenset[date]
    priced: frozenset[date]
    first_scan_on: date | None


def of_days(
    days: Iterable[date],
    *,
    opened_on: date,
    closed_on: date | None,
    read: Mapping[date, Sequence[Read]],
    runs: Iterable[RunOfDay],
    calendar: Calendar,
) -> tuple[Line, ...]:
    """Exactly one line for each day, in the order of the days."""
    states: dict[date, set[str]] = {}
    for run in runs:
        states.setdefault(run.market_on, set()).add(run.state)
    return tuple(
        Line(on, speaking(found), readings=len(found))
        if (found := read.get(on))
        else Line(
            on,
            unread=_why_not(
                on, opened_on=opened_on, closed_on=closed_on, states=states.get(on, set()), calendar=calendar
            ),
        )
        for on in days
    )


def speaking(found: Sequence[Read]) -> Read:
    """The reading that speaks for its day: the one that proposed, else the last that was not a failure."""
    proposed = [one for one in found if one.outcome == Outcome.PROPOSED]
    whole = [one for one in found if one.outcome != Outcome.FAILED]
    return max(proposed or whole or found, key=lambda one: (one.read_at, one.reading))


def _why_not(
    on: date, *, opened_on: date, closed_on: date | None, states: Collection[str], calendar: Calendar
) -> Unread:
    if on not in calendar.sessions:
        return Unread.CLOSED_MARKET
    if on < opened_on:
        return Unread.NOT_OPENED
    if closed_on is not None and on >= closed_on:
        return Unread.NO_LONGER
    if states:
        if ScanRun.State.RUNNING in states:
            return Unread.RUNNING
        return Unread.LEFT_OUT if ScanRun.State.COMPLETED in states else Unread.CANCELLED
    if calendar.first_scan_on is None or on < calendar.first_scan_on:
        return Unread.BEFORE_SCANS
    if on not in calendar.scan_days:
        return Unread.NOT_A_SCAN_DAY
    if on not in calendar.startable:
        return Unread.NOT_YET
    return Unread.NO_SCAN if on in calendar.priced else Unread.NO_PRICES
