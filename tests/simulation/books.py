"""Accounts as their custodian keeps them: lots, movements and what was closed, from their first day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal as D
from fractions import Fraction

ZERO, CENT = D(0), D("0.01")


@dataclass
class Lot:
    """Shares bought on one day."""

    symbol: str
    key: str
    acquired: date
    shares: D
    basis: D


@dataclass(frozen=True)
class Movement:
    """Something that a custodian booked; shares and dollars in are positive. `order` is our reference where it is a trade."""

    key: str
    kind: str
    traded_on: date
    settles_on: date
    symbol: str
    shares: D
    price: D
    dollars: D
    order: str = ""


@dataclass(frozen=True)
class Closed:
    """Shares of a lot that were sold."""

    order: str
    symbol: str
    key: str
    shares: D
    acquired: date
    sold_on: date
    proceeds: D
    basis: D


@dataclass
class Book:
    """One account as its custodian keeps it."""

    number: str
    household: str
    custodian: str
    is_taxable: bool
    opening_cash: D
    lots: list[Lot] = field(default_factory=list)
    moves: list[Movement] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    told: int = 0
    """How many of the movements a file that arrived has told."""
    told_closed: int = 0
    told_on: date | None = None
    told_lots: dict[str, tuple[str, D, D]] = field(default_factory=dict)
    """The lots that it told, by key: security, shares, basis."""

    def __post_init__(self) -> None:
        self.opening: dict[str, D] = {}

    def begins(self) -> None:
        self.opening = self.shares()

    def shares(self) -> dict[str, D]:
        held: dict[str, D] = defaultdict(lambda: ZERO)
        for lot in self.lots:
            held[lot.symbol] += lot.shares
        return dict(held)

    def cash(self, *, settled_by: date | None = None) -> D:
        """Cash by what was traded, or by what has settled on a day."""
        moved = (one.dollars for one in self.moves if settled_by is None or one.settles_on <= settled_by)
        return self.opening_cash + sum(moved, ZERO)

    def to_settle(self, after: date) -> dict[date, D]:
        """What settles later, by day."""
        found: dict[date, D] = defaultdict(lambda: ZERO)
        for one in self.moves:
            if one.settles_on > after:
                found[one.settles_on] += one.dollars
        return dict(sorted(found.items()))


def divided(total: D, shares: Mapping[str, D]) -> dict[str, D]:
    """Cents divided by shares: what everybody has adds up to the total."""
    return parted(total, shares, CENT)


def parted(total: D, claims: Mapping[str, D], step: D) -> dict[str, D]:
    """Steps divided by claims, with the odd ones to the largest remainders: what everybody has adds up to the total."""
    whole = sum(claims.values(), ZERO)
    steps = int(total / step)
    exact = {name: Fraction(steps) * Fraction(count) / Fraction(whole) for name, count in claims.items()}
    floor = {name: int(one) for name, one in exact.items()}
    odd = steps - sum(floor.values())
    for name in sorted(exact, key=lambda name: (floor[name] - exact[name], name))[:odd]:
        floor[name] += 1
    return {name: D(one) * step for name, one in floor.items()}
