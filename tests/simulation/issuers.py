"""What issuers do to their securities, drawn from a seed, and what the firm hears of it and when: in time, late, wrong, or only from
a custodian's file.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP
from decimal import Decimal as D

from rebalancing.engine.market.calendars import new_york

KINDS = ("split", "spin_off", "cash_merger", "symbol_change", "reverse_split")
FIRST, EVERY, AHEAD = 8, 9, 6
"""Sessions: before the first action takes effect, between two of them, and from the drawing of one to its day."""
MILLIONTH = D("0.000001")
RATIOS = ((2, 1), (3, 1), (3, 2))
REVERSE_RATIOS = ((1, 2), (1, 3), (1, 10))


@dataclass(frozen=True)
class Event:
    """One action. `new` shares come for, or beside, `old` ones; `lieu` is dollars for a whole share where fractions are paid.

    The firm hears of it on `told_on`, or only from what custodians send; two people agree to it on `agreed_on`, or as soon as it
    is on record. `is_misread`: its ratio is put on record wrong at first.
    """

    number: int
    kind: str
    security: str
    on: date
    agreed_on: date
    told_on: date | None = None
    new: int = 1
    old: int = 1
    other: str = ""
    basis_share: D = D(0)
    cash: D = D(0)
    lieu: D | None = None
    new_symbol: str = ""
    is_misread: bool = False

    @property
    def is_split(self) -> bool:
        return self.kind in ("split", "reverse_split")

    @property
    def names(self) -> tuple[str, ...]:
        return (self.security, self.other) if self.other else (self.security,)

    @property
    def words(self) -> str:
        told = f"told on {self.told_on}" if self.told_on else "nobody is told"
        misread = ", misread" if self.is_misread else ""
        return f"{self.kind} of {self.security} {self.new}:{self.old} on {self.on}, {told}, agreed on {self.agreed_on}{misread}"

    def whole(self, shares: D) -> D:
        """What so many shares of an account become, or bring, before a fraction is paid."""
        return (shares * self.new / self.old).quantize(MILLIONTH, ROUND_HALF_UP)

    def fraction(self, shares: D) -> D:
        return D(0) if self.lieu is None else shares - shares.quantize(D(1), ROUND_DOWN)

    def after(self, held: Mapping[str, D]) -> dict[str, D]:
        """The shares of an account after it, by security."""
        found = dict(held)
        shares = found.get(self.security, D(0))
        whole = self.whole(shares)
        if self.is_split:
            found[self.security] = whole - self.fraction(whole)
        elif self.kind == "spin_off":
            found[self.other] = found.get(self.other, D(0)) + whole - self.fraction(whole)
        elif self.kind == "cash_merger":
            found[self.security] = D(0)
        return {name: count for name, count in found.items() if count}


class Issuers:
    """Who decides what becomes of their securities. `events` are all that were drawn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.events: list[Event] = []
        self._lived = 0
        self._renamed = 0

    def on(self, day: date) -> list[Event]:
        """What takes effect on a day."""
        return [event for event in self.events if event.on == day]

    def passes(self, day: date, closes: Mapping[str, D]) -> None:
        """One more session begins: now and then something is decided that takes effect some sessions later."""
        if (self._lived + AHEAD - FIRST) % EVERY == 0:
            self.events.append(self._drawn(day, closes))
        self._lived += 1

    def _drawn(self, day: date, closes: Mapping[str, D]) -> Event:
        number = len(self.events)
        chance = random.Random(f"{self._seed}/issuers/{number}")
        cycle = list(KINDS)
        random.Random(f"{self._seed}/issuers/cycle/{number // len(KINDS)}").shuffle(cycle)
        # A merger takes what was spun off before it.
        one, other = sorted((cycle.index("spin_off"), cycle.index("cash_merger")))
        cycle[one], cycle[other] = "spin_off", "cash_merger"
        kind = cycle[number % len(KINDS)]
        on = _sessions_after(day, AHEAD)
        event = Event(
            number, kind, "ZUS", on,
            agreed_on=_sessions_after(day, AHEAD + chance.randrange(-3, 3)),
            told_on=_sessions_after(day, chance.randrange(0, 3)),
        )  # fmt: skip
        standing = sorted(set(closes) - {"ZUS", "ZUB", "ZBD"})
        if kind == "cash_merger" and standing:
            target = standing[-1]
            return replace(event, security=target, cash=(closes[target] * D("1.05")).quantize(D("0.01")))
        if kind == "spin_off":
            new, old = chance.choice(((1, 4), (1, 10), (1, 1)))
            event = replace(
                event, new=new, old=old, other=f"ZN{number}", basis_share=D(chance.choice(("0.05", "0.1")))
            )
            if event.told_on and chance.random() < 0.25:
                event = replace(event, told_on=_sessions_after(on, 1), agreed_on=_sessions_after(on, 1))
        elif kind == "symbol_change":
            self._renamed += 1
            name = chance.choice(("ZUS", "ZBD"))
            event = replace(event, security=name, new_symbol=f"{name}{self._renamed}")
            if chance.random() < 0.4:
                event = replace(event, told_on=None)
        else:
            event = self._split(event, closes, chance)
        return event

    @staticmethod
    def _split(event: Event, closes: Mapping[str, D], chance: random.Random) -> Event:
        name = chance.choice(("ZUS", "ZUS", "ZBD", "ZUB"))
        # A price that has become low is not split again, a high one not put together.
        is_reverse = closes[name] < 30 or (event.kind == "reverse_split" and closes[name] < 300)
        new, old = chance.choice(REVERSE_RATIOS if is_reverse else RATIOS)
        lieu = (closes[name] * old / new).quantize(D("0.01")) if chance.random() < 0.5 else None
        event = replace(
            event, kind="reverse_split" if is_reverse else "split", security=name, new=new, old=old, lieu=lieu,
            is_misread=chance.random() < 0.25,
        )  # fmt: skip
        if not is_reverse and chance.random() < 0.4:
            # Nobody read the notice: a custodian's file tells of it.
            return replace(event, told_on=None, is_misread=False)
        return event


def _sessions_after(day: date, count: int) -> date:
    for _ in range(count):
        day = new_york().session_after(day)
    return day
