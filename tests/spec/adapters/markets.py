"""Every area of the markets family and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.spec.adapters import cash, orders, returns, settling, weights

Json = dict[str, Any]

ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "asset_location": cash.locate_assets,
    "attribution": returns.attribution_of,
    "cash_account": settling.cash_account,
    "cash_flow_rebalance": cash.cash_flow_rebalance,
    "drift_bands": weights.drift_bands,
    "order_slicing": orders.order_slicing_of,
    "performance": returns.performance_of,
    "rebalance_destination": weights.rebalance_destination,
    "rebalancing_premium": returns.premium,
    "records_retention": orders.records_retention_of,
    "rmd_cash": cash.rmd_cash,
    "settlement_calendar": settling.settlement_calendar,
    "trade_allocation": orders.trade_allocation,
}
