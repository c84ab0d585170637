"""What the tax ledger of the demonstration needs beside the files: custodians' figures, payments, accounts elsewhere."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from advisory.models import User
from advisory.showroom.demo.households import BY, OnRecord
from clients.holdings import stated_gains
from clients.households import estimated_taxes, outside_accounts
from clients.models import Account, RealizedGain

ZERO = D(0)


def record(on_record: list[OnRecord], *, users: dict[str, User], as_of: date, at: datetime) -> None:
    """A family near its budget has its custodian's figure and payments; one that harvests has a plan elsewhere."""
    for one in on_record:
        acts: dict[str, Any] = {"user_id": users[one.family.advisor].pk, "by": BY, "at": at}
        if one.family.situation.code == "gain_budget":
            _figures(one, as_of=as_of, acts=acts)
            _payments(one, year=as_of.year, acts=acts)
        if one.family.situation.code == "losses":
            terms = outside_accounts.Terms(
                name="Workplace plan",
                registration=str(Account.Registration.PLAN_401K),
                declared_on=as_of - timedelta(days=40),
                institution="Another recordkeeper",
                buys=("ZZTM",),
            )
            owner = one.household.people.filter(left_on=None).order_by("pk")[0]
            outside_accounts.declare(one.household, owner, terms, **acts)


def _figures(one: OnRecord, *, as_of: date, acts: dict[str, Any]) -> None:
    """Each taxed account's figure as its statement of last month has it."""
    taxed = one.household.accounts.filter(tax_treatment=Account.TaxTreatment.TAXABLE)
    for account in taxed.order_by("pk"):
        sold = RealizedGain.objects.filter(account=account, sold_on__year=as_of.year, basis__isnull=False)
        gains = {
            term: sum(
                (row.proceeds - (row.basis or ZERO) + row.disallowed for row in sold if row.term == term),
                ZERO,
            )
            for term in RealizedGain.Term.values
        }
        terms = stated_gains.Terms(
            as_of_on=as_of,
            short=gains[str(RealizedGain.Term.SHORT)],
            long=gains[str(RealizedGain.Term.LONG)],
            document="Year-to-date summary of the monthly statement",
        )
        stated_gains.record(account, terms, year=as_of.year, **acts)


def _payments(one: OnRecord, *, year: int, acts: dict[str, Any]) -> None:
    terms = estimated_taxes.Terms(
        prior_tax=D(41_200),
        prior_income=D(238_000),
        withheld=D(28_000),
        paid=D(9_000),
        document="Return of the year before",
    )
    for unit in one.household.tax_units.order_by("pk"):
        if unit.files_for(year):
            estimated_taxes.record(unit, terms, year=year, **acts)
