"""Registers about securities beside their distributions: trading policies of funds, quotes, halts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from clients.models import FundTradingPolicy, Quote, TradingHalt
from clients.registers.register import Register, Values
from compliance import clock
from compliance.actions import Action


def _security(row: Any) -> Any:
    return row.security


def fund_policy_refusal(values: Values, on: date) -> str | None:
    """Why a fund's trading policy cannot be as it is entered."""
    if (values.get("redemption_fee") is None) != (values.get("fee_days") is None):
        return "A redemption fee has its days, and the days have their fee. Give both, or neither."
    return None


def quote_refusal(values: Values, on: date) -> str | None:
    """Why a quote cannot be as it is entered."""
    if values["bid"] > values["ask"]:
        return "The bid is above the ask."
    if values["quoted_at"].astimezone(clock.EASTERN).date() > on:
        return "The quote is of a day that has not come."
    return None


def halt_refusal(values: Values, on: date) -> str | None:
    """Why a halt cannot be as it is entered."""
    ends_at = values.get("ends_at")
    return "It would end before it starts." if ends_at and ends_at < values["starts_at"] else None


def _of_fund(row: FundTradingPolicy) -> str:
    fee = (
        "" if row.redemption_fee is None else f", fee {row.redemption_fee * 100:.2f}% for {row.fee_days} days"
    )
    return f"{row.security.symbol}: no round trip within {row.holding_days} days{fee}"


FUND_POLICIES = Register(
    name="fund_policy",
    model=FundTradingPolicy,
    columns=("security", "holding_days", "redemption_fee", "fee_days", "source"),
    about=_security,
    words=_of_fund,
    entered=Action.FUND_POLICY_ENTERED,
    changed=Action.FUND_POLICY_CHANGED,
    ended=Action.FUND_POLICY_ENDED,
    refusal=fund_policy_refusal,
    kept=("security",),
)
QUOTES = Register(
    name="quote",
    model=Quote,
    columns=("security", "quoted_at", "bid", "ask", "source"),
    about=_security,
    words=lambda row: (
        f"{row.security.symbol} {row.bid.normalize():f} / {row.ask.normalize():f},"
        f" {clock.moment_text(row.quoted_at)}"
    ),
    entered=Action.QUOTE_ENTERED,
    changed=Action.QUOTE_CHANGED,
    ended=Action.QUOTE_ENDED,
    refusal=quote_refusal,
    kept=("security",),
)
HALTS = Register(
    name="halt",
    model=TradingHalt,
    columns=("security", "kind", "starts_at", "ends_at", "source"),
    about=_security,
    words=lambda row: (
        f"{row.security.symbol}: {row.get_kind_display().lower()}, from {clock.moment_text(row.starts_at)}"
    ),
    entered=Action.HALT_ENTERED,
    changed=Action.HALT_CHANGED,
    ended=Action.HALT_ENDED,
    refusal=halt_refusal,
    kept=("security", "kind"),
)


def trading_policies() -> dict[int, FundTradingPolicy]:
    """The standing trading policies of funds, by security."""
    return {row.security_id: row for row in FUND_POLICIES.standing()}


def last_quotes(securities: Collection[int], *, since: datetime, until: datetime) -> dict[int, Quote]:
    """The last standing quote of each of these securities within a time, by security."""
    rows = QUOTES.standing().filter(security__in=securities, quoted_at__gte=since, quoted_at__lte=until)
    return {row.security_id: row for row in rows.order_by("quoted_at", "pk")}


def halts(*, since: datetime) -> dict[int, list[TradingHalt]]:
    """The standing halts that had not ended by a moment, by security."""
    found: dict[int, list[TradingHalt]] = {}
    for row in HALTS.standing().exclude(ends_at__lte=since):
        found.setdefault(row.security_id, []).append(row)
    return found
