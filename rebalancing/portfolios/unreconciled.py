"""Accounts whose positions differ from our book: measured, and not traded until they agree (WNR-08)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from clients.models import Account
from compliance.statements.reads import prepared
from rebalancing.models import Break

PREFETCHED = "differing_positions"


def prefetch() -> Any:
    """The open differences of positions, for accounts that are fetched together."""
    open_ones = Break.objects.filter(queue=Break.Queue.POSITIONS, ended_at=None).order_by("found_on", "pk")
    return Prefetch("breaks", open_ones, to_attr=PREFETCHED)


@prepared
def differing(households: list[int]) -> QuerySet[Break]:
    """The open differences of positions in these households' accounts."""
    open_ones = Break.objects.filter(
        account__household__in=households, queue=Break.Queue.POSITIONS, ended_at=None
    )
    return open_ones.order_by("found_on", "pk")


def join(accounts: Sequence[Account], found: Iterable[Break]) -> None:
    """Give each account its open differences, as `prefetch` does."""
    for account in accounts:
        setattr(account, PREFETCHED, [])
    known = {account.pk: account for account in accounts}
    for one in found:
        if one.account_id in known:
            one.account = known[one.account_id]
            getattr(one.account, PREFETCHED).append(one)


def differences(account: Account) -> list[Break]:
    """The open differences of an account's positions, the oldest first."""
    found = getattr(account, PREFETCHED, None)
    if found is None:
        found = list(
            account.breaks.filter(queue=Break.Queue.POSITIONS, ended_at=None).order_by("found_on", "pk")
        )
    return list(found)
