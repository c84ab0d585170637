"""Registers about securities and the market beside distributions: trading policies of funds, quotes, halts, the volatility
index.

A quote and a halt are of a moment. What a market day was like is read from the same rows: its halts are those of its
session, and the spread of a security is the median of its quotes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import QuerySet

from clients.models import FundTradingPolicy, Quote, TradingHalt, VolatilityLevel
from clients.registers.register import Register, Values
from compliance import clock
from compliance.actions import Action
from compliance.statements.reads import prepared
from rebalancing.engine.market.calendars import new_york

WHOLE_MARKET = "The whole market"


def _security(row: Any) -> Any:
    return row.security


def _itself(row: Any) -> Any:
    return row


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


def level_refusal(values: Values, on: date) -> str | None:
    """Why a level of the volatility index cannot be as it is entered."""
    if values["market_on"] > on:
        return "That day is still to come."
    return (
        None if new_york().is_session(values["market_on"]) else f"{values['market_on']} is not a market day."
    )


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
    about=lambda row: row.security or row,
    words=lambda row: (
        f"{of_what(row)}: {row.get_kind_display().lower()}, from {clock.moment_text(row.starts_at)}"
    ),
    entered=Action.HALT_ENTERED,
    changed=Action.HALT_CHANGED,
    ended=Action.HALT_ENDED,
    refusal=halt_refusal,
    kept=("security", "kind"),
)
LEVELS = Register(
    name="volatility_level",
    model=VolatilityLevel,
    columns=("market_on", "level", "source"),
    about=_itself,
    words=lambda row: f"{row.level.normalize():f} on {row.market_on}",
    entered=Action.VOLATILITY_ENTERED,
    changed=Action.VOLATILITY_CHANGED,
    ended=Action.VOLATILITY_ENDED,
    refusal=level_refusal,
)


def trading_policies() -> dict[int, FundTradingPolicy]:
    """The standing trading policies of funds, by security."""
    return {row.security_id: row for row in standing_policies.rows()}


@prepared
def standing_policies() -> QuerySet[FundTradingPolicy]:
    """The rows of these policies."""
    return FUND_POLICIES.standing()


def last_quotes(securities: Collection[int] | None, *, since: datetime, until: datetime) -> dict[int, Quote]:
    """The last standing quote of each of these securities (None: all) within a time, by security."""
    rows = QUOTES.standing().filter(quoted_at__gte=since, quoted_at__lte=until)
    if securities is not None:
        rows = rows.filter(security__in=securities)
    return {row.security_id: row for row in rows.order_by("quoted_at", "pk")}


def halts(*, since: datetime, until: datetime | None = None) -> dict[int | None, list[TradingHalt]]:
    """The standing halts that had not ended by a moment, by security; those of the whole market under None.

    `until` leaves out what had not begun by then.
    """
    found: dict[int | None, list[TradingHalt]] = {}
    for row in standing_halts.rows(since):
        if until is None or row.starts_at < until:
            found.setdefault(row.security_id, []).append(row)
    return found


@prepared
def standing_halts(since: datetime) -> QuerySet[TradingHalt]:
    """The rows of halts that had not ended by a moment, in their order."""
    return HALTS.standing().exclude(ends_at__lte=since).order_by("starts_at", "pk")


def spreads(*, since: datetime, until: datetime) -> dict[int, dict[date, Decimal]]:
    """The spread of each security on each day in New York: the median of its standing quotes within a time."""
    rows = QUOTES.standing().filter(quoted_at__gte=since, quoted_at__lte=until)
    quoted: dict[int, dict[date, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.only("security", "quoted_at", "bid", "ask"):
        quoted[row.security_id][row.quoted_at.astimezone(clock.EASTERN).date()].append(row.spread)
    return {key: {day: median(of_day) for day, of_day in days.items()} for key, days in quoted.items()}


def volatility_level(*, on: date) -> Decimal | None:
    """Where the volatility index stood on a market day; None where that is not on record."""
    found: Decimal | None = LEVELS.standing().filter(market_on=on).values_list("level", flat=True).first()
    return found


def of_what(row: TradingHalt) -> str:
    """What a halt is of, in words."""
    return row.security.symbol if row.security else WHOLE_MARKET
