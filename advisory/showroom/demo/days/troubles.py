"""What goes wrong on a day of the demonstration that was asked to have trouble. Pure, and drawn from seed and day."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

FAILS = Decimal("0.2")
"""The share of orders that the custodians refuse on a day of trouble."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`missing` is the advisor whose book does not come, `stale` and `split` are symbols, `restated` and `late_basis` say that
    a lot's basis comes restated, and that unknown ones become known; `fails` is the share of orders that are refused.
    """

    missing: str = ""
    stale: str = ""
    split: str = ""
    restated: bool = False
    late_basis: bool = False
    fails: Decimal = Decimal(0)

    @property
    def words(self) -> tuple[str, ...]:
        told = (
            (self.missing, f"the file of {self.missing.title()}'s book is missing"),
            (self.stale, f"no price of {self.stale}"),
            (self.split, f"{self.split} splits two for one"),
            (self.restated, "a lot's basis is restated"),
            (self.late_basis, "unknown bases arrive"),
            (self.fails, f"{self.fails * 100:.0f}% of the orders are refused"),
        )
        return tuple(sentence for is_so, sentence in told if is_so)


NONE = Trouble()


def of(day: date, *, seed: int, advisors: tuple[str, ...], symbols: tuple[str, ...]) -> Trouble:
    """The trouble of a day: all six kinds, each for something that seed and day choose."""
    chance = random.Random(f"{seed}/trouble/{day}")
    missing, stale = chance.choice(sorted(advisors)), chance.choice(sorted(symbols))
    may_split = sorted(set(symbols) - {stale})
    return Trouble(
        missing=missing,
        stale=stale,
        split=chance.choice(may_split),
        restated=True,
        late_basis=True,
        fails=FAILS,
    )
