"""Capital gains tax, the marginal tax of a lot, the gain budget."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from compliance.rules.gain_budget import budget_severity
from rebalancing.engine.documents.tax_units import IncomeProfile, TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.tax import federal_tax
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.tables import FilingStatus
from tests.spec.adapters.reading import number

Json = dict[str, Any]

STATUSES = {
    "single": FilingStatus.SINGLE,
    "mfj": FilingStatus.MARRIED_JOINTLY,
    "married_joint": FilingStatus.MARRIED_JOINTLY,
    "married_filing_jointly": FilingStatus.MARRIED_JOINTLY,
    "qss": FilingStatus.SURVIVING_SPOUSE,
    "qw": FilingStatus.SURVIVING_SPOUSE,
    "surviving_spouse": FilingStatus.SURVIVING_SPOUSE,
    "hoh": FilingStatus.HEAD_OF_HOUSEHOLD,
    "head_of_household": FilingStatus.HEAD_OF_HOUSEHOLD,
    "mfs": FilingStatus.MARRIED_SEPARATELY,
    "married_separate": FilingStatus.MARRIED_SEPARATELY,
    "married_filing_separately": FilingStatus.MARRIED_SEPARATELY,
    "trust": FilingStatus.TRUST,
    "simple_trust": FilingStatus.SIMPLE_TRUST,
    "estate": FilingStatus.ESTATE,
}


def capital_gain_tax(inputs: Json) -> Json:
    unit = tax_unit(inputs, inputs, year_to_date=("short_term_gain", "long_term_gain"))
    profile, ledger = unit_taxes.profile(unit), unit_taxes.ledger(unit, ZERO, ZERO)
    answer = federal_tax.compute(profile, ledger)
    without = federal_tax.compute(profile, federal_tax.NO_GAINS)
    return {
        "net_st": answer.net_short_term,
        "net_lt": answer.net_long_term,
        "net_total": answer.net_short_term + answer.net_long_term,
        "capital_loss_deduction": answer.capital_loss_deduction,
        "net_capital_gain_preferential": answer.net_capital_gain,
        "agi": answer.agi,
        "taxable_income": answer.taxable_income,
        "ordinary_taxable": answer.ordinary_taxable,
        "amount_at_0": answer.amount_at_0,
        "amount_at_15": answer.amount_at_15,
        "amount_at_20": answer.amount_at_20,
        "income_tax": answer.income_tax,
        "niit": answer.niit,
        "total_tax": answer.federal,
        "carryover_st": answer.short_term_carryover,
        "carryover_lt": answer.long_term_carryover,
        "tax_without_capital_items": without.federal,
        "incremental_tax": answer.federal - without.federal,
    }


def lot_marginal_tax(inputs: Json) -> Json:
    base = inputs["base"]
    rate = number(inputs.get("state_rate_on_gains", 0))
    unit = tax_unit(inputs, base, year_to_date=("ytd_short_term", "ytd_long_term"), state_rate=rate)
    lots = [priced(unit, lot) for lot in inputs["candidate_lots"]]
    least = min(lot["total_tax"] for lot in lots)
    cheapest = [lot["lot"] for lot in lots if lot["total_tax"] == least]
    return {"lots": lots, "cheapest": cheapest[0] if len(cheapest) == 1 else "TIE"}


def priced(unit: TaxUnit, lot: Json) -> Json:
    """The tax of one lot's gain: the year with it less the year without it, part by part to the cent."""
    gain = number(lot["gain"])
    short, long = (gain, ZERO) if Term(lot["term"]) is Term.SHORT else (ZERO, gain)
    before, after = unit_taxes.compute(unit, ZERO, ZERO), unit_taxes.compute(unit, short, long)
    federal = cents(after.federal + after.niit - before.federal - before.niit)
    state = cents(after.state - before.state)
    return {
        "lot": lot["id"],
        "federal_tax": federal,
        "state_tax": state,
        "total_tax": federal + state,
        "effective_rate": (federal + state) / gain if gain else None,
    }


def gain_budget(inputs: Json) -> Json:
    policy = {name: number(value) for name, value in inputs.get("policy", {}).items()}
    budget = number(inputs["annual_net_gain_budget"])
    unit = TaxUnit(
        id="return",
        realized_short=number(inputs.get("ytd_short_term", 0)),
        realized_long=number(inputs.get("ytd_long_term", 0)),
        carryforward_short=number(inputs.get("short_term_carryover", 0)),
        carryforward_long=number(inputs.get("long_term_carryover", 0)),
        expected_distributions=number(inputs.get("capital_gain_distributions_received_or_expected", 0)),
    )
    net_before = sum(unit_taxes.base(unit), ZERO)
    proposed = number(inputs.get("proposed_short_term", 0)) + number(inputs.get("proposed_long_term", 0))
    used = max(ZERO, net_before + proposed)
    return {
        "net_before": net_before,
        "net_after": net_before + proposed,
        "budget_used": used,
        "budget_remaining": budget - used,
        "utilization": used / budget if budget else None,
        "severity": budget_severity(net_after=net_before + proposed, budget=budget, **policy).name,
    }


def tax_unit(
    inputs: Json, base: Json, *, year_to_date: tuple[str, str], state_rate: Decimal = ZERO
) -> TaxUnit:
    """The return of an example as a household document holds it; `base` has the income, which some examples nest."""
    deduction = inputs.get("deduction", base.get("deduction", "standard"))
    short, long = year_to_date
    return TaxUnit(
        id="return",
        income=IncomeProfile(
            tax_year=inputs["tax_year"],
            filing_status=STATUSES[inputs["filing_status"]],
            wages=number(base.get("wages", 0)),
            taxable_interest=number(base.get("taxable_interest", 0)),
            qualified_dividends=number(base.get("qualified_dividends", 0)),
            nonqualified_dividends=number(base.get("nonqualified_dividends", 0)),
            other_ordinary_income=number(base.get("other_ordinary_income", 0)),
            deduction=None if deduction in ("standard", None) else number(deduction),
        ),
        state_rate=state_rate,
        realized_short=number(base.get(short, 0)),
        realized_long=number(base.get(long, 0)),
        carryforward_short=number(base.get("short_term_carryover", 0)),
        carryforward_long=number(base.get("long_term_carryover", 0)),
        expected_distributions=number(base.get("capital_gain_distributions", 0)),
    )


ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "capital_gain_tax": capital_gain_tax,
    "gain_budget": gain_budget,
    "lot_marginal_tax": lot_marginal_tax,
}
