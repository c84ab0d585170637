"""What must hold of a tax unit: one way to compute its tax, rates and amounts in range, a budget that can be used."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rebalancing.engine.documents.faults import (
    Fault,
    at_least_zero,
    bounded,
    fraction,
)
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.tax_units import BudgetKind, GainBudget, IncomeProfile, TaxUnit
from rebalancing.engine.tax.tables import known_years


def tax_unit_faults(household: Household) -> Iterator[Fault]:
    for index, unit in enumerate(household.tax_units):
        at = f"/tax_units/{index}"
        if (unit.income is None) == (unit.flat is None):
            yield Fault(at, "needs either income (the full law) or flat (rates), not both and not neither")
        yield from _rates(at, unit)
        if unit.income is not None:
            yield from _income(f"{at}/income", unit.income)
        for name in ("carryforward_short", "carryforward_long", "expected_distributions"):
            yield from at_least_zero(f"{at}/{name}", getattr(unit, name))
        for name in ("realized_short", "realized_long"):
            yield from bounded(f"{at}/{name}", getattr(unit, name))
        if unit.gain_budget is not None:
            yield from budget_faults(at, unit.gain_budget)


def budget_faults(at: str, budget: GainBudget) -> Iterator[Fault]:
    if budget.kind is BudgetKind.PRICED and budget.price <= 0:
        yield Fault(f"{at}/gain_budget/price", "a priced budget needs a price above zero")


def _rates(at: str, unit: TaxUnit) -> Iterator[Fault]:
    yield from fraction(f"{at}/state_rate", unit.state_rate)
    if unit.flat is None:
        return
    for name in ("short", "long", "loss_value"):
        yield from fraction(f"{at}/flat/{name}", getattr(unit.flat, name))
    if unit.flat.short + unit.state_rate >= 1:
        yield Fault(f"{at}/flat/short", "federal and state rate together must be below 1")
    if unit.flat.long > unit.flat.short:
        yield Fault(f"{at}/flat/long", "is above the short-term rate; long-term gains are never taxed more")
    if unit.flat.loss_value > unit.flat.short:
        yield Fault(
            f"{at}/flat/loss_value", "is above the short-term rate; a later deduction is worth no more"
        )


def _income(at: str, income: IncomeProfile) -> Iterator[Fault]:
    if income.tax_year not in known_years():
        years = " and ".join(str(year) for year in known_years())
        yield Fault(f"{at}/tax_year", f"there are tables for {years} only; give flat rates for other years")
    names = (
        "wages",
        "taxable_interest",
        "qualified_dividends",
        "nonqualified_dividends",
        "other_ordinary_income",
    )
    for name in names:
        yield from at_least_zero(f"{at}/{name}", getattr(income, name))
    if income.deduction is not None:
        yield from at_least_zero(f"{at}/deduction", income.deduction)
    for name, most in (("age_or_blind_conditions", 4), ("seniors", 2)):
        if not 0 <= getattr(income, name) <= most:
            yield Fault(f"{at}/{name}", f"must be between 0 and {most}")
    if not 0 <= income.loss_value <= Decimal("0.1"):
        yield Fault(f"{at}/loss_value", "must be between 0 and 0.1, the lowest rate a deduction saves")
