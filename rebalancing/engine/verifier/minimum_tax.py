"""The alternative minimum tax once more, as Form 6251 asks for it line by line (IRC 55, 56(b)(1)(D))."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.documents.tax_units import IncomeProfile
from rebalancing.engine.money import ZERO
from rebalancing.engine.tax.tables import FilingStatus, TaxTable, table


def minimum_tax(
    income: IncomeProfile, *, net_short: Decimal, net_long: Decimal, taxable: Decimal, income_tax: Decimal
) -> Decimal:
    """What is owed beyond the regular ``income_tax`` on ``taxable`` dollars of taxable income."""
    figures = table(income.tax_year, income.filing_status)
    tentative = _tentative(figures, income, net_short, net_long, taxable)
    return tentative - income_tax if tentative > income_tax else ZERO


def _tentative(
    figures: TaxTable, income: IncomeProfile, net_short: Decimal, net_long: Decimal, taxable: Decimal
) -> Decimal:
    law = figures.minimum_tax
    net = net_short + net_long
    # Line 4: the year's income less what was itemized. The standard deduction, the seniors' and exemptions are not taken.
    line_4 = (
        income.wages
        + income.other_ordinary_income
        + income.taxable_interest
        + income.qualified_dividends
        + income.nonqualified_dividends
        + (net if net > -figures.capital_loss_limit else -figures.capital_loss_limit)
    )
    if income.deduction is not None:
        line_4 -= income.deduction
    over = line_4 - law.phase_out_above
    exempt = law.exemption
    if over > 0:
        exempt = max(ZERO, exempt - law.phase_out_rate * over)
        gone = law.phase_out_above + law.exemption / law.phase_out_rate
        if income.filing_status is FilingStatus.MARRIED_SEPARATELY and line_4 > gone:
            line_4 += min(law.exemption, law.phase_out_rate * (line_4 - gone))
    line_6 = max(ZERO, line_4 - exempt)
    # Lines 13 to 16: what has rates of its own, netted as Schedule D does.
    gain = ZERO
    if net_long > 0:
        gain = net_long if net_short >= 0 else max(ZERO, net)
    line_13 = gain + income.qualified_dividends
    line_16 = min(line_6, line_13)
    line_18 = _at_two_rates(figures, line_6 - line_16)
    # Lines 19 to 34: the room under the edges is what regular ordinary income leaves.
    ordinary = max(ZERO, taxable - line_13)
    left, tax = line_16, line_18
    floor = ordinary
    for edge, rate in (
        (figures.zero_rate_up_to, ZERO),
        (figures.fifteen_rate_up_to, Decimal("0.15")),
        (None, Decimal("0.20")),
    ):
        fits = left if edge is None else min(left, max(ZERO, edge - floor))
        tax += rate * fits
        left -= fits
        floor += fits if edge is None else max(ZERO, edge - floor)
    return min(tax, _at_two_rates(figures, line_6))


def _at_two_rates(figures: TaxTable, income: Decimal) -> Decimal:
    law = figures.minimum_tax
    if income <= law.upper_rate_above:
        return law.rate * income
    return law.rate * law.upper_rate_above + law.upper_rate * (income - law.upper_rate_above)
