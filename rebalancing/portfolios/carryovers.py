"""What a year's result carries into the next: a suggestion for the next year's profile, never taken by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.holdings import year_to_date
from clients.models import TaxProfile, TaxUnit
from rebalancing.engine.documents.tax_units import TaxUnit as Return
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.wording import dollars
from rebalancing.portfolios import own_sales, tax_units


@dataclass(frozen=True, slots=True)
class Carryover:
    """Losses carried into a year, in dollars, and the sentence that says from what. None: not known."""

    short: Decimal | None
    long: Decimal | None
    sentence: str


def into(unit: TaxUnit, year: int, *, on: date) -> Carryover:
    """The losses that a unit's result of the year before carries into `year` (IRC 1212(b)), as known on a day.

    Needs last year's profile and the gain of every sale of that year; otherwise it says what is missing.
    """
    before = year - 1
    profile = TaxProfile.objects.filter(tax_unit=unit, tax_year=before).first()
    if profile is None:
        return Carryover(None, None, f"The profile of {before} is not on record, so nothing can be computed.")
    realized = _realized(unit, profile)
    if realized.unknown:
        return Carryover(
            None,
            None,
            f"Not known from {before}: the gain or loss of {realized.unknown_text} is not on record.",
        )
    result = unit_taxes.compute(
        Return(
            id=unit.code,
            **tax_units.rates(profile),
            realized_short=realized.short,
            realized_long=realized.long,
            carryforward_short=profile.short_term_carryover,
            carryforward_long=profile.long_term_carryover,
            expected_distributions=profile.distributions_expected,
        ),
        ZERO,
        ZERO,
    )
    short, long = cents(result.carryforward_short), cents(result.carryforward_long)
    so_far = " so far" if before >= on.year else ""
    return Carryover(
        short,
        long,
        f"From {before}{so_far}: realized {dollars(realized.short, cents=True)} short-term and "
        f"{dollars(realized.long, cents=True)} long-term carry {dollars(short, cents=True)} of short-term and "
        f"{dollars(long, cents=True)} of long-term losses into {year}. Compare with the return that was filed.",
    )


def _realized(unit: TaxUnit, profile: TaxProfile) -> year_to_date.Realized:
    year, household = profile.tax_year, unit.household
    since, last = date(year, 1, 1), date(year, 12, 31)
    return year_to_date.of(
        {unit.pk: profile},
        year=year,
        gains=year_to_date.gains_since(household, since),
        sales=year_to_date.sales_since(household, since),
        own=own_sales.in_year(household, on=last),
    )[unit.pk]
