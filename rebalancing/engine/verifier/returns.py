"""Taxes: every return computed again in full, with and without the plan, equal to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.plan import BudgetUse
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.tax import federal_tax, flat_rates
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.verifier.case import Case, Orders, differs, once
from rebalancing.engine.verifier.minimum_tax import minimum_tax


@dataclass(frozen=True, slots=True)
class Year:
    """One computation of one return, unrounded, and what its carried losses are worth."""

    net_short: Decimal
    net_long: Decimal
    federal: Decimal  # The alternative minimum tax included.
    minimum_tax: Decimal
    niit: Decimal
    state: Decimal
    carry_short: Decimal
    carry_long: Decimal
    carry_worth: Decimal

    @property
    def cost(self) -> Decimal:
        """Tax less the worth of what is carried over."""
        return self.federal + self.niit + self.state - self.carry_worth


@once
def gains(case: Case, orders: Orders) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Short, long and disallowed of each tax unit, from the lots sold. An unknown basis counts as zero."""
    found = {unit.id: [ZERO, ZERO, ZERO] for unit in case.household.tax_units}
    for order in orders:
        account = case.accounts[order.account]
        if not account.is_taxed or account.tax_unit is None:
            continue
        for sale in order.lots:
            gain = sale.proceeds if sale.gain is None else sale.gain + sale.disallowed
            found[account.tax_unit][1 if sale.term is Term.LONG else 0] += gain - sale.tacked
            found[account.tax_unit][1] += sale.tacked
            found[account.tax_unit][2] += sale.disallowed
    return {unit: (short, long, lost) for unit, (short, long, lost) in found.items()}


def year(case: Case, unit: TaxUnit, short: Decimal, long: Decimal) -> Year:
    """The unit's year with the plan's recognized gains added; each is computed once."""
    key = unit.id, short, long
    if key not in case.known:
        case.known[key] = _computed(unit, short, long)
    found: Year = case.known[key]
    return found


def _computed(unit: TaxUnit, short: Decimal, long: Decimal) -> Year:
    ledger = federal_tax.GainLedger(
        short_term=unit.realized_short + short,
        long_term=unit.realized_long + long,
        short_term_carryover=unit.carryforward_short,
        long_term_carryover=unit.carryforward_long,
        distributions=unit.expected_distributions,
    )
    if unit.income is None:
        assert unit.flat is not None, "validation asks for income or flat rates"
        state = unit.state_rate
        rates = flat_rates.FlatRates(
            short=unit.flat.short + state,
            long=unit.flat.long + state,
            loss_value=unit.flat.loss_value,
            state_part=state,
        )
        done = flat_rates.compute(rates, ledger)
        to_state = state * (done.taxed_short + done.taxed_long - done.loss_deducted)
        return Year(
            ledger.net_short_term,
            ledger.net_long_term,
            done.tax - to_state,
            ZERO,
            ZERO,
            to_state,
            done.short_term_carryover,
            done.long_term_carryover,
            done.carryover_value,
        )
    income = unit.income
    full = federal_tax.compute(
        federal_tax.TaxProfile(
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
        ),
        ledger,
    )
    beyond = minimum_tax(
        income,
        net_short=full.net_short_term,
        net_long=full.net_long_term,
        taxable=full.taxable_income,
        income_tax=full.income_tax,
    )
    carried = full.short_term_carryover + full.long_term_carryover
    return Year(
        full.net_short_term,
        full.net_long_term,
        full.income_tax + beyond,
        beyond,
        full.niit,
        full.state,
        full.short_term_carryover,
        full.long_term_carryover,
        carried * income.loss_value,
    )


def returns(case: Case) -> Iterator[Fault]:
    """Every figure of every return, and their sum."""
    yield from differs(
        "/tax", "units", [row.tax_unit for row in case.plan.tax], [u.id for u in case.household.tax_units]
    )
    by_unit = gains(case, case.plan.orders)
    units = {unit.id: unit for unit in case.household.tax_units}
    total = ZERO
    yield from differs(
        "/gain_budget", "gain budget of the household", case.plan.gain_budget, _used(case, by_unit)
    )
    for at, row in enumerate(case.plan.tax):
        if row.tax_unit not in units:
            continue
        expected = _row(case, units[row.tax_unit], *by_unit[row.tax_unit])
        for name, value in expected.items():
            yield from differs(f"/tax/{at}/{name}", name, getattr(row, name), value)
        total += row.change
    yield from differs("/tax_change", "tax in all", case.plan.tax_change, total)


def _used(case: Case, by_unit: dict[str, tuple[Decimal, Decimal, Decimal]]) -> BudgetUse | None:
    """The household's budget and what its returns use of it together; a net loss in one makes no room in another."""
    budget = case.household.rules.gain_budget
    if budget is None:
        return None
    before = after = ZERO
    for unit in case.household.tax_units:
        still, traded = year(case, unit, ZERO, ZERO), year(case, unit, *by_unit[unit.id][:2])
        before += max(ZERO, still.net_short + still.net_long)
        after += max(ZERO, traded.net_short + traded.net_long)
    return BudgetUse(limit=budget.limit, used_before=before, used=after)


def _row(case: Case, unit: TaxUnit, short: Decimal, long: Decimal, lost: Decimal) -> dict[str, object]:
    before, after = year(case, unit, ZERO, ZERO), year(case, unit, short, long)
    parts = {
        f"{name}_{when}": cents(getattr(done, name))
        for name in ("federal", "minimum_tax", "niit", "state")
        for when, done in (("before", before), ("after", after))
    }
    change = sum((parts[f"{n}_after"] - parts[f"{n}_before"] for n in ("federal", "niit", "state")), ZERO)
    budget = unit.gain_budget
    return {
        "method": "flat rates" if unit.income is None else "full law",
        "short": short,
        "long": long,
        "disallowed": lost,
        "net_short": after.net_short,
        "net_long": after.net_long,
        **parts,
        "change": change,
        "carryforward_short_after": cents(after.carry_short),
        "carryforward_long_after": cents(after.carry_long),
        "marginal_short": _per_dollar(year(case, unit, short + 100, long), after),
        "marginal_long": _per_dollar(year(case, unit, short, long + 100), after),
        "budget_limit": budget.limit if budget else None,
        "budget_used_before": max(ZERO, before.net_short + before.net_long) if budget else None,
        "budget_used": max(ZERO, after.net_short + after.net_long) if budget else None,
    }


def _per_dollar(more: Year, now: Year) -> Decimal:
    difference = (more.federal + more.niit + more.state) - (now.federal + now.niit + now.state)
    return (difference / 100).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
