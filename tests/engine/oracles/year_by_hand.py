"""Gains and taxes of a return's year worked out by hand, beside `plan_by_hand`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.tax import tables
from rebalancing.engine.tax.tables import FilingStatus
from tests.engine.oracles import slow_tax
from tests.engine.oracles.lots_by_hand import by_law
from tests.engine.oracles.plan_by_hand import CENT, Case, Faults, nearest_cent
from tests.engine.oracles.slow_tax import ZERO, cancel


@dataclass(frozen=True)
class Year:
    federal: Fraction
    niit: Fraction
    state: Fraction
    carry_short: Fraction
    carry_long: Fraction


def year(unit: TaxUnit, short: Fraction, long: Fraction) -> Year:
    """The unit's year with these gains added, by walking along the income or by the flat rates."""
    net_short = Fraction(unit.realized_short) - Fraction(unit.carryforward_short) + short
    net_long = (
        Fraction(unit.realized_long)
        + Fraction(unit.expected_distributions)
        - Fraction(unit.carryforward_long)
    ) + long
    gain_short, loss_short = max(ZERO, net_short), max(ZERO, -net_short)
    gain_long, loss_long = max(ZERO, net_long), max(ZERO, -net_long)
    gain_short, loss_long = cancel(gain_short, loss_long)
    gain_long, loss_short = cancel(gain_long, loss_short)
    income = unit.income
    limit = Fraction(3000)
    if income is not None and income.filing_status is FilingStatus.MARRIED_SEPARATELY:
        limit = Fraction(1500)
    deducted = min(limit, loss_short + loss_long)
    state = Fraction(unit.state_rate) * (gain_short + gain_long - deducted)
    if income is None:
        assert unit.flat is not None
        federal = Fraction(unit.flat.short) * (gain_short - deducted) + Fraction(unit.flat.long) * gain_long
        rest, carry_short = cancel(deducted, loss_short)
        return Year(federal, ZERO, state, carry_short, loss_long - rest)
    table = tables.table(income.tax_year, income.filing_status)
    answer = slow_tax.tax(
        slow_tax.Figures(
            brackets=tuple(
                (Fraction(b.rate), None if b.up_to is None else Fraction(b.up_to)) for b in table.brackets
            ),
            zero_up_to=Fraction(table.zero_rate_up_to),
            fifteen_up_to=Fraction(table.fifteen_rate_up_to),
            deduction=Fraction(table.deduction if income.deduction is None else income.deduction),
            loss_limit=limit,
            niit_above=Fraction(table.niit_above),
            is_fiduciary=income.filing_status.is_fiduciary,
            minimum=slow_tax.minimum_of(table, income.deduction),
        ),
        slow_tax.Year(
            wages=Fraction(income.wages),
            interest=Fraction(income.taxable_interest),
            qualified_dividends=Fraction(income.qualified_dividends),
            short_term=net_short,
            long_term=net_long,
        ),
    )
    return Year(
        answer.income_tax + answer.minimum_tax, answer.niit, state, answer.carry_short, answer.carry_long
    )


def gains(case: Case) -> dict[str, tuple[Fraction, Fraction, int]]:
    """Short- and long-term gains of each tax unit that the plan recognizes, and from how many lots."""
    found: dict[str, tuple[Fraction, Fraction, int]] = {}
    for lot, outcome in by_law(case).items():
        account = case.accounts[case.lots[lot].account]
        if account.is_taxed and account.tax_unit is not None:
            short, long, count = found.get(account.tax_unit, (ZERO, ZERO, 0))
            found[account.tax_unit] = short + outcome.short, long + outcome.long, count + 1
    return found


def taxes(case: Case) -> Faults:
    """Every return with and without the plan, to the cent."""
    realized = gains(case)
    total = ZERO
    for row in case.plan.tax:
        (unit,) = [unit for unit in case.household.tax_units if unit.id == row.tax_unit]
        short, long, count = realized.get(unit.id, (ZERO, ZERO, 0))
        # Basis is shared out in whole cents, and what is washed once more.
        if max(abs(Fraction(row.short) - short), abs(Fraction(row.long) - long)) > 3 * CENT * count:
            yield f"{unit.id} realizes {row.short} and {row.long}; due {float(short)} and {float(long)}"
        before, after = year(unit, ZERO, ZERO), year(unit, Fraction(row.short), Fraction(row.long))
        due = [
            *((nearest_cent(before.federal), nearest_cent(after.federal))),
            *((nearest_cent(before.niit), nearest_cent(after.niit))),
            *((nearest_cent(before.state), nearest_cent(after.state))),
            *((nearest_cent(after.carry_short), nearest_cent(after.carry_long))),
        ]
        told = [
            *(row.federal_before, row.federal_after, row.niit_before, row.niit_after),
            *(row.state_before, row.state_after, row.carryforward_short_after, row.carryforward_long_after),
        ]
        change = due[1] - due[0] + due[3] - due[2] + due[5] - due[4]
        total += change
        if [Fraction(figure) for figure in told] != due or Fraction(row.change) != change:
            yield f"{unit.id}: {[str(t) for t in told]}, change {row.change}; due {[float(d) for d in due]}"
    if Fraction(case.plan.tax_change) != total:
        yield f"the tax changes by {case.plan.tax_change}, due {float(total)}"
    for order in case.plan.orders:
        for sale in order.lots:
            is_unknown = case.accounts[order.account].is_taxed and case.lots[sale.lot].basis is None
            is_told = any("basis is not known, so neither" in warning for warning in case.plan.warnings)
            if is_unknown and not (case.is_asked(order) and is_told):
                yield f"{sale.lot}, of unknown basis, is sold without an edit and a warning"
