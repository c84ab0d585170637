"""Open orders: sent, and not yet visible in the custodian's latest files; or held back for a later day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from clients.models import Account, Household
from rebalancing import market_days
from rebalancing.models import Order
from rebalancing.portfolios.market import Market

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


def of(
    accounts: Collection[Account],
    *,
    household: Household | None = None,
    market: Market | None = None,
    asked_by: str = "scan",
) -> list[OpenOrder]:
    """The open orders of these accounts, oldest first. `market` has those of the households that are read together with this
    one, whose accounts they all are; once for each who asks.

    An order is executed in the session of its release. It stays open until both the lots and the cash on
    record are of that day or later, however recent the prices are: until then the record still shows the sold
    shares and the spent cash. One that is held is open, whatever day it was for: it goes on a later one.
    """
    days_known = {account.public_id: known_on(account) for account in accounts}
    if household is not None and market is not None:
        rows = market.rows_of(
            household.pk,
            ("open orders", asked_by),
            lambda keys: _may_be_open(Order.objects.filter(account__household__in=keys)),
        )
    else:
        of_accounts = Order.objects.filter(account__in=[account.pk for account in accounts])
        rows = [row for _, row in _may_be_open(of_accounts)]
    # A block may be for a later session than that of its release.
    orders = [
        (OpenOrder(*row), market_days.trade_day(row[4]) if on is None else on, state)
        for *row, on, state in rows
        if row[0] in days_known
    ]
    return [one for one, on, state in orders if on > days_known[one.account] or state == Order.State.HELD]


def _may_be_open(orders: QuerySet[Order]) -> Iterable[tuple[int, list[Any]]]:
    """What was released about the day of its account's files or later, or is held, with its household's key."""
    known = Least(
        Coalesce("account__reconciled_on", Value(date.min), output_field=DateField()),
        Coalesce("account__cash__as_of_on", Value(date.max), output_field=DateField()),
    )
    # A day more than the longest time, since it is counted in days here and in sessions by whoever asks.
    since = ExpressionWrapper(
        known - Value(timedelta(days=EXECUTED_WITHIN_DAYS + 1)), output_field=DateTimeField()
    )
    found = (
        orders.exclude(state__in=Order.NOT_TRADED)
        .annotate(
            counted=Case(When(state=Order.State.PART_FILLED, then="filled_quantity"), default="quantity"),
            since=since,
        )
        .filter(Q(batch__released_at__gte=F("since")) | Q(state=Order.State.HELD))
        .order_by("batch__released_at", "pk")
        .values_list(
            "account__household",
            "account__public_id",
            "security__symbol",
            "side",
            "counted",
            "batch__released_at",
            "batch__revision__proposal__public_id",
            "block__trade_on",
            "state",
        )
    )
    return ((key, row) for key, *row in found)


def known_on(account: Account) -> date:
    """The day of the older of lots and cash on record."""
    days = [account.reconciled_on or date.min]
    if hasattr(account, "cash"):
        days.append(account.cash.as_of_on)
    return min(days)
