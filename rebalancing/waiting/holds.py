"""Holds that people place on a whole household; one on an account or a security affects only that."""

from __future__ import annotations

from collections.abc import Iterable

from clients.models import Hold
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.reason import HoldReason, Owner

OWNERS = {
    Hold.Kind.ADVISOR: Owner.ADVISOR,
    Hold.Kind.LEGAL: Owner.COMPLIANCE,
    Hold.Kind.DECEASED: Owner.COMPLIANCE,
    Hold.Kind.MARGIN_CALL: Owner.DESK,
    Hold.Kind.CASH_UP_FRONT: Owner.DESK,
}
"""Who looks after a kind of hold first; the others are the trading desk's."""


def find(placed: Iterable[Hold]) -> list[HoldReason]:
    """The holds on the household itself, among those in force."""
    return [
        HoldReason(
            code=f"hold_{hold.kind}",
            sentence=f"Held until {day_text(hold.expires_on)}: {hold.reason}",
            ends_on=hold.expires_on,
            because="It ends on that day, or when it is lifted.",
            owner=OWNERS.get(Hold.Kind(hold.kind), Owner.DESK),
            figures={"hold": hold.public_id},
            subject=hold.public_id,
        )
        for hold in placed
        if hold.account_id is None and hold.security_id is None
    ]
