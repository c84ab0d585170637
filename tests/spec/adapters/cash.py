"""Cash flows, required distributions and asset location.

Inputs are read loosely, because the golden file shapes each example to its point; what an example leaves
unsaid takes the product's default.
"""

from __future__ import annotations

from typing import Any

from rebalancing.engine.money import ZERO
from rebalancing.engine.portfolio import asset_location, cash_flows, cash_needs, required_distributions
from tests.spec.adapters.reading import day, first, fractions, number, numbers, percent

Json = dict[str, Any]


def cash_flow_rebalance(inputs: Json) -> Json:
    values, targets = numbers(inputs["values"]), fractions(inputs["targets_pct"])
    answer: Json = {
        "contribution_needed_without_any_sale": cash_flows.contribution_without_sale(values, targets)
    }
    if "cash_flow" in inputs:
        method = str(inputs.get("method", cash_flows.Method.PRO_RATA))
        traded = cash_flows.trades(
            values,
            targets,
            number(inputs["cash_flow"]),
            cash_flows.Method.LEAST_SQUARES
            if "least" in method or "water" in method
            else cash_flows.Method.PRO_RATA,
        )
        after = cash_flows.weights_after(values, traded)
        answer["trades"] = cash_flows.to_cents(traded)
        answer["weights_after_pct"] = {name: percent(weight) for name, weight in after.items()}
    return answer


def rmd_cash(inputs: Json) -> Json:
    if "shortfall" in inputs:
        excise = required_distributions.excise(
            number(inputs["shortfall"]),
            corrected_in_window=inputs["corrected_in_window"],
            year=inputs.get("year", inputs.get("distribution_year", 2026)),
        )
        return {"excise": excise}
    if "already_distributed" in inputs:
        return distribution_cash(inputs)
    if "balances" in inputs:
        return pooled(inputs)
    born_on = day(inputs["birth_date"])
    answer: Json = {
        "applicable_age": required_distributions.applicable_age(born_on),
        "first_distribution_year": required_distributions.first_year(born_on),
        "required_beginning_date": required_distributions.required_beginning_date(born_on).isoformat(),
    }
    if "distribution_year" in inputs:
        required = required_distributions.required(
            number(inputs["balance_prior_year_end"]),
            born_on=born_on,
            year=inputs["distribution_year"],
            plan=plan_named(str(inputs.get("account", "traditional_ira"))),
        )
        answer |= {
            "age_in_year": required.age,
            "factor": required.divisor,
            "rmd": required.amount,
            "first_rmd_year": required.is_first,
            "deadline": required.deadline.isoformat() if required.deadline else None,
        }
    return answer


def plan_named(name: str) -> required_distributions.Plan:
    name = name.lower()
    if "roth" in name:
        is_plan = "401" in name or "403" in name
        return required_distributions.Plan.PLAN_ROTH_401K if is_plan else required_distributions.Plan.ROTH_IRA
    if "403" in name:
        return required_distributions.Plan.PLAN_403B
    return (
        required_distributions.Plan.PLAN_401K
        if "401" in name
        else required_distributions.Plan.TRADITIONAL_IRA
    )


def pooled(inputs: Json) -> Json:
    year = inputs.get("distribution_year", 2026)
    age = inputs["age_in_year"] if "age_in_year" in inputs else year - day(inputs["birth_date"]).year
    requirements = required_distributions.requirements(
        {name: (plan_named(name), number(value)) for name, value in inputs["balances"].items()},
        age=age,
        year=year,
    )
    answer: Json = {"factor": required_distributions.divisor_for(age, year)}
    for each in requirements:
        if each.plan is required_distributions.Plan.TRADITIONAL_IRA:
            answer["ira_total_required"] = each.amount
            answer["ira_may_be_taken_from_any_ira"] = True
        elif each.plan is required_distributions.Plan.PLAN_403B:
            answer["b403_total_required"] = each.amount
            answer["b403_may_be_taken_from_any_b403"] = True
        answer |= {f"{account}_required": each.amount for account in each.accounts if len(each.accounts) == 1}
    # Nothing is required of accounts that no requirement names.
    named = {account for each in requirements for account in each.accounts}
    return answer | {f"{account}_required": ZERO for account in inputs["balances"] if account not in named}


def distribution_cash(inputs: Json) -> Json:
    left = required_distributions.remaining(
        number(inputs["rmd"]),
        taken=number(inputs["already_distributed"]),
        charitable=number(first(inputs, "qcd", "charitable", otherwise=0)),
    )
    other = sum((number(inputs.get(name, 0)) for name in ("withdrawals", "fees", "tax")), ZERO)
    need = cash_needs.cash_need(
        left + other, cash=number(inputs["account_cash"]), minimum=number(inputs.get("minimum_cash", 0))
    )
    return {"remaining_rmd": left, "cash_available": need.available, "cash_to_raise": need.to_raise}


def locate_assets(inputs: Json) -> Json:
    if "muni_yield" in inputs:
        compared = asset_location.compare_bonds(
            municipal_yield=number(inputs["muni_yield"]),
            taxable_yield=number(inputs["taxable_yield"]),
            rate=number(inputs["marginal_rate_on_interest"]),
        )
        return {
            "taxable_after_tax": compared.taxable_after_tax,
            "better": str(compared.better),
            "break_even_rate": compared.break_even_rate,
        }
    if "expected_withdrawal_rate" in inputs:
        rate = number(inputs["expected_withdrawal_rate"])
        accounts = [
            (numbers(inputs[name]), rate if deferred(name) else ZERO)
            for name in inputs
            if name != "expected_withdrawal_rate"
        ]
        before, after = asset_location.pre_tax_weights(accounts), asset_location.after_tax_weights(accounts)
        return {
            **{f"pre_tax_{name.lower()}_pct": percent(weight) for name, weight in before.items()},
            **{f"after_tax_{name.lower()}_pct": percent(weight) for name, weight in after.items()},
        }
    rates = asset_location.Rates(
        number(inputs["rate_ordinary"]),
        number(inputs["rate_qualified"]),
        number(inputs.get("rate_realized_gain", inputs["rate_qualified"])),
    )
    if "assets" in inputs:
        yields = {
            name: asset_location.Yields(
                number(each.get("ordinary_yield", 0)),
                number(each.get("qualified_yield", 0)),
                number(each.get("realized_gain_yield", 0)),
            )
            for name, each in inputs["assets"].items()
        }
        drag = {name: asset_location.tax_drag(each, rates) for name, each in yields.items()}
        return {
            "annual_tax_drag": drag,
            "order_into_tax_deferred": sorted(drag, key=lambda name: (-drag[name], name)),
        }
    amount = number(inputs["amount_each_account"])
    bonds = amount * asset_location.tax_drag(
        asset_location.Yields(ordinary=number(inputs["bond_yield"])), rates
    )
    stocks = amount * asset_location.tax_drag(
        asset_location.Yields(qualified=number(inputs["stock_qualified_yield"])), rates
    )
    return {
        "annual_tax_bonds_in_ira": stocks,
        "annual_tax_bonds_in_taxable": bonds,
        "annual_saving": bonds - stocks,
        "saving_bps_of_total": (bonds - stocks) / (2 * amount) * 10_000,
    }


def deferred(account: str) -> bool:
    name = account.lower()
    return "roth" not in name and any(word in name for word in ("ira", "401", "403", "deferred"))
