"""The files of registers: distributions and trading policies of funds, quotes, halts, the volatility index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clients.models import TradingHalt
from clients.models.market_facts import CHARACTERS
from clients.registers import files, fund_distributions, market_facts
from clients.registers.files import Layout
from compliance import clock


def _needed_day(text: str) -> Any:
    if not text:
        raise ValueError(text)
    return files.day(text)


def _fee_days(text: str) -> int | None:
    return files.days(3650)(text) if text else None


def _standing_policy(security: Any, _values: Mapping[str, Any]) -> Any:
    return market_facts.FUND_POLICIES.standing().filter(security=security).first()


def _policy(values: Mapping[str, Any]) -> str:
    fee, days = values.get("redemption_fee"), values.get("fee_days")
    charged = "" if fee is None else f", fee {(fee * 100).normalize():f}% within {days} days"
    return f"no round trip within {values['holding_days']} days{charged}"


def _kind(text: str) -> str:
    return TradingHalt.Kind(text.casefold()).value


def _moment(text: str) -> Any:
    return files.moment(text) if text else None


def _standing_halt(security: Any, values: Mapping[str, Any]) -> Any:
    same = {"security": security, "kind": values["kind"], "starts_at": values["starts_at"]}
    return market_facts.HALTS.standing().filter(**same).first()


def _halt(values: Mapping[str, Any]) -> str:
    until = clock.moment_text(values["ends_at"]) if values.get("ends_at") else "not resumed"
    return f"{TradingHalt.Kind(values['kind']).label}, until: {until}"


def _of_halt(values: Mapping[str, Any]) -> str:
    symbol = values["security"].symbol if values["security"] else market_facts.WHOLE_MARKET
    return f"{symbol}, {clock.moment_text(values['starts_at'])}"


def _standing_level(_security: Any, values: Mapping[str, Any]) -> Any:
    return market_facts.LEVELS.standing().filter(market_on=values["market_on"]).first()


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
FUND_POLICIES = Layout(
    register=market_facts.FUND_POLICIES,
    cells={"holding_days": files.days(365), "redemption_fee": files.fraction, "fee_days": _fee_days},
    required=("symbol", "holding_days"),
    same=("symbol",),
    standing=_standing_policy,
    told=_policy,
    label=lambda values: str(values["security"].symbol),
    example="symbol,holding_days,redemption_fee,fee_days\nVTSAX,30,0.02,60\n",
    cure="days as 30, a fee as the fraction 0.02.",
    named={},
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
HALTS = Layout(
    register=market_facts.HALTS,
    cells={"kind": _kind, "starts_at": files.moment, "ends_at": _moment},
    required=("symbol", "kind", "starts_at"),
    same=("symbol", "kind", "starts_at"),
    standing=_standing_halt,
    told=_halt,
    label=_of_halt,
    example="symbol,kind,starts_at,ends_at\n,halt,2026-11-20 09:50,2026-11-20 10:05\n",
    cure=f"kinds as {', '.join(TradingHalt.Kind.values)}, moments as 2026-11-23 10:05 in New York.",
    named={},
    whole_market=True,
)
LEVELS = Layout(
    register=market_facts.LEVELS,
    cells={"market_on": _needed_day, "level": files.level},
    required=("market_on", "level"),
    same=("market_on",),
    standing=_standing_level,
    told=lambda values: f"{values['level'].normalize():f}",
    label=lambda values: values["market_on"].isoformat(),
    example="market_on,level\n2026-11-20,18.25\n",
    cure="days as 2026-11-20, levels as 18.25.",
    named={},
    of_securities=False,
)
