"""Who files a return, and what is known of the year: income or flat rates, gains so far, carryforwards, budget."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.tables import FilingStatus


class BudgetKind(StrEnum):
    """A hard budget may not be exceeded; a priced one costs ``price`` for each dollar above."""

    HARD = "hard"
    PRICED = "priced"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRates:
    """Rates used instead of the full federal computation. Fractions of one, state tax not included.

    ``loss_value`` is what a dollar of carried-over loss is worth later, in dollars of tax.
    """

    short: Decimal
    long: Decimal
    loss_value: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeProfile:
    """The year's other income, in dollars, for the full federal computation (see ``federal_tax.TaxProfile``).

    ``other_ordinary_income`` (pensions, IRA distributions) raises income but is no investment income. ``deduction``
    None means the standard deduction. ``loss_value`` is what a dollar of carried-over loss is worth later, in
    dollars of tax.
    """

    filing_status: FilingStatus
    tax_year: int
    wages: Decimal = ZERO
    taxable_interest: Decimal = ZERO
    qualified_dividends: Decimal = ZERO
    nonqualified_dividends: Decimal = ZERO
    other_ordinary_income: Decimal = ZERO
    deduction: Decimal | None = None
    age_or_blind_conditions: int = 0
    seniors: int = 0
    loss_value: Decimal = Decimal("0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class GainBudget:
    """Maximum net gain to be realized in the tax year, in dollars, year to date included."""

    limit: Decimal
    kind: BudgetKind = BudgetKind.HARD
    price: Decimal = ZERO  # Dollars for each dollar above the limit; for priced budgets only.


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxUnit:
    """Who files one return: filing status, what was realized so far, carryforwards, gain budget.

    Exactly one of ``income`` and ``flat`` is given. ``realized_…`` are signed net gains of the year to date,
    without carryforwards; ``carryforward_…`` are losses brought into the year, as positive amounts;
    ``expected_distributions`` are capital-gain distributions received or expected (always long-term) that are
    not in ``realized_long`` yet. ``realized_unknown`` names, for people, the sales of the year whose gain or loss nobody
    knows and which are therefore in neither sum; empty when all are known.
    """

    id: str
    name: str = ""
    income: IncomeProfile | None = None
    flat: FlatRates | None = None
    state_rate: Decimal = ZERO
    realized_short: Decimal = ZERO
    realized_long: Decimal = ZERO
    realized_unknown: str = ""
    carryforward_short: Decimal = ZERO
    carryforward_long: Decimal = ZERO
    expected_distributions: Decimal = ZERO
    gain_budget: GainBudget | None = None
