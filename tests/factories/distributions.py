"""Facts of required distributions: an inherited account's terms, a balance of December 31, an owner of an age."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

from clients.households import distribution_facts
from clients.households.distribution_facts import Figure, Terms
from clients.models import Account, DistributionFigure, DistributionTerms, Household, Person, Transaction
from compliance.people.actors import Actor
from tests.clock import SUNDAY_NOON

TODAY = date(2026, 11, 22)
FATHER = Terms(
    inherited_from="Frank Miller",
    decedent_born_on=date(1940, 1, 1),
    died_on=date(2023, 5, 1),
    beneficiary="other",
    source="Death certificate",
)


def ira(household: Household) -> Account:
    """The household's IRA."""
    found: Account = household.accounts.filter(registration__endswith="ira").order_by("pk")[0]
    return found


def acts(by: Any) -> dict[str, Any]:
    return {"user_id": by.pk, "by": Actor.person(by), "at": SUNDAY_NOON}


def terms(household: Household, *, by: Any, said: Terms = FATHER, on: date = TODAY) -> DistributionTerms:
    """The household's IRA was inherited, and this says from whom."""
    account = ira(household)
    household.accounts.filter(pk=account.pk).update(registration="inherited_ira")
    account.refresh_from_db()
    return distribution_facts.record_terms(account, said, on=on, **acts(by))


def balance(
    household: Household,
    *,
    by: Any,
    amount: str | None = "474000",
    year: int = 2026,
    on: date = TODAY,
    **more: Any,
) -> DistributionFigure:
    """What the IRA was worth on December 31 before the year."""
    account = ira(household)
    figure = Figure(
        **{
            "person": account.owner,
            "account": account,
            "kind": "balance",
            "year": year,
            "amount": None if amount is None else D(amount),
            "source": "Statement of December 31",
            **more,
        }
    )
    return distribution_facts.record_figure(figure, on=on, **acts(by))


def born(household: Household, on: date) -> Person:
    """The head of the household is born on another day."""
    head: Person = household.people.order_by("pk")[0]
    head.born_on_text = on.isoformat()
    head.save(update_fields=["born_on_text"])
    return head


def paid(
    household: Household, amount: str, on: date, *, kind: str = "distribution", account: Account | None = None
) -> Transaction:
    """The custodian booked a distribution."""
    account = account or ira(household)
    made: Transaction = Transaction.objects.create(
        account=account, key=f"{on}-{amount}-{kind}", kind=kind, traded_on=on, amount=-D(amount)
    )
    return made
