"""The returns of a household as the engine's tax units, each by its own year's profile."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict

from clients.models import TaxProfile
from clients.models import TaxUnit as Unit
from rebalancing.engine.documents.tax_units import FlatRates, IncomeProfile, TaxUnit
from rebalancing.engine.tax.tables import FilingStatus, year_to_use
from rebalancing.portfolios import policy_terms
from rebalancing.portfolios.record_rows import Rows

ZERO = Decimal(0)

LOSS_VALUE = Decimal("0.10")
"""What a dollar of carried-over loss is worth later at flat rates: the lowest rate a deduction saves."""


class RatesOf(TypedDict):
    """The part of a return that says how its tax is computed."""

    flat: FlatRates | None
    income: IncomeProfile | None
    state_rate: Decimal


def of(rows: Rows) -> list[TaxUnit]:
    """One for each return that an open account goes on, by code."""
    units = {account.tax_unit for account in rows.accounts if account.tax_unit}
    return [_tax_unit(rows, unit) for unit in sorted(units, key=lambda one: one.code)]


def _tax_unit(rows: Rows, unit: Unit) -> TaxUnit:
    profile = rows.profiles.get(unit.pk)
    if profile is None:
        return _without_profile(unit, rows.earlier_profiles.get(unit.pk))
    realized = rows.realized[unit.pk]
    return TaxUnit(
        id=unit.code,
        name=unit.name,
        **rates(profile),
        realized_short=realized.short,
        realized_long=realized.long,
        realized_unknown=realized.unknown_text,
        carryforward_short=profile.short_term_carryover,
        carryforward_long=profile.long_term_carryover,
        expected_distributions=profile.distributions_expected,
        gain_budget=policy_terms.budget(profile.gain_budget),
    )


def rates(profile: TaxProfile) -> RatesOf:
    """How a year's tax is computed: at the flat rates on record, or by the full law from the year's own status."""
    if profile.rate_short is not None and profile.rate_long is not None:
        short, long = (rate + profile.rate_investment for rate in (profile.rate_short, profile.rate_long))
        flat = FlatRates(short=short, long=long, loss_value=min(LOSS_VALUE, long))
        return {"flat": flat, "income": None, "state_rate": profile.state_rate}
    income = IncomeProfile(
        filing_status=FilingStatus(profile.filing_status),
        tax_year=year_to_use(profile.tax_year),
        wages=profile.wages,
        taxable_interest=profile.taxable_interest,
        qualified_dividends=profile.qualified_dividends,
        other_ordinary_income=profile.other_income,
        deduction=profile.deduction,
    )
    return {"flat": None, "income": income, "state_rate": profile.state_rate}


def _without_profile(unit: Unit, earlier: TaxProfile | None) -> TaxUnit:
    """A return whose year is not confirmed yet. None of its accounts is traded, so no tax follows from these figures:
    last year's rates, or none, and not its gains, carryforwards and budget.
    """
    if earlier is None:
        return TaxUnit(id=unit.code, name=unit.name, flat=FlatRates(short=ZERO, long=ZERO))
    return TaxUnit(id=unit.code, name=unit.name, **rates(earlier))


def sentence_without_profile(unit: Unit, year: int) -> str:
    """What a missing profile means, and what ends it."""
    if not unit.files_for(year):
        return (
            f"{unit.name} files for {unit.last_tax_year} last, so its accounts are measured and not traded until they are "
            "corrected to the owner and the return that report them from then on."
        )
    return (
        f"The tax profile of {unit.name} for {year} is not on record, so its accounts are measured and not traded "
        "until somebody confirms it."
    )
