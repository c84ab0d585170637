"""The tax of one tax unit, by the full law or by flat rates, in one form.

The full computation is ``federal_tax.compute``. With flat rates the netting, the loss limit and the carry-over are the
law's (``flat_rates.compute``); only brackets, NIIT and deductions are replaced by two given rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.money import ZERO
from rebalancing.engine.tax import federal_tax, flat_rates


@dataclass(frozen=True, slots=True)
class UnitComputation:
    """One year of one unit with a given set of gains; dollars, unrounded. Carry-overs are positive."""

    net_short: Decimal
    net_long: Decimal
    federal: Decimal  # Income tax, the alternative minimum tax included.
    minimum_tax: Decimal
    niit: Decimal
    state: Decimal
    carryforward_short: Decimal
    carryforward_long: Decimal

    @property
    def total(self) -> Decimal:
        return self.federal + self.niit + self.state


def base(unit: TaxUnit) -> tuple[Decimal, Decimal]:
    """Net short-term and net long-term of the year before the plan, carryforwards taken off."""
    short = unit.realized_short - unit.carryforward_short
    return short, unit.realized_long + unit.expected_distributions - unit.carryforward_long


@lru_cache(maxsize=1024)
def compute(unit: TaxUnit, short: Decimal, long: Decimal) -> UnitComputation:
    """The year's tax when the plan adds recognized gains ``short`` and ``long`` (signed dollars).

    Cached: the year without a plan is needed many times. Raises tables.UnknownTaxYear for a profile without tables.
    """
    return _flat(unit, short, long) if unit.income is None else _full(unit, short, long)


def loss_value(unit: TaxUnit) -> Decimal:
    """What a dollar of carried-over loss is worth, in dollars of tax."""
    if unit.income is not None:
        return unit.income.loss_value
    assert unit.flat is not None, "a tax unit has either an income profile or flat rates"
    return unit.flat.loss_value


def valued(unit: TaxUnit, computation: UnitComputation) -> Decimal:
    """Tax less the worth of what is carried over: what the objective calls tax, in dollars."""
    carried = computation.carryforward_short + computation.carryforward_long
    return computation.total - loss_value(unit) * carried


def profile(unit: TaxUnit) -> federal_tax.TaxProfile:
    """The unit's income in the form of the full computation."""
    income = unit.income
    assert income is not None, "only units with an income profile have the full computation"
    return federal_tax.TaxProfile(
        tax_year=income.tax_year,
        filing_status=income.filing_status,
        wages=income.wages,
        taxable_interest=income.taxable_interest,
        qualified_dividends=income.qualified_dividends,
        nonqualified_dividends=income.nonqualified_dividends,
        other_ordinary_income=income.other_ordinary_income,
        deduction=income.deduction,
        age_or_blind_conditions=income.age_or_blind_conditions,
        seniors=income.seniors,
        state_rate=unit.state_rate,
    )


def rates(unit: TaxUnit) -> flat_rates.FlatRates:
    """The unit's flat rates with state tax added, in the form of the computation at flat rates."""
    given = unit.flat
    assert given is not None, "only units without an income profile have flat rates"
    return flat_rates.FlatRates(
        short=given.short + unit.state_rate,
        long=given.long + unit.state_rate,
        loss_value=given.loss_value,
        state_part=unit.state_rate,
    )


def ledger(unit: TaxUnit, short: Decimal, long: Decimal) -> federal_tax.GainLedger:
    """The year's gains when the plan adds ``short`` and ``long`` (signed dollars)."""
    return federal_tax.GainLedger(
        short_term=unit.realized_short + short,
        long_term=unit.realized_long + long,
        short_term_carryover=unit.carryforward_short,
        long_term_carryover=unit.carryforward_long,
        distributions=unit.expected_distributions,
    )


def _full(unit: TaxUnit, short: Decimal, long: Decimal) -> UnitComputation:
    done = federal_tax.compute(profile(unit), ledger(unit, short, long))
    return UnitComputation(
        net_short=done.net_short_term,
        net_long=done.net_long_term,
        federal=done.income_tax + done.minimum_tax,
        minimum_tax=done.minimum_tax,
        niit=done.niit,
        state=done.state,
        carryforward_short=done.short_term_carryover,
        carryforward_long=done.long_term_carryover,
    )


def _flat(unit: TaxUnit, short: Decimal, long: Decimal) -> UnitComputation:
    gains = ledger(unit, short, long)
    done = flat_rates.compute(rates(unit), gains)
    state = unit.state_rate * (done.taxed_short + done.taxed_long - done.loss_deducted)
    return UnitComputation(
        net_short=gains.net_short_term,
        net_long=gains.net_long_term,
        federal=done.tax - state,
        minimum_tax=ZERO,
        niit=ZERO,
        state=state,
        carryforward_short=done.short_term_carryover,
        carryforward_long=done.long_term_carryover,
    )
