"""The compliance rules about what stands around a trade: insiders, products, unsettled money, funds, quotes, halts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from compliance.rules import (
    arranged_trade,
    buying_a_distribution,
    complex_product,
    fund_holding_period,
    fund_trading_policy,
    good_faith,
    illiquid_hours,
    insider,
    limit_collar,
    trading_halt,
)
from compliance.rules.facts.surroundings import CashHistory, HaltKind, Window, WindowKind
from compliance.rules.findings.severity import Severity
from rebalancing.engine.market import calendars, order_slicing
from rebalancing.engine.market.cash_account_violations import Event, Kind
from rebalancing.engine.tax.fund_rules import fund_loss
from rebalancing.engine.tax.holding_periods import Term
from tests.spec.adapters.reading import first, number, number_or_none, only

Json = dict[str, Any]
TODAY = date(2026, 11, 23)
RETIREMENT = ("erisa", "ira", "roth", "401k", "403b", "457", "hsa", "sep", "simple", "plan")


def day(text: Any) -> date | None:
    return date.fromisoformat(str(text)[:10]) if text else None


def answer(severity: Severity, **figures: Any) -> Json:
    return {"severity": severity.name, **figures}


def window(kind: WindowKind, first_on: Any, last_on: Any, *, on: date) -> Window:
    return Window(kind=kind, from_on=day(first_on) or on, until_on=day(last_on) or on)


def ptc_06(inputs: Json) -> Json:
    on = day(first(inputs, "trade_date", "as_of", "trade_on", otherwise=TODAY)) or TODAY
    only(inputs, "side", "buy", "sell")  # Either side is barred alike.
    role = first(inputs, "role", "affiliation", "position")
    issuer = first(inputs, "issuer", "insider_of", "affiliated_issuer")
    security = first(inputs, "security", "symbol", otherwise=issuer)
    windows = []
    blackout = first(inputs, "blackout", "in_blackout")
    if isinstance(blackout, list):
        windows.append(window(WindowKind.BLACKOUT, *blackout, on=on))
    elif isinstance(blackout, dict):
        ends = first(blackout, "to", "until", "end")
        windows.append(window(WindowKind.BLACKOUT, first(blackout, "from", "start"), ends, on=on))
    elif blackout:
        windows.append(window(WindowKind.BLACKOUT, None, None, on=on))
    if starts := first(inputs, "blackout_from", "blackout_start"):
        ends = first(inputs, "blackout_to", "blackout_until", "blackout_end")
        windows.append(window(WindowKind.BLACKOUT, starts, ends, on=on))
    for names, kind in (
        (("pre_clearance", "preclearance", "pre_cleared", "clearance"), WindowKind.CLEARANCE),
        (("rule_144", "rule_144_window"), WindowKind.RULE_144),
        (("rule_10b5_1", "plan_10b5_1", "rule_10b5_1_plan"), WindowKind.PLAN),
    ):
        if first(inputs, *names):
            windows.append(window(kind, None, None, on=on))
    if role in (None, "none", "") or issuer != security:
        return answer(Severity.PASS)
    return answer(insider.insider_severity(windows, on=on))


def ptc_17(inputs: Json) -> Json:
    product = str(first(inputs, "product", "product_type", "product_flag", "kind", otherwise="plain"))
    approved = bool(first(inputs, "approved", "approval", "product_approval"))
    eligible = bool(first(inputs, "eligible", "client_eligible", "client_eligibility", otherwise=True))
    roles = first(inputs, "approver_roles", "roles", otherwise=[])
    found = complex_product.is_complex("" if product == "plain" else product, name=product)
    severity = complex_product.product_severity(complex_product=bool(found), approved=approved and eligible)
    refused = severity is not Severity.PASS and not complex_product.RULE.override_roles & set(roles)
    return answer(severity, override_refused=refused)


def ptc_20(inputs: Json) -> Json:
    bought = day(first(inputs, "bought_on", "buy_date", "purchase_date", otherwise=TODAY)) or TODAY
    sold = day(first(inputs, "sell_date", "sold_on", "sale_date", "trade_date", otherwise=bought)) or bought
    settles = day(
        first(inputs, "funds_settle_on", "funding_settles", "proceeds_settle", "funding_settles_on")
    )
    calendar = calendars.new_york()
    paid = first(inputs, "funded_by", "paid_with", otherwise="unsettled")
    in_settled_money = paid in ("settled", "settled_cash") or first(inputs, "settled") is True
    one = Decimal(1000)
    due = calendar.add_settlement_days(bought, 1)
    events = [
        Event(on=bought, kind=Kind.SELL, amount=one, settles_on=settles or due, security="XYZ", is_fully_paid=True),
        Event(on=bought, kind=Kind.BUY, amount=one, settles_on=due, security="ABC"),
    ]  # fmt: skip
    history = CashHistory(
        account="a",
        since=bought,
        settled_before=one if in_settled_money else Decimal(0),
        events=tuple(events),
    )
    found = good_faith.violation(
        history, security="ABC", amount=one, on=sold, settles_on=calendar.add_settlement_days(sold, 1)
    )
    days = calendar.sessions_between(sold, sold + timedelta(days=10))
    clean = good_faith.first_clean_day(
        history, security="ABC", on=sold, until=sold + timedelta(days=10), days=days
    )
    return answer(
        good_faith.violation_severity(found),
        violation=found.value if found else None,
        earliest_sale=clean.isoformat() if clean else None,
        blocked_until=clean.isoformat() if clean else None,
    )


def ptc_26(inputs: Json) -> Json:
    sold = day(first(inputs, "sell_date", "trade_date", "as_of", otherwise=TODAY)) or TODAY
    held = first(inputs, "days_since_purchase", "days_held", "bought_days_ago", "days_since_buy")
    bought = (
        sold - timedelta(days=int(held))
        if held is not None
        else day(first(inputs, "bought_on", "purchase_date", "last_purchase", "buy_date"))
    )
    days = int(first(inputs, "policy_days", "holding_days", "holding_period_days", "fund_policy_days"))
    rate = number(first(inputs, "redemption_fee_rate", "redemption_fee", otherwise=0))
    fee = number(first(inputs, "amount", "sell_amount", "proceeds", otherwise=0)) * rate
    round_trip = fund_trading_policy.is_round_trip(bought_on=bought, sold_on=sold, holding_days=days)
    return answer(fund_trading_policy.trading_severity(round_trip=round_trip, fee=fee), redemption_fee=fee)


def ptc_37(inputs: Json) -> Json:
    trade = day(first(inputs, "buy_date", "trade_date", "trade_on", otherwise=TODAY)) or TODAY
    record = day(first(inputs, "record_date", "record_on", "record"))
    ex_on = day(first(inputs, "ex_date", "ex_on")) or record
    assert ex_on is not None
    percent = first(inputs, "estimate_pct_nav", "estimated_pct_of_nav", "distribution_pct", "pct_of_nav")
    fraction = (
        number(percent) / 100
        if percent is not None
        else number(first(inputs, "fraction_of_nav", "distribution_fraction", "estimate_fraction"))
    )
    if first(inputs, "account", "account_type", otherwise="taxable") != "taxable":
        return answer(Severity.PASS)
    return answer(
        buying_a_distribution.distribution_severity(
            ex_on=ex_on,
            record_on=record,
            trade_on=trade,
            fraction=fraction,
            days=int(first(inputs, "window_days", otherwise=buying_a_distribution.DAYS.default)),
        )
    )


def ptc_38(inputs: Json) -> Json:
    sold = day(first(inputs, "sell_date", "sold_on", "trade_date", otherwise=TODAY)) or TODAY
    months = first(inputs, "held_months", "months_held")
    acquired = day(first(inputs, "acquired", "acquired_on", "bought_on"))
    if acquired is None:
        month = sold.month - int(months)
        acquired = sold.replace(year=sold.year + (month - 1) // 12, month=(month - 1) % 12 + 1)
    loss = number(inputs["loss"])
    gains = number(
        first(inputs, "long_term_distribution", "lt_distribution", "capital_gain_dividends", otherwise=0)
    )
    exempt = number(first(inputs, "exempt_interest_dividends", "exempt_interest", otherwise=0))
    found = fund_loss(
        loss,
        acquired_on=acquired,
        sold_on=sold,
        term=Term.SHORT,
        capital_gain_distributions=gains,
        exempt_interest_dividends=exempt,
    )
    return answer(
        fund_holding_period.loss_severity(found, loss=loss, term=Term.SHORT),
        long_term_loss=found.long_term,
        long_term_part=found.long_term,
        short_term_loss=found.short_term,
        disallowed=found.disallowed,
    )


def ptc_41(inputs: Json) -> Json:
    now = datetime.fromisoformat(str(first(inputs, "now_et", "now", "order_time", "time")))
    decided = order_slicing.release_decision(
        now,
        calendars.new_york(),
        volume_usd=number(first(inputs, "adv_usd", "volume_usd", "adv")),
        spread=number_or_none(first(inputs, "spread_fraction", "spread")) or Decimal(0),
    )
    return answer(
        illiquid_hours.release_severity(decided),
        illiquid=decided.is_illiquid,
        minutes_to_close=decided.minutes_to_close,
    )


def ptc_42(inputs: Json) -> Json:
    only(inputs, "side", "buy", "sell")  # A limit is too far on either side alike.
    if first(inputs, "order_type", otherwise="limit") == "market":
        spread = first(inputs, "spread_bps", "spread_bp")
        share = first(inputs, "adv_fraction", "fraction_of_adv", otherwise=0)
        return answer(
            limit_collar.market_severity(
                spread=number(spread) / 10_000, shares=number(share), daily_volume=Decimal(1)
            )
        )
    limit, mid = number(first(inputs, "limit", "limit_price")), number(inputs["mid"])
    severity = limit_collar.collar_severity(
        limit=limit, mid=mid, is_illiquid=bool(first(inputs, "illiquid", "is_illiquid"))
    )
    return answer(severity, deviation=limit_collar.away(limit, mid), fraction=limit_collar.away(limit, mid))


def ptc_44(inputs: Json) -> Json:
    kinds = []
    first(inputs, "security", "symbol")
    if first(inputs, "halt", "halted", "trading_halt", "halted_by_exchange"):
        kinds.append(HaltKind.HALT)
    if first(inputs, "luld_pause", "luld", "pause"):
        kinds.append(HaltKind.PAUSE)
    if first(inputs, "volatility_hold", "firm_volatility_hold", "firm_hold"):
        kinds.append(HaltKind.VOLATILITY)
    status = str(first(inputs, "status", "market_status", otherwise="")).lower()
    for word, kind in (("halt", HaltKind.HALT), ("pause", HaltKind.PAUSE), ("luld", HaltKind.PAUSE)):
        if word in status:
            kinds.append(kind)
    return answer(trading_halt.halt_severity(kinds))


def ptc_45(inputs: Json) -> Json:
    on = day(first(inputs, "trade_date", "as_of", otherwise=TODAY)) or TODAY
    accounts = first(inputs, "accounts", "account_types", "clients", otherwise=[])
    accounts = [one.get("type", "") if isinstance(one, dict) else str(one) for one in accounts]
    accounts.append(str(first(inputs, "account", "account_type", otherwise="")))
    retirement = bool(first(inputs, "erisa", "is_erisa")) or any(
        word in RETIREMENT for one in accounts for word in one.lower().split("_")
    )
    kind = str(first(inputs, "counterparty", "trade", "type", otherwise="market"))
    if kind in ("market", "agency", "street"):
        return answer(Severity.PASS)
    disclosed = first(inputs, "disclosed", "written_disclosure", "disclosure")
    consented = first(inputs, "consent", "consented", "client_consent")
    return answer(
        arranged_trade.arranged_severity(
            retirement=retirement,
            disclosed_on=on if disclosed else None,
            consented_on=on if consented else None,
            trade_on=on,
            settles_on=None,
        )
    )


OWN: dict[str, Callable[[Json], Json]] = {
    "PTC-06": ptc_06,
    "PTC-17": ptc_17,
    "PTC-20": ptc_20,
    "PTC-26": ptc_26,
    "PTC-37": ptc_37,
    "PTC-38": ptc_38,
    "PTC-41": ptc_41,
    "PTC-42": ptc_42,
    "PTC-44": ptc_44,
    "PTC-45": ptc_45,
}
"""Rules whose examples say what they look at in words of their own."""
