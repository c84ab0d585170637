"""What a return has paid for a year and what last year's tax was: recorded, corrected, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from clients.households import standing_facts
from clients.models import EstimatedTax, TaxUnit
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@dataclass(frozen=True, slots=True)
class Terms:
    """Dollars. Last year's figures are None where nobody knows them, never zero."""

    prior_tax: Decimal | None
    prior_income: Decimal | None
    withheld: Decimal
    paid: Decimal
    document: str = ""


@dataclass(frozen=True, slots=True)
class UnitYear:
    """A return and the year whose payments are recorded."""

    unit: TaxUnit
    year: int


def in_force(units: Iterable[TaxUnit], *, year: int) -> dict[int, EstimatedTax]:
    """The figures that count for a year, by the return's key."""
    rows = EstimatedTax.objects.filter(tax_unit__in=list(units), tax_year=year, ended_at=None)
    return {row.tax_unit_id: row for row in rows}


@transaction.atomic
def record(
    unit: TaxUnit, terms: Terms, *, year: int, user_id: int | None, by: Actor, at: datetime
) -> EstimatedTax:
    """Put a return's payments on record. Raises `Conflict` where the year has some."""
    unit = TaxUnit.objects.select_for_update().get(pk=unit.pk)
    _check(terms)
    if not unit.files_for(year):
        raise BadInput(f"{unit} files for {unit.last_tax_year} last.", "Choose an earlier year.")
    if EstimatedTax.objects.filter(tax_unit=unit, tax_year=year, ended_at=None).exists():
        raise Conflict(f"Payments for {year} are on record.", "Correct those.")
    row = EstimatedTax.objects.create(
        tax_unit=unit, tax_year=year, **asdict(terms), made_by_id=user_id, made_at=at
    )
    audit.record(
        audit.Action.ESTIMATED_TAX_RECORDED,
        about=row,
        by=by,
        at=at,
        sealing=[("estimated_tax", row.pk)],
        tax_unit=unit.public_id,
        tax_year=year,
    )
    return row


@transaction.atomic
def correct(row: EstimatedTax, terms: Terms, *, user_id: int | None, by: Actor, at: datetime) -> EstimatedTax:
    """Put other figures in the place of a row's. Raises `BadInput` when nothing is changed."""
    row = standing_facts.taken_up(row)
    _check(terms)
    told = standing_facts.differing(asdict(terms_of(row)), asdict(terms))
    standing_facts.end(row, reason=standing_facts.CHANGED, user_id=user_id, at=at)
    fresh = EstimatedTax.objects.create(
        tax_unit=row.tax_unit,
        tax_year=row.tax_year,
        **asdict(terms),
        replaces=row,
        made_by_id=user_id,
        made_at=at,
    )
    audit.record(
        audit.Action.ESTIMATED_TAX_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("estimated_tax", fresh.pk), ("estimated_tax_ended", row.pk)],
        replaces=row.public_id,
        changed=told,
    )
    return fresh


@transaction.atomic
def take_back(
    row: EstimatedTax, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> EstimatedTax:
    """Take a return's figures back. Raises `Conflict` for those that have ended."""
    row = standing_facts.end(standing_facts.taken_up(row), reason=reason, user_id=user_id, at=at)
    audit.record(
        audit.Action.ESTIMATED_TAX_ENDED,
        about=row,
        by=by,
        at=at,
        sealing=[("estimated_tax_ended", row.pk)],
        reason=row.end_reason,
    )
    return row


def terms_of(row: EstimatedTax) -> Terms:
    """A row's terms."""
    return Terms(row.prior_tax, row.prior_income, row.withheld, row.paid, row.document)


def _check(terms: Terms) -> None:
    if (terms.prior_tax is None) != (terms.prior_income is None):
        raise BadInput(
            "Last year's tax and last year's income belong together.", "Give both, or leave both empty."
        )
