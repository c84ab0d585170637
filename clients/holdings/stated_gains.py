"""Custodians' own year-to-date gains, typed from a statement: recorded, corrected, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from clients.households import standing_facts
from clients.models import Account, Household, StatedGains
from compliance.audit_trail import audit
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
    row = StatedGains.objects.create(
        account=account, tax_year=year, **asdict(terms), made_by_id=user_id, made_at=at
    )
    audit.record(
        audit.Action.STATED_GAINS_RECORDED,
        about=row,
        by=by,
        at=at,
        sealing=[("stated_gains", row.pk)],
        account=account.public_id,
        tax_year=year,
        **{name: str(value) for name, value in asdict(terms).items() if value is not None},
    )
    return row


@transaction.atomic
def correct(row: StatedGains, terms: Terms, *, user_id: int | None, by: Actor, at: datetime) -> StatedGains:
    """Put another figure in the place of one. Raises `BadInput` when nothing is changed."""
    row = standing_facts.taken_up(row)
    _check(row.account, terms, row.tax_year)
    told = standing_facts.differing(asdict(terms_of(row)), asdict(terms))
    standing_facts.end(row, reason=standing_facts.CHANGED, user_id=user_id, at=at)
    fresh = StatedGains.objects.create(
        account=row.account,
        tax_year=row.tax_year,
        **asdict(terms),
        replaces=row,
        made_by_id=user_id,
        made_at=at,
    )
    audit.record(
        audit.Action.STATED_GAINS_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("stated_gains", fresh.pk), ("stated_gains_ended", row.pk)],
        replaces=row.public_id,
        changed=told,
    )
    return fresh


@transaction.atomic
def take_back(row: StatedGains, *, reason: str, user_id: int | None, by: Actor, at: datetime) -> StatedGains:
    """Take a figure back: the ledger is compared with nothing again. Raises `Conflict` for one that has ended."""
    row = standing_facts.end(standing_facts.taken_up(row), reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.STATED_GAINS_ENDED,
        about=row,
        by=by,
        at=at,
        sealing=[("stated_gains_ended", row.pk)],
        reason=row.end_reason,
    )
    return row


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
