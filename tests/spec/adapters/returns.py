"""The rebalancing premium, attribution and performance.

Inputs are read loosely, because the golden file shapes each example to its point; what an example leaves
unsaid takes the product's default.
"""

from __future__ import annotations

from typing import Any

from rebalancing.engine.money import ONE, ZERO
from rebalancing.engine.portfolio import attribution, performance, rebalancing_premium
from tests.spec.adapters.reading import fractions, number, numbers, percent

Json = dict[str, Any]


def premium(inputs: Json) -> Json:
    if "risky_returns" in inputs:
        weight = number(inputs["weight_risky"])
        other = inputs["other_return" if "other_return" in inputs else "other_returns"]
        risky = [number(each) for each in inputs["risky_returns"]]
        others = [number(each) for each in other] if isinstance(other, list) else [number(other)] * len(risky)
        grown = rebalancing_premium.growth([weight, ONE - weight], list(zip(risky, others, strict=True)))
        return {
            "rebalanced_growth": grown.rebalanced,
            "buy_and_hold_growth": grown.buy_and_hold,
            "difference": grown.difference,
        }
    answer = rebalancing_premium.premium(
        [number(each) for each in inputs["weights"]],
        [number(each) for each in inputs["sigmas"]],
        [[number(cell) for cell in row] for row in inputs["correlation"]],
    )
    return {
        "portfolio_variance": answer.portfolio_variance,
        "weighted_variance": answer.weighted_variance,
        "diversification_return": answer.diversification_return,
    }


def attribution_of(inputs: Json) -> Json:
    targets = fractions(inputs["targets_pct"])
    start = {name: number(inputs["start_value"]) * target for name, target in targets.items()}
    returns_given = inputs["period_returns"]
    flows = [number(each) for each in inputs["flows_after_period"]] or [ZERO] * len(returns_given)
    if len(flows) == len(returns_given) - 1:
        flows.append(ZERO)  # Nothing comes in after the last period.
    periods = [
        attribution.Period(numbers(returns), flow) for returns, flow in zip(returns_given, flows, strict=True)
    ]
    beside = attribution.shadow(start, periods)
    trades = inputs.get("rebalance_to_target_after_each_period_but_last", True)
    actual = attribution.rebalanced(start, targets, periods) if trades else beside
    charges = numbers(inputs["tax_and_cost"]) if "tax_and_cost" in inputs else None
    tax, cost = (ZERO, ZERO) if charges is None else (charges["tax"], charges["cost"])
    effect = attribution.effect(actual, beside, tax=tax, cost=cost)
    answer: Json = {
        "actual_end": actual.end,
        "shadow_end": beside.end,
        "effect_dollars": effect.effect,
        "actual_twr": actual.time_weighted_return,
        "shadow_twr": beside.time_weighted_return,
        "effect_pp": percent(effect.effect_return),
    }
    if charges is not None:
        answer["effect_after_tax_and_cost_dollars"] = effect.effect_after_tax_and_cost
    return answer


def performance_of(inputs: Json) -> Json:
    if "sub_periods" in inputs:
        returned = performance.time_weighted(
            performance.SubPeriod(number(each["start_after_flow"]), number(each["end_before_flow"]))
            for each in inputs["sub_periods"]
        )
        return {"time_weighted_return": returned}
    if "cumulative_return" in inputs:
        months = inputs["months"] if "months" in inputs else int(number(inputs["years"]) * 12)
        return {"annualized": performance.annualized_over_months(number(inputs["cumulative_return"]), months)}
    if "begin_value" in inputs:
        dietz = performance.modified_dietz(
            number(inputs["begin_value"]),
            number(inputs["end_value"]),
            days=inputs["days"],
            flows=[performance.Flow(each["day"], number(each["amount"])) for each in inputs.get("flows", ())],
            timing=performance.FlowTiming(inputs.get("flow_timing", "end_of_day")),
        )
        return {
            "gain": dietz.gain,
            "average_capital": dietz.average_capital,
            "modified_dietz": dietz.rate,
        }
    key = next(name for name in inputs if name.endswith("returns"))
    returns = [number(each) for each in inputs[key]]
    charged = str(inputs.get("fee_charged", ""))
    net = performance.net_of_fees(
        returns,
        yearly_fee=number(inputs["annual_fee"]),
        periods_per_year={"monthly": 12, "quarterly": 4}.get(key.split("_")[0], 1),
        charge=performance.FeeCharge.IN_ADVANCE if "advance" in charged else performance.FeeCharge.IN_ARREARS,
    )
    return {"gross": performance.linked(returns), "net": net}
