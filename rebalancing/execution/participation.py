"""How much of a security the firm sends in a day, over all households and custodians, and the slices that follow.

A single household's order is the rule book's (PTC-40). Here it is the sum: with everybody's orders of the day an order
that is small by itself can be a large part of the usual volume. Whoever comes first in the order drawn for a release is
served first; what is beyond the day's share is cut into slices for the market days after it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from clients.models import Security
from compliance.refusals import Blocked
from compliance.rules.facts.thresholds import Thresholds
from compliance.rules.participation import WARN_ABOVE
from rebalancing.engine.market import order_slicing
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Block
from rebalancing.portfolios.order_terms import AT_THEIR_VALUE

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DaySlice:
    """Shares for one session."""

    trade_on: date
    quantity: Decimal


@dataclass(slots=True)
class Room:
    """What may still be sent of each security, side and day; what one household has taken of it is remembered."""

    thresholds: Thresholds
    days_max: int
    taken: dict[tuple[int, str, date], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def cut(self, security: Security, side: str, quantity: Decimal, *, first: date) -> list[DaySlice]:
        """The slices of an order from its first session on; one slice where the day has room for all of it.

        Raises `Blocked` where it would take more sessions than the firm sends an order over.
        """
        cap = self.cap(security, quantity)
        if cap is None:
            return [DaySlice(first, quantity)]
        calendar, day, left = new_york(), first, quantity
        found: list[DaySlice] = []
        for _ in range(self.days_max):
            part = min(left, max(ZERO, cap - self._sent(security, side, day)))
            if part > ZERO:
                found.append(DaySlice(day, part))
                self.taken[security.pk, side, day] += part
                left -= part
            if not left:
                return found
            day = calendar.session_after(day)
        raise Blocked(
            f"{quantity:,f} shares of {security.symbol} are more than the firm sends in {self.days_max} market days: "
            f"{cap:,f} a day, with what is out already.",
            "Use a block desk, or make the order smaller.",
            kind="participation",
        )

    def cap(self, security: Security, quantity: Decimal) -> Decimal | None:
        """The most shares of a day; None where no volume limits it: funds, and securities without a known volume."""
        volume = security.daily_volume
        if security.kind in AT_THEIR_VALUE or not volume:
            return None
        try:
            return order_slicing.slices(
                quantity, volume_shares=volume, participation_max=self.thresholds.of(WARN_ABOVE)
            ).daily_cap
        except order_slicing.SlicingError as why:
            raise Blocked(
                f"{security.symbol} trades too little to be sent: {why}",
                "Use a block desk.",
                kind="participation",
            ) from why

    def fits(self, block: Block, *, on: date) -> bool:
        """Whether a held block can go on another day, with what is out that day besides it."""
        try:
            cap = self.cap(block.security, block.quantity)
        except Blocked:
            return False
        return cap is None or sent(block.security_id, block.side, on=on, but=block.pk) + block.quantity <= cap

    def _sent(self, security: Security, side: str, day: date) -> Decimal:
        return sent(security.pk, side, on=day) + self.taken[security.pk, side, day]


def sent(security_id: int, side: str, *, on: date, but: int | None = None) -> Decimal:
    """Shares that the firm has out, has traded or has planned for a session; what ended without a trade is left out."""
    found = (
        Block.objects.filter(security=security_id, side=side, trade_on=on)
        .exclude(state__in=(Block.State.REJECTED, Block.State.CANCELED, Block.State.EXPIRED))
        .exclude(pk__in=() if but is None else (but,))
    )
    total: Decimal | None = found.aggregate(total=Sum("quantity"))["total"]
    return total or ZERO
