"""Accounts whose positions differ from our book: measured, and not traded until they agree (WNR-08)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from clients.models import Account
from rebalancing.models import Break

PREFETCHED = "differing_positions"


def prefetch() -> Any:
    """The open differences of positions, for accounts that are fetched together."""
    open_ones = Break.objects.filter(queue=Break.Queue.POSITIONS, ended_at=None).order_by("found_on", "pk")
    return Prefetch("breaks", open_ones, to_attr=PREFETCHED)


def differences(account: Account) -> list[Break]:
    """The open differences of an account's positions, the oldest first."""
    found = getattr(account, PREFETCHED, None)
    if found is None:
        found = list(
            account.breaks.filter(queue=Break.Queue.POSITIONS, ended_at=None).order_by("found_on", "pk")
        )
    return list(found)
