"""Which of the firm's promises are broken, each in a sentence with its figures. Pure.

A promise is a setting of the firm: a scan by a time, a decision within days, no household unmeasured for longer, each tax
profile on record by a month of the year. What is broken is listed until it is made good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from clients import figures
from compliance.rules.policy_review import months_after
from rebalancing import market_days


class Promise(StrEnum):
    """What the firm promises; the weightiest first."""

    SCAN = "scan"
    MEASURED = "measured"
    REVIEW = "review"
    PROFILE = "profile"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Promise.SCAN: "Daily scan",
    Promise.MEASURED: "Every household measured",
    Promise.REVIEW: "Review",
    Promise.PROFILE: "Tax profile confirmed",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """One promise that is not kept. `due_on` is the day by which it should have been; `about` names the thing by its
    public id, `household` the household whose data the sentence tells.
    """

    promise: Promise
    sentence: str
    due_on: date
    about: str = ""
    household: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The last market day whose scan should be complete, and when it was; None: not yet."""

    market_on: date
    promised_at: datetime
    completed_at: datetime | None
    run: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a decision."""

    review: str
    title: str
    requested_at: datetime
    household: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A household, the day since which it is on record, and the last market day at which it was measured; None: never."""

    household: str
    name: str
    known_on: date
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A tax unit without a profile of the year."""

    household: str
    household_name: str
    name: str


def scan(found: Scanned | None) -> Iterator[Broken]:
    """The day's scan is complete by the time promised."""
    if found is None or (found.completed_at is not None and found.completed_at <= found.promised_at):
        return
    day, promised = figures.day(found.market_on), figures.moment(found.promised_at)
    ended = (
        f"It was complete on {figures.moment(found.completed_at)}."
        if found.completed_at
        else "It is not complete."
    )
    yield Broken(
        Promise.SCAN,
        f"The scan of {day} was promised by {promised}. {ended}",
        market_days.new_york_date(found.promised_at),
        about=found.run,
    )


def reviews(waiting: Iterable[Waiting], *, days: int, at: datetime) -> Iterator[Broken]:
    """Whatever is submitted for review is decided within so many days."""
    for one in waiting:
        due_at = one.requested_at + timedelta(days=days)
        if at > due_at:
            yield Broken(
                Promise.REVIEW,
                f"{one.title} waits for a decision since {figures.moment(one.requested_at)}, longer than {_count(days, 'day')}.",
                market_days.new_york_date(due_at),
                about=one.review,
                household=one.household,
            )


def measured(households: Iterable[Measured], *, days: int, on: date) -> Iterator[Broken]:
    """No household goes longer than so many days without being measured."""
    for one in households:
        due_on = (one.last_on or one.known_on) + timedelta(days=days)
        if on > due_on:
            last = (
                f"was last measured at the prices of {figures.day(one.last_on)}"
                if one.last_on
                else "was never measured"
            )
            yield Broken(
                Promise.MEASURED,
                f"{one.name} {last}; at most {_count(days, 'day')} are promised.",
                due_on,
                about=one.household,
                household=one.household,
            )


def profiles(units: Iterable[Unconfirmed], *, months: int, on: date) -> Iterator[Broken]:
    """Each tax unit's profile of the year is on record so many months into it."""
    due_on = months_after(date(on.year, 1, 1), months)
    if on < due_on:
        return
    for one in units:
        yield Broken(
            Promise.PROFILE,
            f"The tax profile of {one.name} for {on.year} is not on record; it was promised by {figures.day(due_on)}.",
            due_on,
            about=one.household,
            household=one.household,
        )


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
