"""A fault in a document, and the checks of single figures that every validation shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from rebalancing.engine.money import ONE, ZERO

MONEY_MAX = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where it stands (JSON pointer, empty for the whole) and what to do about it."""

    pointer: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.sentence}"


class Dangling(Fault):
    """A reference to a row that does not exist; ignored where rows could not be read."""

    __slots__ = ()


class BadHousehold(ValueError):
    """A household that cannot be solved as it stands; ``faults`` lists everything wrong with it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def duplicates(at: str, ids: list[str]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, id_ in enumerate(ids):
        if not id_:
            yield Fault(f"{at}/{index}/id", "must not be empty")
        elif id_ in first:
            yield Fault(f"{at}/{index}/id", f"{id_!r} stands at {at}/{first[id_]} already")
        first.setdefault(id_, index)


def at_least_zero(at: str, value: Decimal) -> Iterator[Fault]:
    if not ZERO <= value <= MONEY_MAX:  # Also refuses NaN.
        yield Fault(at, f"must be from 0 to a trillion, not {value}")


def bounded(at: str, value: Decimal) -> Iterator[Fault]:
    if not -MONEY_MAX <= value <= MONEY_MAX:
        yield Fault(at, f"must be within a trillion of zero, not {value}")


def fraction(at: str, value: Decimal) -> Iterator[Fault]:
    if not ZERO <= value <= ONE:
        yield Fault(at, f"must be a fraction from 0 to 1, not {value}")
