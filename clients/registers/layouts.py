"""The files of registers: distributions of funds, and quotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clients.models.market_facts import CHARACTERS
from clients.registers import files, fund_distributions, market_facts
from clients.registers.files import Layout


def _needed_day(text: str) -> Any:
    if not text:
        raise ValueError(text)
    return files.day(text)


def _quote(values: Mapping[str, Any]) -> str:
    return f"{values['bid'].normalize():f} / {values['ask'].normalize():f}"


def _standing_quote(security: Any, values: Mapping[str, Any]) -> Any:
    return market_facts.QUOTES.standing().filter(security=security, quoted_at=values["quoted_at"]).first()


DISTRIBUTIONS = Layout(
    register=fund_distributions.REGISTER,
    cells={
        "ex_on": _needed_day,
        "record_on": files.day,
        "pay_on": files.day,
        **dict.fromkeys((*CHARACTERS, "share_of_price"), files.amount),
        "final": files.answer,
    },
    required=("symbol", "ex_on"),
    same=("symbol", "ex_on"),
    standing=lambda security, values: fund_distributions.of_day(security, values["ex_on"]),
    told=lambda values: fund_distributions.told({"is_final": False, **values}),
    label=lambda values: f"{values['security'].symbol}, ex-day {values['ex_on']}",
    example="symbol,ex_on,record_on,pay_on,long_gain,final\nVTSAX,2026-12-15,2026-12-14,2026-12-16,1.25,no\n",
    cure="days as 2026-12-15, amounts as 1.25, final as yes or no.",
    named={"final": "is_final"},
)
QUOTES = Layout(
    register=market_facts.QUOTES,
    cells={"quoted_at": files.moment, "bid": files.price, "ask": files.price},
    required=("symbol", "quoted_at", "bid", "ask"),
    same=("symbol", "quoted_at"),
    standing=_standing_quote,
    told=_quote,
    label=lambda values: f"{values['security'].symbol}, {values['quoted_at']:%Y-%m-%d %H:%M}",
    example="symbol,quoted_at,bid,ask\nVTI,2026-11-23 10:05,312.40,312.44\n",
    cure="moments as 2026-11-23 10:05 in New York, prices as 312.40.",
    named={},
)
