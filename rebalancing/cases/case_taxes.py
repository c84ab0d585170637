"""The tax returns of a household as the rule book reads them: ledger, budget, rates and income lines."""

from __future__ import annotations

from decimal import Decimal

from clients.models import TaxProfile
from compliance.rules.facts import case
from compliance.rules.facts.recorded import Subject
from rebalancing.cases.case_facts import recorded
from rebalancing.engine.documents.plan import Plan, UnitTax
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.tax import federal_tax, thresholds
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)


def units(portfolio: Portfolio, plan: Plan) -> tuple[case.TaxUnit, ...]:
    """One entry for each return; what the plan adds to income is its own recognized gain."""
    by_code = {unit.tax_unit: unit for unit in plan.tax}
    profiles = portfolio.rows.profiles
    by_return = {
        unit.code: profiles[unit.pk]
        for unit in {account.tax_unit for account in portfolio.accounts if account.tax_unit}
        if unit.pk in profiles
    }
    return tuple(
        _unit(portfolio, row, by_code.get(row.id), profile=by_return.get(row.id))
        for row in portfolio.household.tax_units
    )


def _unit(
    portfolio: Portfolio, row: TaxUnit, planned: UnitTax | None, *, profile: TaxProfile | None
) -> case.TaxUnit:
    known = sum(unit_taxes.base(row), ZERO)
    # A year with a sale of unknown gain has no known net; a rule that needs it fails, as for anything unknown.
    net_before = None if row.realized_unknown else known
    added = (planned.short, planned.long) if planned else (ZERO, ZERO)
    before = None if net_before is None else _income(row, ZERO, ZERO)
    after = None if net_before is None else _income(row, *added)
    return case.TaxUnit(
        key=row.id,
        label=row.name or row.id,
        accounts=frozenset(
            account.id for account in portfolio.household.accounts if account.tax_unit == row.id
        ),
        gain_budget=row.gain_budget.limit if row.gain_budget else None,
        has_gain_budget=row.gain_budget is not None,
        net_before=net_before,
        sales_of_unknown_gain=row.realized_unknown,
        rate_short=planned.marginal_short if planned else None,
        rate_long=planned.marginal_long if planned else None,
        magi_before=before,
        magi_after=after,
        income_lines=_lines(row) if row.income else None,
        recorded=recorded(Subject.TAX_PROFILE, profile),
    )


def _income(row: TaxUnit, short: Decimal, long: Decimal) -> Decimal | None:
    """Modified adjusted gross income with these gains of the plan: a net loss counts up to the limit (IRC 1211(b))."""
    if row.income is None:
        return None
    return federal_tax.compute(unit_taxes.profile(row), unit_taxes.ledger(row, short, long)).agi


def _lines(row: TaxUnit) -> tuple[tuple[str, Decimal], ...]:
    """The incomes at which something changes for the client: net investment income tax, Medicare premiums."""
    edges = thresholds.edges(unit_taxes.profile(row))
    niit = [edge.at for edge in edges if edge.kind is thresholds.EdgeKind.INVESTMENT_INCOME_TAX]
    tiers = [edge.at for edge in edges if edge.kind is thresholds.EdgeKind.MEDICARE_TIER]
    return (
        *(("niit", amount) for amount in niit),
        *((f"irmaa_tier{number}", amount) for number, amount in enumerate(tiers, start=1)),
    )
