"""Movements of shares that are neither bought nor sold: which ones no transfer explains, and lots that only changed accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from clients.models import Account, Security, TaxLot, Transaction, Transfer

ZERO = Decimal(0)
TOLERANCE = Decimal("0.001")
_K = Transaction.Kind
KINDS = (_K.TRANSFER_IN, _K.TRANSFER_OUT, _K.JOURNAL)
"""Movements of shares that are neither bought nor sold."""


def unexplained(account: Account, *, since: date, until: date) -> list[Transaction]:
    """What was moved in kind in a time and is part of no transfer on record."""
    rows = in_kind(Transaction.objects.filter(account=account, traded_on__gt=since, traded_on__lte=until))
    return list(rows.order_by("traded_on", "pk"))


def shown_without_movement(
    account: Account, *, since: date, until: date
) -> list[tuple[Transfer, Decimal, date]]:
    """Transfers that positions have shown and no movement tells: signed shares, and the day."""
    found: list[tuple[Transfer, Decimal, date]] = []
    rows = Transfer.objects.filter(Q(to_account=account) | Q(from_account=account)).select_related("security")
    days = Q(arrived_on__gt=since, arrived_on__lte=until) | Q(left_on__gt=since, left_on__lte=until)
    for row in rows.filter(days).prefetch_related("movements__movement").order_by("pk"):
        for is_in, day in ((True, row.arrived_on), (False, row.left_on)):
            if (row.to_account_id if is_in else row.from_account_id) != account.pk or day is None:
                continue
            told = abs(
                sum(
                    (one.shares for one in row.movements.all() if (one.shares > ZERO) == is_in),
                    ZERO,
                )
            )
            if since < day <= until and row.shares - told > TOLERANCE:
                found.append((row, (row.shares - told) if is_in else told - row.shares, day))
    return found


def moved_lots(lots: Iterable[TaxLot]) -> set[int]:
    """Which of these lots came from another account of the firm's by a transfer: the same shares, bought there.

    They replace nothing that was sold: what was bought is counted where it was bought. Nor does what an IRA distributed,
    which is no purchase (Treas. Reg. 1.1091-1(a)), though its days begin with the distribution.
    """
    rows = list(lots)
    into = Transfer.objects.filter(
        to_account__in={lot.account_id for lot in rows}, from_account__isnull=False, arrived_on__isnull=False
    )
    distributed = {
        (row.to_account_id, row.security_id, day)
        for row in into
        if row.kind == Transfer.Kind.DISTRIBUTION
        for day in (row.left_on, row.arrived_on)
    }
    sources: dict[tuple[int, int], set[int]] = {}
    for row in (one for one in into if one.kind == Transfer.Kind.TRANSFER):
        assert row.to_account_id is not None, "only those with an account of ours on both sides"
        assert row.from_account_id is not None, "only those with an account of ours on both sides"
        sources.setdefault((row.to_account_id, row.security_id), set()).add(row.from_account_id)
    if not sources and not distributed:
        return set()
    theirs = set(
        TaxLot.objects.filter(account__in=set().union(*sources.values())).values_list(
            "account", "security", "acquired_on"
        )
    )
    return {
        lot.pk
        for lot in rows
        if (lot.account_id, lot.security_id, lot.acquired_on) in distributed
        or any(
            (source, lot.security_id, lot.acquired_on) in theirs
            for source in sources.get((lot.account_id, lot.security_id), ())
        )
    }


def in_kind(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Those of these movements that moved shares in kind and are part of no transfer."""
    return (
        rows.filter(kind__in=KINDS, security__isnull=False, transfer_part=None)
        .exclude(quantity=None)
        .exclude(quantity=0)
        .exclude(security__kind=Security.Kind.MONEY_MARKET)
        .select_related("account__household", "account__tax_unit", "security")
        .defer("account__number")
    )
