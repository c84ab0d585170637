"""Capital gains tax, the marginal tax of a lot, the gain budget."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rebalancing.engine.tax import federal_tax, gain_budgets, lot_taxes
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
    profile = tax_profile(inputs, inputs)
    ledger = federal_tax.GainLedger(
        short_term=number(inputs.get("short_term_gain", 0)),
        long_term=number(inputs.get("long_term_gain", 0)),
        short_term_carryover=number(inputs.get("short_term_carryover", 0)),
        long_term_carryover=number(inputs.get("long_term_carryover", 0)),
        distributions=number(inputs.get("capital_gain_distributions", 0)),
    )
    answer = federal_tax.compute(profile, ledger)
    without = federal_tax.compute(profile, federal_tax.NO_GAINS)
    return {
        "net_st": answer.net_short_term,
        "net_lt": answer.net_long_term,
        "net_total": answer.net_total,
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
        "incremental_tax": federal_tax.incremental_tax(profile, ledger),
    }


def lot_marginal_tax(inputs: Json) -> Json:
    base = inputs["base"]
    profile = tax_profile(inputs, base, number(inputs.get("state_rate_on_gains", 0)))
    ledger = federal_tax.GainLedger(
        short_term=number(base.get("ytd_short_term", 0)),
        long_term=number(base.get("ytd_long_term", 0)),
        short_term_carryover=number(base.get("short_term_carryover", 0)),
        long_term_carryover=number(base.get("long_term_carryover", 0)),
        distributions=number(base.get("capital_gain_distributions", 0)),
    )
    priced = [
        lot_taxes.marginal_tax_of_lot(
            profile, ledger, lot=lot["id"], gain=number(lot["gain"]), term=Term(lot["term"])
        )
        for lot in inputs["candidate_lots"]
    ]
    cheapest = lot_taxes.cheapest(priced)
    return {
        "lots": [
            {
                "lot": price.lot,
                "federal_tax": price.federal,
                "state_tax": price.state,
                "total_tax": price.total,
                "effective_rate": price.effective_rate,
            }
            for price in priced
        ],
        "cheapest": cheapest.lot if cheapest else "TIE",
    }


def gain_budget(inputs: Json) -> Json:
    policy = {name: number(value) for name, value in inputs.get("policy", {}).items()}
    usage = gain_budgets.usage(
        number(inputs["annual_net_gain_budget"]),
        federal_tax.GainLedger(
            short_term=number(inputs.get("ytd_short_term", 0)),
            long_term=number(inputs.get("ytd_long_term", 0)),
            short_term_carryover=number(inputs.get("short_term_carryover", 0)),
            long_term_carryover=number(inputs.get("long_term_carryover", 0)),
            distributions=number(inputs.get("capital_gain_distributions_received_or_expected", 0)),
        ),
        proposed_short_term=number(inputs.get("proposed_short_term", 0)),
        proposed_long_term=number(inputs.get("proposed_long_term", 0)),
        thresholds=gain_budgets.Thresholds(**policy),
    )
    return {
        "net_before": usage.net_before,
        "net_after": usage.net_after,
        "budget_used": usage.used,
        "budget_remaining": usage.remaining,
        "utilization": usage.utilization,
        "severity": usage.severity.value,
    }


def tax_profile(inputs: Json, base: Json, state_rate: Decimal = Decimal(0)) -> federal_tax.TaxProfile:
    """The profile of an example; `base` holds the income fields, which some examples nest."""
    deduction = inputs.get("deduction", base.get("deduction", "standard"))
    return federal_tax.TaxProfile(
        tax_year=inputs["tax_year"],
        filing_status=STATUSES[inputs["filing_status"]],
        wages=number(base.get("wages", 0)),
        taxable_interest=number(base.get("taxable_interest", 0)),
        qualified_dividends=number(base.get("qualified_dividends", 0)),
        nonqualified_dividends=number(base.get("nonqualified_dividends", 0)),
        other_ordinary_income=number(base.get("other_ordinary_income", 0)),
        deduction=None if deduction in ("standard", None) else number(deduction),
        state_rate=state_rate,
    )


ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "capital_gain_tax": capital_gain_tax,
    "gain_budget": gain_budget,
    "lot_marginal_tax": lot_marginal_tax,
}
