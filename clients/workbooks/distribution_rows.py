"""What is on record of required distributions, in the layout of the household's sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from django.db.models import Prefetch

from clients.households.distribution_facts import Terms
from clients.models import DistributionFigure, DistributionTerms, Household
from clients.workbooks.columns import SheetLayout, Value, written
from clients.workbooks.distribution_layout import DISTRIBUTION_FIGURES, DISTRIBUTION_TERMS

Row = tuple[SheetLayout, tuple[str, ...], dict[str, Value | None]]
FETCHED: tuple[Any, ...] = (
    Prefetch("accounts__distribution_terms", DistributionTerms.objects.filter(ended_at=None)),
    Prefetch(
        "people__distribution_figures",
        DistributionFigure.objects.filter(ended_at=None).select_related("account", "person").order_by("pk"),
    ),
)


def rows(household: Household) -> Iterator[Row]:
    """The facts of a household that stand, each with its sheet and key."""
    for account in household.accounts.all():
        for terms in account.distribution_terms.all():
            said: dict[str, Value | None] = {
                one.name: getattr(terms, one.name) or None for one in fields(Terms)
            }
            said |= {"household": household.code, "account": account.public_id}
            yield DISTRIBUTION_TERMS, (household.code, account.public_id), said
    for person in household.people.all():
        for row in person.distribution_figures.all():
            values: dict[str, Value | None] = {
                "household": household.code,
                "figure": row.kind,
                "account": row.account.public_id if row.account else None,
                "owner": None if row.account else str(person),
                "place": row.place or None,
                "plan": row.plan or None,
                "year": row.year,
                "taken_on": row.taken_on,
                "amount": row.amount if row.divisor is None else row.divisor,
                "source": row.source,
            }
            yield DISTRIBUTION_FIGURES, key_of(values), values


def key_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells one figure of a household from another."""
    return tuple(written(values.get(name)) for name in DISTRIBUTION_FIGURES.key)
