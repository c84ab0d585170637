"""What the registers say of a market day: a halt, a spread, the volatility index, each entered through its verb."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from clients.models import Quote, Security, TradingHalt, VolatilityLevel
from clients.registers import market_facts, register
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import SET_UP

NEW_YORK = ZoneInfo("America/New_York")


def acts() -> dict[str, Any]:
    """Tom enters it on Sunday at noon."""
    return {"user_id": cast.tom().pk, "by": SET_UP, "at": SUNDAY_NOON}


def halted(security: Security | None = None, *, on: date = LAST_FRIDAY) -> TradingHalt:
    """A halt in the session of a day, of a security or of the whole market."""
    values = {
        "security": security,
        "kind": "halt",
        "starts_at": datetime.combine(on, time(13, 20), tzinfo=NEW_YORK),
        "ends_at": datetime.combine(on, time(13, 35), tzinfo=NEW_YORK),
        "source": "Exchange notice",
    }
    row: TradingHalt = register.enter(market_facts.HALTS, values, **acts())
    return row


def quoted(security: Security, spread: Decimal, *, on: date, at: time = time(15, 30)) -> Quote:
    """A quote around $100 whose spread is this fraction of it."""
    values = {
        "security": security,
        "quoted_at": datetime.combine(on, at, tzinfo=NEW_YORK),
        "bid": 100 * (1 - spread / 2),
        "ask": 100 * (1 + spread / 2),
        "source": "A screen",
    }
    row: Quote = register.enter(market_facts.QUOTES, values, **acts())
    return row


def index_at(level: Decimal, *, on: date = LAST_FRIDAY) -> VolatilityLevel:
    """Where the volatility index stood."""
    values = {"market_on": on, "level": level, "source": "A screen"}
    row: VolatilityLevel = register.enter(market_facts.LEVELS, values, **acts())
    return row


def taken_back(row: TradingHalt) -> None:
    """It was another exchange."""
    register.end(market_facts.HALTS, row, reason="Another exchange.", **acts())
