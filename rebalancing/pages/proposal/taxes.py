"""The estimate of tax by return, with the method in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clients import figures
from rebalancing.engine.documents.plan import Plan, UnitTax
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.pages.proposal.stored import Stored

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One return's estimate; `change` is tax with the plan less tax without it, and sums the three before it.

    `short` and `long` are the plan's own recognized gains, `net_…` those of the year.
    """

    name: str
    method: str
    short: Decimal
    long: Decimal
    disallowed: Decimal
    net_short: Decimal
    net_long: Decimal
    federal: Decimal
    niit: Decimal
    state: Decimal
    change: Decimal
    budget_limit: Decimal | None
    budget_used: Decimal | None


@dataclass(frozen=True, slots=True)
class Taxes:
    """`left_out` says what of the law the figures do not count; empty for plans at flat rates."""

    returns: tuple[TaxRow, ...]
    left_out: str


def of(stored: Stored) -> Taxes:
    units = {unit.id: unit for unit in stored.household.tax_units}
    return Taxes(
        returns=tuple(_row(unit, units[unit.tax_unit]) for unit in stored.plan.tax),
        left_out=left_out(stored.plan),
    )


def left_out(plan: Plan) -> str:
    return f"Not in these figures: {'; '.join(plan.not_modeled)}." if plan.not_modeled else ""


def _row(unit: UnitTax, asked: TaxUnit) -> TaxRow:
    return TaxRow(
        name=asked.name or unit.tax_unit,
        method=_method(unit, asked),
        short=unit.short,
        long=unit.long,
        disallowed=unit.disallowed,
        net_short=unit.net_short,
        net_long=unit.net_long,
        federal=unit.federal_after - unit.federal_before,
        niit=unit.niit_after - unit.niit_before,
        state=unit.state_after - unit.state_before,
        change=unit.change,
        budget_limit=unit.budget_limit,
        budget_used=unit.budget_used,
    )


def _method(unit: UnitTax, asked: TaxUnit) -> str:
    state = (
        f", plus {figures.weight(asked.state_rate, places=1)} state" if asked.state_rate else ", no state tax"
    )
    if asked.income is not None:
        law = f"full federal computation for {asked.income.tax_year}, with and without the plan"
    else:
        law = "flat rates agreed with the client"
    minimum = (unit.minimum_tax_after or ZERO) - (unit.minimum_tax_before or ZERO)
    if minimum:
        state += f"; federal tax counts {figures.money(minimum, signed=True)} of alternative minimum tax"
    return (
        f"By {law}{state}. The next dollar would cost {figures.weight(unit.marginal_short, places=1)} short, "
        f"{figures.weight(unit.marginal_long, places=1)} long-term."
    )
