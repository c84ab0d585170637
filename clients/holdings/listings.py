"""When a lot was last listed by a custodian's file: the later of its own day and those of the listings that cover it.

A file that repeats a lot does not change its row; that it listed the account's lots is said once (`LotListing`).
A closed lot keeps the last day on which it was listed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Case, DateField, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Greatest

from clients.models import LotListing, TaxLot


def with_days(lots: QuerySet[TaxLot]) -> QuerySet[TaxLot]:
    """The lots, each with `listed_on`: the last day of which a file listed it."""
    covering = (
        LotListing.objects.filter(account=OuterRef("account"))
        .filter(Q(security=None) | Q(security=OuterRef("security")))
        .order_by("-as_of_on")
    )
    return lots.annotate(
        listed_on=Case(
            When(closed_on=None, then=Greatest("as_of_on", Subquery(covering.values("as_of_on")[:1]))),
            default=F("as_of_on"),
            output_field=DateField(),
        )
    )


def day_of(lot: TaxLot) -> date:
    """The last day of which a file listed one lot; without a query for one that `with_days` fetched."""
    if (known := getattr(lot, "listed_on", None)) is not None:
        day: date = known
        return day
    if lot.closed_on is not None:
        return lot.as_of_on
    covering = LotListing.objects.filter(account=lot.account_id).filter(
        Q(security=None) | Q(security=lot.security_id)
    )
    newest: date | None = covering.aggregate(day=Max("as_of_on"))["day"]
    return lot.as_of_on if newest is None else max(newest, lot.as_of_on)


def newest_of(accounts: Collection[int]) -> dict[int, date]:
    """The newest of these days among the open lots of each account, by its key."""
    lots = with_days(TaxLot.objects.filter(account__in=accounts, closed_on=None)).order_by()
    return dict(lots.values_list("account").annotate(day=Max("listed_on")))
