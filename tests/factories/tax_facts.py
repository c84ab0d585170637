"""The facts that the tax ledger needs beside the files, entered through their verbs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

from clients.holdings import basis_elections, lot_origins, stated_gains
from clients.households import estimated_taxes, outside_accounts
from clients.models import (
    Account,
    BasisElection,
    EstimatedTax,
    Household,
    LotOrigin,
    OutsideAccount,
    Security,
    StatedGains,
)
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON


def acts(user: Any) -> dict[str, Any]:
    """Who enters it and when."""
    return {"user_id": user.pk, "by": Actor.person(user), "at": SUNDAY_NOON}


def a_figure(
    account: Account, user: Any, *, short: D = D(0), long: D = D(600), year: int = 2026
) -> StatedGains:
    """What the custodian says of an account's year."""
    terms = stated_gains.Terms(date(2026, 10, 31), short, long, "Statement of October")
    return stated_gains.record(account, terms, year=year, **acts(user))


def payments(
    household: Household, user: Any, *, prior_tax: D | None = D(30_000), year: int = 2026
) -> EstimatedTax:
    """What a household's first return has paid."""
    terms = estimated_taxes.Terms(
        prior_tax=prior_tax,
        prior_income=None if prior_tax is None else D(200_000),
        withheld=D(20_000),
        paid=D(4_000),
    )
    unit = household.tax_units.order_by("pk")[0]
    return estimated_taxes.record(unit, terms, year=year, **acts(user))


def a_plan_elsewhere(household: Household, user: Any, *, buys: tuple[str, ...] = ("ZUS",)) -> OutsideAccount:
    """An employer's plan that buys on payday and that nobody here sees."""
    terms = outside_accounts.Terms("Acme 401(k)", "plan_401k", date(2026, 11, 1), "Acme", buys=buys)
    return outside_accounts.declare(household, household.people.order_by("pk")[0], terms, **acts(user))


def an_election(account: Account, user: Any, *, symbol: str = "ZBD") -> BasisElection:
    """An average basis for a fund of the account, which is a mutual fund from now on."""
    Security.objects.filter(symbol=symbol).update(kind=Security.Kind.MUTUAL_FUND)
    return basis_elections.elect(
        account,
        Security.objects.get(symbol=symbol),
        elected_on=date(2026, 11, 2),
        document="Letter of November 2",
        **acts(user),
    )


def a_gift(account: Account, user: Any) -> LotOrigin:
    """The account's first lot, which was a gift worth less than it had cost."""
    lot = account.lots.filter(closed_on=None).order_by("pk")[0]
    facts = lot_origins.Facts(
        kind="gift",
        happened_on=date(2026, 6, 1),
        value=D(25_000),
        evidence="Letter of the donor",
        former_basis=D(30_000),
        former_acquired_on=date(2019, 5, 1),
    )
    decider = Actor.person(cast.nina())
    return lot_origins.record(lot, facts, asked_by_id=user.pk, by=decider, at=SUNDAY_NOON)


def one_of_each_end(account: Account, user: Any) -> None:
    """Each fact as it was entered, and each as it ended."""
    figure = a_figure(account, user)
    stated_gains.correct(figure, stated_gains.Terms(date(2026, 11, 1), D(1), D(2), "Later"), **acts(user))
    paid = payments(account.household, user)
    estimated_taxes.take_back(paid, reason="Another return's.", **acts(user))
    plan = a_plan_elsewhere(account.household, user)
    outside_accounts.take_off(plan, reason="Closed.", **acts(user))
    election = an_election(account, user)
    basis_elections.end(election, ends_on=date(2026, 11, 20), reason="Revoked.", **acts(user))
    origin = a_gift(account, user)
    lot_origins.end(origin, reason="Not this lot.", by=Actor.person(cast.nina()), at=SUNDAY_NOON)
