"""Holding periods, lot selection, basis, wash sales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rebalancing.engine import holding_periods
from tests.spec.adapters.reading import day

Json = dict[str, Any]


def holding_period(inputs: Json) -> Json:
    acquired_on, sold_on = day(inputs["acquired_trade_date"]), day(inputs["sold_trade_date"])
    return {
        "term": holding_periods.term(acquired_on, sold_on).value,
        "first_long_term_sale_date": holding_periods.first_long_term_day(acquired_on).isoformat(),
        "days_elapsed": holding_periods.days_elapsed(acquired_on, sold_on),
    }


ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "holding_period": holding_period,
}
