"""From the moment an order arrives to the day its money moves.

Two steps: the trade date (which session or price the order gets) and the settlement date (how many
business days later). Sources: SEC Rule 15c6-1(a) for the standard cycle; Investment Company Act Rule
22c-1 for forward pricing of funds; the exchange and Federal Reserve calendars for the days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from rebalancing.engine.market.calendars import MarketCalendar, wall_clock


class Asset(StrEnum):
    """Kinds of asset that differ in when they trade or settle."""

    STOCK = "stock"
    ETF = "etf"
    CORPORATE_BOND = "corporate_bond"
    MUNICIPAL_BOND = "municipal_bond"
    TREASURY = "treasury"
    OPTION = "option"
    MUTUAL_FUND = "mutual_fund"
    MONEY_FUND = "money_fund"


STANDARD_ASSETS = frozenset({Asset.STOCK, Asset.ETF, Asset.CORPORATE_BOND, Asset.MUNICIPAL_BOND})
"""Assets whose cycle is the standard of Rule 15c6-1(a), which changed in 2017 and 2024."""

CASH_SETTLING_DAYS = {Asset.TREASURY: 1, Asset.OPTION: 1, Asset.MUTUAL_FUND: 1, Asset.MONEY_FUND: 0}
"""Business days to settle for assets with a cycle of their own. A fund may name another."""


class SettlementError(ValueError):
    """An order whose trade or settlement date cannot be told."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """When an order trades and when it settles, New York dates."""

    trade_on: date
    settles_on: date


def trade_date_for(received_at: datetime, calendar: MarketCalendar, *, cut_off: time | None = None) -> date:
    """The session in which an order received at that moment can still trade, or be priced.

    ``received_at`` is New York time; a moment with a time zone is converted. ``cut_off`` is the
    custodian's own, for funds usually before the close; None means the close itself. The close always
    counts when it is earlier, as on half days: a fund's price is struck then. An order at the very
    cut-off is late. Raises `CalendarError` outside the known years.
    """
    received_at = wall_clock(received_at)
    on = received_at.date()
    if not calendar.is_session(on):
        return calendar.session_on_or_after(on)
    close = calendar.close_of(on)
    last_moment = close if cut_off is None else min(cut_off, close)
    return on if received_at.time() < last_moment else calendar.session_after(on)


def cycle_days(asset: Asset, trade_on: date, calendar: MarketCalendar) -> int:
    """Business days from trade to settlement when the security names no cycle of its own."""
    if asset in STANDARD_ASSETS:
        return calendar.standard_days(trade_on)
    return CASH_SETTLING_DAYS[asset]


def settlement_date(trade_on: date, days: int, calendar: MarketCalendar) -> date:
    """The day a trade settles: ``days`` days on which exchange and banks are both open.

    A trade on Veterans Day and one on the day before therefore settle together on the day after.
    Raises `SettlementError` for a negative cycle and for a trade date without a session.
    """
    if days < 0:
        raise SettlementError(f"A settlement cycle of {days} days is impossible; give zero or more.")
    if not calendar.is_session(trade_on):
        raise SettlementError(f"{trade_on} is no trading day; take the trade date from trade_date_for.")
    return calendar.add_settlement_days(trade_on, days)


def settle(
    received_at: datetime,
    asset: Asset,
    calendar: MarketCalendar,
    *,
    cut_off: time | None = None,
    days: int | None = None,
) -> Settlement:
    """Trade and settlement date of an order; ``days`` is the security's own cycle where it has one."""
    trade_on = trade_date_for(received_at, calendar, cut_off=cut_off)
    cycle = cycle_days(asset, trade_on, calendar) if days is None else days
    return Settlement(trade_on=trade_on, settles_on=settlement_date(trade_on, cycle, calendar))


def lot_instruction_deadline(settlement: Settlement) -> date:
    """Last day on which a sold lot may still be identified: settlement (Treas. Reg. 1.1012-1(c)(8)).

    The custodian's own cut-off on that day may be earlier.
    """
    return settlement.settles_on
