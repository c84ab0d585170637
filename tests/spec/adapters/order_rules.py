"""The compliance rules about orders: cash and settlement, hours, sizes, prices, what contradicts itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from compliance.rules import (
    cash_for_buys,
    duplicate_order,
    margin_use,
    market_hours,
    opposite_sides,
    order_size,
    participation,
    price_freshness,
    sellable_shares,
    settlement_sequence,
    share_precision,
    trade_minimum,
)
from compliance.rules.findings.severity import Severity, highest
from rebalancing.engine.market import calendars
from tests.spec.adapters.reading import first, number, number_or_none
from tests.spec.adapters.rule_answers import Json, advantaged, amount, answer, day, moment


def ptc_18(inputs: Json) -> Json:
    short = cash_for_buys.cash_shortfall(
        buys=number(inputs["buys"]) + amount(inputs, "costs", "trading_costs"),
        settled_cash=number(inputs["settled_cash"]),
        sales_in_time=amount(inputs, "sales_settling_in_time"),
        other_open_buys=amount(inputs, "other_open_buys"),
    )
    return answer(cash_for_buys.cash_severity(short), shortfall=short)


def ptc_19(inputs: Json) -> Json:
    if "debit" in inputs or "debit_balance" in inputs:
        debit = amount(inputs, "debit", "debit_balance")
    else:
        debit = max(-amount(inputs, "cash_after", "balance", "projected_cash"), Decimal(0))
    kind = str(first(inputs, "account", "account_type", otherwise="taxable"))
    return answer(
        margin_use.margin_severity(
            debit=debit,
            agreement=bool(first(inputs, "margin_agreement", "margin")),
            policy_permits=bool(first(inputs, "ips_permission", "ips_permits_margin", "ips_margin")),
            tax_advantaged=advantaged(kind),
        )
    )


def ptc_21(inputs: Json) -> Json:
    sell, buy = day(inputs["sell_settles"]), day(inputs["buy_settles"])
    assert sell is not None
    assert buy is not None
    needed = amount(inputs, "amount_needed_from_sell", otherwise=1)
    return answer(
        settlement_sequence.sequence_severity(sell_settles=sell, buy_settles=buy, amount_needed=needed)
    )


def ptc_22(inputs: Json) -> Json:
    now = moment(first(inputs, "order_time", "order_received_et", "now", "order_time_et"))
    assert now is not None
    calendar = calendars.new_york()
    session = now.date()
    open_today = calendar.is_session(session)
    closes = calendar.close_of(session) if open_today else now.time()
    severity = market_hours.hours_severity(
        now=now,
        opens_at=now.replace(hour=9, minute=30) if open_today else now,
        closes_at=datetime.combine(session, closes),
    )
    late = not open_today or now >= datetime.combine(session, closes)
    trade_date = session + timedelta(days=1) if late else session
    while not calendar.is_session(trade_date):
        trade_date += timedelta(days=1)
    return answer(severity, trade_date=trade_date.isoformat())


def ptc_23(inputs: Json) -> Json:
    limit = sellable_shares.sellable(
        position=number(inputs["position"]),
        open_sells=amount(inputs, "open_sells"),
        locked=amount(inputs, "locked"),
    )
    sell = number(inputs["sell"])
    return answer(sellable_shares.sell_severity(sell=sell, sellable=limit), sellable=limit)


def ptc_24(inputs: Json) -> Json:
    names = (
        "fractional",
        "fractional_supported",
        "fractional_support",
        "custodian_fractional",
        "security_fractional",
        "custodian_supports_fractional",
        "security_supports_fractional",
    )
    given = [inputs[name] for name in names if name in inputs]
    if "whole_shares_only" in inputs:
        given.append(not inputs["whole_shares_only"])
    return answer(
        share_precision.precision_severity(
            quantity=amount(inputs, "shares", "quantity"), fractions_taken=bool(given) and all(given)
        )
    )


def ptc_25(inputs: Json) -> Json:
    smallest = trade_minimum.minimum(
        account_value=number(inputs["account_value"]),
        minimum_usd=amount(inputs, "min_abs", otherwise=trade_minimum.MINIMUM_USD.default),
        minimum_fraction=amount(inputs, "min_fraction", otherwise=trade_minimum.MINIMUM_FRACTION.default),
    )
    severity = trade_minimum.size_severity(
        amount=amount(inputs, "trade_value", "order_value", "amount"),
        minimum=smallest,
        exempt=bool(first(inputs, "closing", "closes_position", "raises_cash", "raising_cash")),
    )
    decision = "KEEP" if severity is Severity.PASS else "DROP"
    return answer(severity, threshold=smallest, decision=decision)


def ptc_27(inputs: Json) -> Json:
    wanted = tuple(inputs.get(name) for name in ("account", "security", "side"))
    orders = first(inputs, "open_orders", otherwise=[])
    if not isinstance(orders, list):
        orders = [{}] * int(orders)
    alike = sum(
        all(
            order.get(name, mine) == mine
            for name, mine in zip(("account", "security", "side"), wanted, strict=True)
        )
        for order in orders
    )
    pending = first(inputs, "pending_lots", "pending_proposal_lots", otherwise=[])
    shared = set(first(inputs, "lots", otherwise=[])) & set(pending)
    return answer(duplicate_order.duplicate_severity(open_orders_alike=alike, shared_lots=shared))


def ptc_28(inputs: Json) -> Json:
    orders = first(inputs, "orders", "household_orders", otherwise=[])
    if "buy" in inputs and "sell" in inputs:
        same = inputs["buy"] == inputs["sell"]
        return answer(opposite_sides.sides_severity(bought=same, sold=same))
    sides = {(order.get("security"), order["side"]) for order in orders}
    return answer(
        highest(
            opposite_sides.sides_severity(bought=(name, "buy") in sides, sold=(name, "sell") in sides)
            for name, _ in sides
        )
    )


def ptc_39(inputs: Json) -> Json:
    now, priced = moment(inputs["now"]), moment(first(inputs, "price_time", "priced_at"))
    assert now is not None
    if priced is None:
        return answer(Severity.BLOCK)
    calendar = calendars.new_york()
    is_open = calendar.is_session(now.date()) and (
        now.replace(hour=9, minute=30) <= now < datetime.combine(now.date(), calendar.close_of(now.date()))
    )
    limit = int(first(inputs, "max_age_minutes", otherwise=price_freshness.AGE_MINUTES.default))
    if is_open:
        severity = price_freshness.live_severity(now=now, priced_at=priced, max_age_minutes=limit)
    else:
        last = now.date()
        while not calendar.is_session(last) or datetime.combine(last, calendar.close_of(last)) > now:
            last -= timedelta(days=1)
        closed = datetime.combine(last, calendar.close_of(last))
        severity = price_freshness.close_severity(now=now, priced_at=priced, last_close_at=closed)
    names = ("index_move", "index_move_since_pricing", "index_move_pct")
    if any(name in inputs for name in names):
        moved = number_or_none(first(inputs, *names))
        if "index_move_pct" in inputs and moved is not None:
            moved /= 100
        severity = max(
            severity,
            price_freshness.move_severity(index_move=moved, limit=price_freshness.INDEX_MOVE.default),
        )
    return answer(severity, age_minutes=price_freshness.age_minutes(now=now, priced_at=priced))


def ptc_40(inputs: Json) -> Json:
    ordered = amount(inputs, "order_shares", "shares")
    volume = amount(inputs, "adv_shares", "adv")
    cap = volume * participation.WARN_ABOVE.default
    severity = participation.participation_severity(shares=ordered, adv_shares=volume)
    whole = int(ordered // cap) if cap else 0
    rest = ordered - whole * cap
    return answer(severity, daily_cap=cap, slices=[cap] * whole + [rest] * bool(rest))


def ptc_43(inputs: Json) -> Json:
    order, value = number(inputs["order_value"]), number(inputs["account_value"])
    reasons = order_size.large_because(
        amount=order, portfolio_value=value, usual=amount(inputs, "usual_order", "usual_size", "usual")
    )
    return answer(order_size.size_severity(reasons), fraction=order / value)
