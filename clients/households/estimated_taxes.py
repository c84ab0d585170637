"""What a return has paid for a year and what last year's tax was: recorded, corrected, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from clients.models import EstimatedTax, TaxUnit
from clients.registers import register
from clients.registers.register import Register
from compliance.actions import Action
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


REGISTER = Register(
    name="estimated_tax",
    model=EstimatedTax,
    columns=("tax_unit", "tax_year", "prior_tax", "prior_income", "withheld", "paid", "document"),
    about=lambda row: row,
    words=str,
    entered=Action.ESTIMATED_TAX_RECORDED,
    changed=Action.ESTIMATED_TAX_CHANGED,
    ended=Action.ESTIMATED_TAX_ENDED,
    kept=("tax_unit", "tax_year"),
    told=lambda row: {"tax_unit": row.tax_unit.public_id, "tax_year": row.tax_year},
)


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
    values = {"tax_unit": unit, "tax_year": year, **asdict(terms)}
    row: EstimatedTax = register.enter(REGISTER, values, user_id=user_id, by=by, at=at)
    return row


def correct(row: EstimatedTax, terms: Terms, *, user_id: int | None, by: Actor, at: datetime) -> EstimatedTax:
    """Put other figures in the place of a row's. Raises `BadInput` when nothing is changed."""
    _check(terms)
    fresh: EstimatedTax = register.change(REGISTER, row, asdict(terms), user_id=user_id, by=by, at=at)
    return fresh


def take_back(
    row: EstimatedTax, *, reason: str, user_id: int | None, by: Actor, at: datetime
) -> EstimatedTax:
    """Take a return's figures back. Raises `Conflict` for those that have ended."""
    ended: EstimatedTax = register.end(REGISTER, row, reason=reason, user_id=user_id, by=by, at=at)
    return ended


def _check(terms: Terms) -> None:
    if (terms.prior_tax is None) != (terms.prior_income is None):
        raise BadInput(
            "Last year's tax and last year's income belong together.", "Give both, or leave both empty."
        )
