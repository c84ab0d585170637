"""A small firm on a quiet Sunday: its people, one household that sits inside its bands, and a clock that waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from clients.households import households
from clients.models import Household, Person
from rebalancing import tasks
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household
from tests.journeys.custody import august
from tests.journeys.visitor import Visitor


class Clock:
    """The product's clock, held still until a story moves on."""

    def __init__(self, set_clock: Callable[[datetime], None]) -> None:
        self._set_clock = set_clock
        self.at = SUNDAY_NOON

    @property
    def at(self) -> datetime:
        """What time it is in the story."""
        return self._at

    @at.setter
    def at(self, moment: datetime) -> None:
        self._at = moment
        self._set_clock(moment)


@pytest.fixture
def the_clock(set_clock: Callable[[datetime], None]) -> Clock:
    """It is Sunday noon, and stays so until a story says otherwise."""
    return Clock(set_clock)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens to the bell; the work waits in its rows until a story does it."""
    monkeypatch.setattr(tasks.work_scans, "apply_async", lambda **_: None)


@dataclass(frozen=True, slots=True)
class Firm:
    """Who is there. Each is at their own browser."""

    household: Household
    clock: Clock
    people: dict[str, Any]
    ana: Visitor
    rui: Visitor
    tom: Visitor
    cora: Visitor
    carl: Visitor

    def person(self, name: str) -> Any:
        """The user of this name, to sign in with another browser."""
        return self.people[name]

    def a_scan_at(self, at: datetime) -> None:
        """The timetable ticks, and a worker reads what is waiting."""
        self.clock.at = at
        tasks.tick()
        tasks.work_scans()


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """Since August the Millers' portfolio lies where their policy wants it."""
    return a_firm(the_clock)


def a_firm(held: Clock, **terms: Any) -> Firm:
    """Ana advises the Millers, Rui reviews, Tom trades, Cora audits, and Carl is the client."""
    people = {
        "ana": cast.ana(),
        "rui": cast.rui(),
        "tom": cast.tom(),
        "cora": cast.cora(),
        "carl": cast.carl(),
    }
    household = a_managed_household(
        advisor=people["ana"],
        reviewer=people["rui"],
        content=august(),
        # Back to target in one go.
        **{"destination_taxable": "target", **terms},
    )
    households.grant_sign_in(
        household.people.get(),
        user=people["carl"],
        may_see=Person.MaySee.HOUSEHOLD,
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    return Firm(
        household=household,
        clock=held,
        people=people,
        **{name: Visitor(person) for name, person in people.items()},
    )
