"""Filters that every list of households' things has: whose book they are in, and at which custodian."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.db.models.functions import Collate

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


def sees_all(user: Any) -> bool:
    """Whether this person reads every household of the firm, in whoever's book it is."""
    return any(user.has_role(role) for role in access.READ_ALL)


def advisors(user: Any, *, on: Any = None, open_on: date | None = None) -> list[tuple[str, str]]:
    """Everybody who advises a household of this person's scope on a day (default: today): id and name.

    With `open_on`, only households count that were open on that day.
    """
    entries = _entries(on or Today())
    if not sees_all(user):
        entries = entries.filter(household__in=access.households_for(user, on=on))
    if open_on is not None:
        was_open = Q(household__closed_on=None) | Q(household__closed_on__gt=open_on)
        entries = entries.filter(was_open, household__opened_on__lte=open_on)
    people = get_user_model()._default_manager.filter(pk__in=entries.order_by().values("user"))
    return sorted(((str(one.pk), one.get_full_name()) for one in people), key=lambda one: one[1])


def in_order(households: QuerySet[Household], *, down: bool = False) -> QuerySet[Household]:
    """By name and code, letter by letter as rows in memory are sorted, whatever the database's own order is."""
    columns = [Collate("name", "C"), Collate("code", "C")]
    return households.order_by(*(one.desc() if down else one.asc() for one in columns))


def _entries(on: Any) -> QuerySet[BookEntry]:
    entries = BookEntry.objects.filter(part=BookEntry.Part.ADVISOR, starts_on__lte=on)
    return entries.filter(Q(ends_on=None) | Q(ends_on__gte=on))
