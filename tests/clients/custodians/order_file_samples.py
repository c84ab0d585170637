"""The sample order files of the documentation, which `./evenkeel draw formats` writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from clients.custodians import writing
from clients.custodians.writing import AllocationLine, LotLine, OrderLine

ORDERS = [
    OrderLine("E6E2STEXWH3C-1", "00052601", "SELL", "HLM.B", D("15.1234")),
    OrderLine("E6E2STEXWH3C-2", "00052601", "BUY", "ALPM", D("75"), order_type="LMT", limit=D("82.50")),
    OrderLine("E6E2STEXWH3C-3", "00052602", "BUY", "ALPM", D("25")),
]
ALLOCATIONS = [
    AllocationLine("ba_e6e2stexwh3c-sell-HLM.B", "00052601", D("15.1234")),
    AllocationLine("ba_e6e2stexwh3c-buy-ALPM", "00052601", D("75")),
    AllocationLine("ba_e6e2stexwh3c-buy-ALPM", "00052602", D("25")),
]
LOTS = [
    LotLine(
        "E6E2STEXWH3C-1", "00052601", "HLM.B", "L-4", date(2023, 3, 14), D("51.2"), D(100), D("10"), "LT"
    ),
    LotLine(
        "E6E2STEXWH3C-1", "00052601", "HLM.B", None, date(2026, 3, 2), D("64.155"), D("8"), D("5.1234"), "ST"
    ),
]
WRITTEN = {
    "orders.csv": writing.orders_csv(ORDERS, decimals=4).text,
    "allocations.csv": writing.allocations_csv(ALLOCATIONS).text,
    "lots.csv": writing.lots_csv(LOTS, decimals=4).text,
    "basket.csv": writing.ibkr_basket(ORDERS, tag="ba_e6e2stexwh3c").text,
}
