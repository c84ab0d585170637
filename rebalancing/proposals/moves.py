"""Which prices moved between two revisions of one proposal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from compliance.rules.findings.wording import listing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Order

NAMED_MAX = 3


@dataclass(frozen=True, slots=True)
class Move:
    """The price of a security that is held or traded, before and now."""

    symbol: str
    before: Decimal
    now: Decimal

    @property
    def by(self) -> Decimal:
        """How far it moved, a signed fraction."""
        return self.now / self.before - 1


def prices(before: Household, now: Household, *, traded: Sequence[Order] = ()) -> tuple[Move, ...]:
    """The prices that differ of what is held or traded, those that moved furthest first."""
    concerned = {lot.security for lot in before.lots} | {order.security for order in traded}
    today = {row.id: row.price for row in now.securities}
    found = [
        Move(row.symbol, row.price, today[row.id])
        for row in before.securities
        if row.id in concerned and row.id in today and today[row.id] != row.price
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.by), one.symbol)))


def sentence(moved: Sequence[Move]) -> str:
    """The largest moves in words; empty where nothing moved."""
    if not moved:
        return ""
    named = [f"{one.symbol} {one.by * 100:+.1f}%" for one in moved[:NAMED_MAX]]
    rest = len(moved) - len(named)
    return listing([*named, f"{rest} more by less"] if rest else named)
