"""Filters that every list of households' things has: whose book they are in, and at which custodian."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from clients import access
from clients.models import BookEntry, Household
from compliance.clock import Today


def advised_by(advisor: Any, *, on: Any) -> QuerySet[BookEntry, int]:
    """The keys of the households that an advisor has on a day (or in today's expression), for a query."""
    return _entries(on).filter(user=advisor).values_list("household", flat=True)


def with_account_at(custodian: str) -> QuerySet[Household, int]:
    """The keys of the households with an open account at a custodian, for a query."""
    found = Household.objects.filter(accounts__custodian=custodian, accounts__closed_on=None)
    return found.values_list("pk", flat=True)


def advisors(user: Any, *, on: Any = None) -> list[tuple[str, str]]:
    """Everybody who advises a household of this person's scope on a day (default: today): id and name."""
    entries = (
        _entries(on or Today())
        .filter(household__in=access.households_for(user, on=on))
        .select_related("user")
    )
    found = {entry.user_id: entry.user.get_full_name() for entry in entries}
    return sorted(((str(key), name) for key, name in found.items()), key=lambda one: one[1])


def _entries(on: Any) -> QuerySet[BookEntry]:
    entries = BookEntry.objects.filter(part=BookEntry.Part.ADVISOR, starts_on__lte=on)
    return entries.filter(Q(ends_on=None) | Q(ends_on__gte=on))
