"""Shares that moved in kind: a transfer on record explains them; what none explains is asked about."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clients import figures
from clients.models import Account, Transaction
from clients.transfers import movements
from rebalancing.fills.breaks import Found
from rebalancing.models import Break
from rebalancing.reconciliation.comparing import Moved

CAUSE = "moved_in_kind"
BACK = timedelta(days=10)
ZERO = Decimal(0)


def shown(account: Account, *, since: date, on: date) -> list[Moved]:
    """What transfers on record brought or took that no movement of the custodian tells."""
    return [
        Moved(row.security.symbol, shares, ZERO, day, day, is_ours=True)
        for row, shares, day in movements.shown_without_movement(account, since=since, until=on)
    ]


def unexplained(account: Account, *, since: date, on: date) -> list[Found]:
    """Movements in kind that are part of no transfer: somebody enters the transfer, or asks the custodian.

    Found again each day until then, also those of earlier days that are still open.
    """
    is_open = dict(
        Break.objects.filter(account=account, cause=CAUSE, ended_at=None).values_list("about", "found_on")
    )
    first = min([since, *(day - BACK for day in is_open.values())])
    return [
        Found(
            queue=Break.Queue.FILLS,
            cause=CAUSE,
            about=_about(account, one),
            sentence=f"{account.name}: {figures.quantity(abs(one.quantity or ZERO))} {one.security} "
            f"{'came in' if (one.quantity or ZERO) > ZERO else 'left'} in kind on {figures.day(one.traded_on)}, and no transfer on "
            "record explains it.",
            account=account,
            security=one.security,
            ours=ZERO,
            theirs=one.quantity,
        )
        for one in movements.unexplained(account, since=first, until=on)
        if one.traded_on > since or _about(account, one) in is_open
    ]


def _about(account: Account, one: Transaction) -> str:
    return f"{account.public_id} moved {one.key}"[:160]
