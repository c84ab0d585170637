"""What is on record of accounts elsewhere and of elections of the average basis, in the layout of the household's sheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from clients.models import BasisElection, Household, OutsideAccount
from clients.workbooks.columns import SheetLayout, Value
from clients.workbooks.tax_fact_layout import BASIS_ELECTIONS, OUTSIDE_ACCOUNTS

Row = tuple[SheetLayout, tuple[str, ...], dict[str, Value | None]]
FETCHED: tuple[Any, ...] = (
    Prefetch("people__outside_accounts", OutsideAccount.objects.filter(ended_at=None).order_by("pk")),
    Prefetch(
        "accounts__basis_elections",
        BasisElection.objects.filter(ended_at=None).select_related("security").order_by("pk"),
    ),
)


def rows(household: Household) -> Iterator[Row]:
    """The facts of a household that stand, each with its sheet and key. Accounts elsewhere follow their owner."""
    for person in household.people.all():
        for row in person.outside_accounts.all():
            yield (
                OUTSIDE_ACCOUNTS,
                (household.code, str(person), row.name),
                {
                    "household": household.code,
                    "owner": str(person),
                    "name": row.name,
                    "institution": row.institution or None,
                    "registration": row.registration,
                    "has_statements": row.has_statements or None,
                    "buys": tuple(row.buys) or None,
                    "declared_on": row.declared_on,
                },
            )
    for account in household.accounts.all():
        for election in account.basis_elections.all():
            yield (
                BASIS_ELECTIONS,
                (household.code, account.public_id, election.security.symbol),
                {
                    "household": household.code,
                    "account": account.public_id,
                    "symbol": election.security.symbol,
                    "elected_on": election.elected_on,
                    "document": election.document,
                },
            )
