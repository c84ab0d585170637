"""Custodians' own year-to-date gains, typed from a statement: recorded, corrected, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.models import Account, Household, StatedGains
from clients.registers import register
from clients.registers.register import Register
from compliance.actions import Action
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@dataclass(frozen=True, slots=True)
class Terms:
    """A custodian's figure as its statement has it; dollars, `disallowed` positive or None where it is not stated."""

    as_of_on: date
    short: Decimal
    long: Decimal
    document: str
    disallowed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AccountYear:
    """An account and the year whose figure is typed."""

    account: Account
    year: int

    def __str__(self) -> str:
        return f"{self.account}, {self.year}"


REGISTER = Register(
    name="stated_gains",
    model=StatedGains,
    columns=("account", "tax_year", "as_of_on", "short", "long", "disallowed", "document"),
    about=lambda row: row,
    words=str,
    entered=Action.STATED_GAINS_RECORDED,
    changed=Action.STATED_GAINS_CHANGED,
    ended=Action.STATED_GAINS_ENDED,
    kept=("account", "tax_year"),
    told=lambda row: {
        "account": row.account.public_id,
        "tax_year": row.tax_year,
        **{name: str(value) for name, value in asdict(terms_of(row)).items() if value is not None},
    },
)


def in_force(households: Iterable[Household], *, year: int) -> list[StatedGains]:
    """The figures that count for a year, by account."""
    rows = StatedGains.objects.filter(
        account__household__in=list(households), tax_year=year, ended_at=None
    ).select_related("account")
    return list(rows.order_by("account__name", "pk"))


@transaction.atomic
def record(
    account: Account, terms: Terms, *, year: int, user_id: int | None, by: Actor, at: datetime
) -> StatedGains:
    """Put a custodian's figure on record. Raises `Conflict` where the year has one, `BadInput` for one of another year."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    _check(account, terms, year)
    if StatedGains.objects.filter(account=account, tax_year=year, ended_at=None).exists():
        raise Conflict(f"The custodian's figure of {year} is on record.", "Correct that one.")
    values = {"account": account, "tax_year": year, **asdict(terms)}
    row: StatedGains = register.enter(REGISTER, values, user_id=user_id, by=by, at=at)
    return row


def correct(row: StatedGains, terms: Terms, *, user_id: int | None, by: Actor, at: datetime) -> StatedGains:
    """Put another figure in the place of one. Raises `BadInput` when nothing is changed."""
    _check(row.account, terms, row.tax_year)
    fresh: StatedGains = register.change(REGISTER, row, asdict(terms), user_id=user_id, by=by, at=at)
    return fresh


def take_back(row: StatedGains, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> StatedGains:
    """Take a figure back: the ledger is compared with nothing again. Raises `Conflict` for one that has ended."""
    ended: StatedGains = register.end(REGISTER, row, reason=reason, user_id=user_id, by=by, at=at)
    return ended


def terms_of(row: StatedGains) -> Terms:
    """A row's terms."""
    return Terms(row.as_of_on, row.short, row.long, row.document, row.disallowed)


def _check(account: Account, terms: Terms, year: int) -> None:
    if account.tax_treatment != Account.TaxTreatment.TAXABLE:
        raise BadInput(f"Sales in {account.name} are not taxed.", "Choose a taxable account.")
    if terms.as_of_on.year != year and terms.as_of_on < date(year, 12, 31):
        raise BadInput(f"{terms.as_of_on} is before {year}.", "Give the last day that the figure covers.")
    if not terms.document.strip():
        raise BadInput("The figure needs its statement.", "Say where it is read from.")
