"""Whether the prices on record are current, as one sentence for the console and the home page.

Needs neither settings nor a database, so that the supervisor can use it.
"""

from __future__ import annotations

from datetime import date, datetime

from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york


def sentence(priced_on: date | None, *, at: datetime, is_demo: bool) -> str:
    """Why the figures are not current, and what to do; empty where prices are of the last close."""
    close = market_days.last_close(at)
    if priced_on is None or priced_on >= close:
        return ""
    behind = len(new_york().sessions_between(priced_on, close)) - 1
    days = f"{behind} market day{'' if behind == 1 else 's'}"
    said = [
        f"The latest prices on record are of {_day(priced_on)}, {days} before the last close ({_day(close)})."
    ]
    if not is_demo:
        return f"{said[0]} Load that day's closing prices; until then no new scan starts."
    said.append(
        "The demonstration adds the market days since by itself while it runs; `./evenkeel manage demo_day` does so at once."
    )
    trade_on = market_days.trade_day(at)
    if trade_on.year > priced_on.year:
        said.append(
            f"Tax figures for {trade_on.year} are not on record, so no taxable household gets a new one."
        )
    said.append("`./evenkeel demo --fresh` rebuilds the firm as of the last close instead.")
    return " ".join(said)


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
