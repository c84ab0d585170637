"""The monitors of common mistakes, by rule id, through the rules that the product asks over its columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from rebalancing.monitors import cash_flow_ignored, rebalanced_too_often
from rebalancing.triggers import columns
from tests.spec.adapters.reading import number

Json = dict[str, Any]


def cm_01(inputs: Json) -> Json:
    """An example says nothing of turnover; it is unknown, and does not fire. Nor has it a floor: any gain counts."""
    fires = columns.holds(
        rebalanced_too_often.fires,
        is_taxable=inputs["account_taxable"],
        rebalances=number(inputs["rebalances_rolling_12_months"]),
        most=number(inputs["limit"]),
        short_share=number(inputs["short_term_gain_share"]),
        short_most=number(inputs["short_term_limit"]),
        short_gain=number(inputs["short_term_gain_share"]),
        gain_least=Decimal(0),
        turnover=None,
        turnover_most=None,
    )
    return {"alert": fires}


def cm_03(inputs: Json) -> Json:
    """An example has no floor: whatever could have been avoided is told."""
    deposits = [(date.fromisoformat(inputs["deposit_date"]), number(inputs["deposit"]))]
    inflow = cash_flow_ignored.inflow_before(
        deposits, date.fromisoformat(inputs["sell_date"]), days=int(inputs["window_business_days"])
    )
    sold = number(inputs["sells_of_overweight"])
    return {
        "avoidable_sells": cash_flow_ignored.avoidable_sells(sold, inflow),
        "alert": columns.holds(cash_flow_ignored.fires, inflow=inflow, sold=sold, least=Decimal(0)),
    }


ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "when_not_to_rebalance/CM-01": cm_01,
    "when_not_to_rebalance/CM-03": cm_03,
}
