"""Settlement days and violations in cash accounts.

Inputs are read loosely, because the golden file shapes each example to its point; what an example leaves
unsaid takes the product's default.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from rebalancing.engine.market import calendars, cash_account_violations, settlement
from tests.spec.adapters.reading import day, number, only

Json = dict[str, Any]
NEW_YORK = calendars.new_york()


def settlement_calendar(inputs: Json) -> Json:
    calendar = NEW_YORK.closing(map(day, inputs.get("ad_hoc_closures", ())))
    if "year" in inputs:
        return year_facts(calendar, inputs["year"])
    asset = asset_named(str(inputs.get("asset", "etf")))
    days = cycle(inputs)
    if "order_received_et" not in inputs:
        trade_on = day(inputs.get("trade_date", inputs.get("trade_on")))
        days = settlement.cycle_days(asset, trade_on, calendar) if days is None else days
        return {"settlement_date": settlement.settlement_date(trade_on, days, calendar).isoformat()}
    cut_off = str(inputs.get("cut_off_et", "market_close"))
    answer = settlement.settle(
        datetime.fromisoformat(inputs["order_received_et"]),
        asset,
        calendar,
        cut_off=None if cut_off == "market_close" else time.fromisoformat(cut_off),
        days=days,
    )
    return {
        "trade_date": answer.trade_on.isoformat(),
        "settlement_date": answer.settles_on.isoformat(),
        "lot_instruction_deadline": settlement.lot_instruction_deadline(answer).isoformat(),
    }


def cycle(inputs: Json) -> int | None:
    """The security's own cycle, however it is written: 2, "T+2", under any of the usual names."""
    for name in ("settlement_cycle", "cycle", "settlement_days", "settles_in_days", "cycle_days"):
        if name in inputs:
            return int(str(inputs[name]).upper().removeprefix("T+"))
    written = str(inputs.get("asset", "")).lower().replace("+", "").rpartition("_t")[2]
    return int(written) if written.isdigit() else None


def asset_named(name: str) -> settlement.Asset:
    name = name.lower()
    if "money" in name:
        return settlement.Asset.MONEY_FUND
    if "fund" in name:
        return settlement.Asset.MUTUAL_FUND
    if "muni" in name:
        return settlement.Asset.MUNICIPAL_BOND
    for asset in settlement.Asset:
        if asset.value in name or name in asset.value:
            return asset
    return settlement.Asset.STOCK


def year_facts(calendar: calendars.MarketCalendar, year: int) -> Json:
    """Everything a year's example may ask, with `closed_on_…` and `early_close_on_…` for every day."""
    days = [
        date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
    ]
    return {
        "early_closes": [each.isoformat() for each in days if closes_early(calendar, each)],
        "closures": [
            each.isoformat() for each in days if each.weekday() < 5 and not calendar.is_session(each)
        ],
        **{f"closed_on_{each:%Y_%m_%d}": not calendar.is_session(each) for each in days},
        **{f"early_close_on_{each:%Y_%m_%d}": closes_early(calendar, each) for each in days},
        **{f"settlement_day_on_{each:%Y_%m_%d}": calendar.is_settlement_day(each) for each in days},
    }


def closes_early(calendar: calendars.MarketCalendar, on: date) -> bool:
    return calendar.is_session(on) and calendar.close_of(on) < calendars.CLOSE_REGULAR


def cash_account(inputs: Json) -> Json:
    days = cycle(inputs)

    def settles(trade_on: date, own_days: int | None = None) -> date:
        standard = NEW_YORK.standard_days(trade_on)
        chosen = next(each for each in (own_days, days, standard) if each is not None)
        return settlement.settlement_date(trade_on, chosen, NEW_YORK)

    if "events" in inputs:
        return cash_review(inputs, settles)
    if dates := next((inputs[name] for name in inputs if "violations" in name), None):
        return patience(inputs, dates)
    only(inputs, "account_type", "cash")
    bought_on = day(inputs.get("buy_trade_date", inputs.get("funding_sale_trade_date")))
    funding = inputs.get("funding_sale_trade_date")
    clean = cash_account_violations.earliest_clean_sale(
        bought_on=bought_on, funds_settle_on=settles(day(funding)) if funding else None
    )
    return {"earliest_clean_sale_date": clean.isoformat()}


def patience(inputs: Json, dates: Any) -> Json:
    """The restriction after violations given as a count within the months, or day by day."""
    kind = cash_account_violations.Violation(str(inputs.get("violation", inputs.get("kind", "GOOD_FAITH"))))
    on = day(inputs.get("as_of", "2026-11-22"))
    if not isinstance(dates, list):
        dates = [on.isoformat()] * int(dates)
    findings = [cash_account_violations.Finding(day(each), kind, "") for each in dates]
    tolerance = cash_account_violations.Tolerance(count=inputs.get("limit", inputs.get("tolerated", 3)))
    restricted = cash_account_violations.restriction(findings, on=on, tolerance=tolerance)
    return {
        "restricted": restricted is not None,
        "restriction_days": restricted.days if restricted else 0,
        "restricted_until": restricted.ends_on.isoformat() if restricted else None,
    }


def cash_review(inputs: Json, settles: Callable[[date, int | None], date]) -> Json:
    events = [
        cash_account_violations.Event(
            on=day(each["date"]),
            kind=cash_account_violations.Kind(each["side"]),
            amount=number(each["amount"]),
            settles_on=settles(day(each["date"]), cycle(each)),
            security=each.get("security", ""),
            is_fully_paid=each.get("fully_paid", False),
        )
        for each in inputs["events"]
    ]
    review = cash_account_violations.review(events, settled_cash=number(inputs.get("settled_cash_start", 0)))
    if inputs.get("account_type", "cash") != "cash" or not review.findings:
        return {"violation": None, "violations": [], "restriction_days": 0}
    first = review.findings[0]
    restricted = cash_account_violations.restriction(review.findings, on=events[-1].on)
    return {
        "violation": str(first.violation),
        "violations": [str(each.violation) for each in review.findings],
        "restriction_days": restricted.days if restricted else 0,
    }
