"""Open orders: sent, and not yet visible in the custodian's latest files; or held back for a later day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Case, Q, When

from clients.models import Account
from rebalancing import market_days
from rebalancing.models import Order

EXECUTED_WITHIN_DAYS = 7
"""The longest time between release and execution, over a long weekend."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """One open order. `account` and `proposal` are public ids; shares are positive."""

    account: str
    security: str
    side: str
    shares: Decimal
    released_at: datetime
    proposal: str


def of(accounts: Collection[Account]) -> list[OpenOrder]:
    """The open orders of these accounts, oldest first.

    An order is executed in the session of its release. It stays open until both the lots and the cash on
    record are of that day or later, however recent the prices are: until then the record still shows the sold
    shares and the spent cash. One that is held is open, whatever day it was for: it goes on a later one.
    """
    days_known = {account.public_id: known_on(account) for account in accounts}
    earliest = min(days_known.values(), default=date.min)
    sent = (
        Order.objects.filter(account__in=[account.pk for account in accounts])
        .exclude(state__in=Order.NOT_TRADED)
        .annotate(
            counted=Case(When(state=Order.State.PART_FILLED, then="filled_quantity"), default="quantity")
        )
    )
    if earliest > date.min:
        since = market_days.opened_at(earliest - timedelta(days=EXECUTED_WITHIN_DAYS))
        sent = sent.filter(Q(batch__released_at__gte=since) | Q(state=Order.State.HELD))
    found = sent.order_by("batch__released_at", "pk").values_list(
        "account__public_id",
        "security__symbol",
        "side",
        "counted",
        "batch__released_at",
        "batch__revision__proposal__public_id",
        "block__trade_on",
        "state",
    )
    # A block may be for a later session than that of its release.
    orders = [
        (OpenOrder(*row), market_days.trade_day(row[4]) if on is None else on, state)
        for *row, on, state in found
    ]
    return [one for one, on, state in orders if on > days_known[one.account] or state == Order.State.HELD]


def known_on(account: Account) -> date:
    """The day of the older of lots and cash on record."""
    days = [account.reconciled_on or date.min]
    if hasattr(account, "cash"):
        days.append(account.cash.as_of_on)
    return min(days)
