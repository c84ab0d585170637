"""What the demonstration firm knows of required distributions: inheritances, balances of December 31, and what was taken."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from advisory.models import User
from advisory.showroom.demo.households import BY, OnRecord
from clients.holdings import valuation
from clients.households import distribution_facts
from clients.households.distribution_facts import CONCERNED, INHERITED, Figure, Terms
from clients.models import Account
from clients.securities import securities
from rebalancing.engine.money import cents

AGE = 73
NO_BALANCE, NOTHING_TAKEN = 0, 1
"""Of the accounts that ask for something: the first lacks its balance, of the second nothing was taken, the others are done."""
GROWN = Decimal("0.93")
"""What an account was worth on December 31, as a part of today's value."""


def record(on_record: list[OnRecord], *, users: dict[str, User], as_of: date, at: datetime) -> None:
    """Terms of the inherited accounts, and balances with what was taken of the accounts that ask for something."""
    asking = 0
    for one in on_record:
        acts: dict[str, Any] = {"on": as_of, "user_id": users[one.family.advisor].pk, "by": BY, "at": at}
        found = one.household.accounts.filter(registration__in=sorted(CONCERNED), closed_on=None)
        for account in found.select_related("owner", "cash").order_by("pk"):
            born_on = account.owner.born_on
            if account.registration in INHERITED:
                distribution_facts.record_terms(account, _terms(one, as_of), **acts)
            elif born_on is None or as_of.year - born_on.year < AGE:
                continue
            if account.registration == Account.Registration.INHERITED_ROTH_IRA:
                # The ten-year rule asks for nothing before its last year.
                continue
            if asking != NO_BALANCE:
                _figures(account, as_of=as_of, is_taken=asking != NOTHING_TAKEN, acts=acts)
            asking += 1


def _terms(one: OnRecord, as_of: date) -> Terms:
    return Terms(
        inherited_from=f"Ruth {one.family.name}",
        decedent_born_on=date(as_of.year - 87, 4, 12),
        died_on=date(as_of.year - 3, 2, 8),
        beneficiary="other",
        source="Death certificate and the custodian's beneficiary form",
    )


def _figures(account: Account, *, as_of: date, is_taken: bool, acts: dict[str, Any]) -> None:
    lots = list(account.lots.filter(closed_on=None).select_related("security"))
    positions = list(account.positions.select_related("security"))
    held = {lot.security_id: lot.security for lot in lots} | {
        each.security_id: each.security for each in positions
    }
    value = valuation.of_account(
        lots=lots,
        positions=positions,
        securities=held,
        cash=getattr(account, "cash", None),
        prices=securities.prices_on(as_of, securities=held),
    )
    if value is None:
        return
    balance = cents(value * GROWN)
    figure: dict[str, Any] = {"person": account.owner, "account": account, "year": as_of.year}
    distribution_facts.record_figure(
        Figure(**figure, kind="balance", amount=balance, source="Custodian's statement of December 31"),
        **acts,
    )
    if is_taken:
        taken = Figure(
            **figure,
            kind="taken",
            amount=cents(balance / 10),
            taken_on=date(as_of.year, 3, 16) if as_of >= date(as_of.year, 3, 16) else as_of,
            source="Custodian's confirmation",
        )
        distribution_facts.record_figure(taken, **acts)
