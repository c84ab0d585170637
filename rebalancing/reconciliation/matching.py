"""Which movements of a custodian's file are the fills of which orders. Pure.

By account, security, side and day. Where several orders fit, the one of exactly that quantity comes first, then the one
that was sent first and still has shares open. An order that has ended has no shares open beyond what was filled of it: what
was ordered anew of its rest is another order's. Nothing is guessed beyond that: what fits no order was not ordered by us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from rebalancing.engine.money import ZERO

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """An order of ours at a custodian; `days` are the sessions in which it can have traded. `filled` are the shares that are
    known to have traded once it has ended, and None before.
    """

    reference: str
    account: str
    symbol: str
    side: str
    quantity: Decimal
    days: frozenset[date]
    filled: Decimal | None = None

    @property
    def expected(self) -> Decimal:
        """Shares that its movements should add up to."""
        return self.quantity if self.filled is None else self.filled


@dataclass(frozen=True, slots=True)
class Booked:
    """A purchase or sale that a custodian booked: shares, positive, and dollars a share."""

    key: str
    account: str
    symbol: str
    side: str
    shares: Decimal
    traded_on: date


@dataclass(slots=True)
class Matched:
    """Movements by the order they fill, and those that fill none."""

    by_order: dict[str, list[Booked]] = field(default_factory=dict)
    strangers: list[Booked] = field(default_factory=list)


def match(
    sent: Sequence[Sent], booked: Iterable[Booked], *, known: Mapping[str, str] | None = None
) -> Matched:
    """Match movements to orders; `known` are movements whose order is on record, by key.

    The answer depends on the movements and the orders alone, not on how they are listed.
    """
    places: dict[Place, list[Sent]] = {}
    for order in sent:
        places.setdefault((order.account, order.symbol, order.side), []).append(order)
    open_shares = {order.reference: order.expected for order in sent}
    found = Matched()
    rows = sorted(booked, key=lambda one: (one.traded_on, one.key))
    settled = known or {}
    for row in rows:
        if row.key in settled:
            reference = settled[row.key]
            open_shares[reference] = open_shares.get(reference, ZERO) - row.shares
            found.by_order.setdefault(reference, []).append(row)
    for row in rows:
        if row.key in settled:
            continue
        fitting = [
            order
            for order in places.get((row.account, row.symbol, row.side), ())
            if row.traded_on in order.days
        ]
        if not fitting:
            found.strangers.append(row)
            continue
        order = min(
            fitting,
            key=lambda one: (
                open_shares[one.reference] != row.shares,
                open_shares[one.reference] <= ZERO,
                min(one.days),
                one.reference,
            ),
        )
        open_shares[order.reference] -= row.shares
        found.by_order.setdefault(order.reference, []).append(row)
    return found
