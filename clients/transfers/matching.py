"""Which movements of custodians' files belong to which transfer, and which two are one. Pure.

By account, security and direction, the earliest transfer first. Nothing is guessed beyond the shares: a movement that is
larger than what a transfer still waits for is not part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

ZERO = Decimal(0)
APART = timedelta(days=10)
"""How far the two halves of a journal may be apart in two files."""


@dataclass(frozen=True, slots=True)
class Move:
    """Shares that a custodian booked in or out of an account: signed. `owner` is whose they stay when they only change
    accounts: the household, the return and how the account is taxed.
    """

    key: int
    account: int
    owner: str
    security: int
    shares: Decimal
    on: date


@dataclass(slots=True)
class Awaited:
    """One side of a transfer that is not all shown yet: `left` shares, positive, in or out of an account."""

    transfer: int
    account: int
    security: int
    is_in: bool
    left: Decimal
    since: date


@dataclass(slots=True)
class Matched:
    """Movements with the transfer they are part of; pairs that are one transfer (out, in); and what is neither."""

    parts: list[tuple[int, Move]] = field(default_factory=list)
    pairs: list[tuple[Move, Move]] = field(default_factory=list)
    unexplained: list[Move] = field(default_factory=list)


def match(moves: Iterable[Move], awaited: Sequence[Awaited], *, tolerance: Decimal) -> Matched:
    """Match movements; the answer does not depend on how they are listed."""
    found = Matched()
    left = {id(one): one.left for one in awaited}
    rest: list[Move] = []
    for move in sorted(moves, key=lambda one: (one.on, one.key)):
        fitting = [
            one
            for one in sorted(awaited, key=lambda one: (one.since, one.transfer))
            if (one.account, one.security, one.is_in) == (move.account, move.security, move.shares > ZERO)
            and left[id(one)] > tolerance
            and abs(move.shares) <= left[id(one)] + tolerance
        ]
        exact = [one for one in fitting if abs(abs(move.shares) - left[id(one)]) <= tolerance]
        if not fitting:
            rest.append(move)
            continue
        first = (exact or fitting)[0]
        left[id(first)] -= abs(move.shares)
        found.parts.append((first.transfer, move))
    outs = [one for one in rest if one.shares < ZERO]
    taken: set[int] = set()
    for move in (one for one in rest if one.shares > ZERO):
        others = [one for one in outs if one.key not in taken and _is_pair(one, move, tolerance)]
        if others:
            other = min(others, key=lambda one: (abs(one.on - move.on), one.on, one.key))
            taken |= {other.key, move.key}
            found.pairs.append((other, move))
    found.unexplained = [one for one in rest if one.key not in taken]
    return found


def _is_pair(out: Move, into: Move, tolerance: Decimal) -> bool:
    return (
        (out.owner, out.security) == (into.owner, into.security)
        and out.account != into.account
        and abs(out.shares + into.shares) <= tolerance
        and abs(out.on - into.on) <= APART
    )
