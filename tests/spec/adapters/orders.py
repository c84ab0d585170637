"""Fills, order sizes and how long records are kept.

Inputs are read loosely, because the golden file shapes each example to its point; what an example leaves
unsaid takes the product's default.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compliance.rules import trade_minimum
from compliance.rules.findings.severity import Severity
from rebalancing.engine.market import allocations, calendars, order_slicing, records_retention
from rebalancing.engine.money import ONE, ZERO
from tests.spec.adapters.reading import day, first, number, numbers, only

Json = dict[str, Any]
NEW_YORK = calendars.new_york()


def trade_allocation(inputs: Json) -> Json:
    if "fills" in inputs:
        block = allocations.block_price(
            [allocations.Fill(number(each["shares"]), number(each["price"])) for each in inputs["fills"]],
            places=inputs.get("decimals", 4),
        )
        return {"average_price": block.average, "total_shares": block.shares, "total_cost": block.total}
    only(inputs, "rounding", "largest_remainder")
    statement = numbers(inputs["allocation_statement"])
    allocated = allocations.allocate(
        statement,
        number(inputs["filled"]),
        increment=number(inputs.get("increment", 1)),
        minimum=number(inputs.get("minimum_allocation", 0)),
    )
    answer: Json = {
        "allocation": dict(allocated.shares_by_account),
        "deviation_from_statement": allocated.deviates_from_statement,
        "written_explanation_required": allocated.needs_written_reason,
    }
    for name in ("costs", "total_cost", "commission", "transaction_cost", "cost"):
        if name in inputs:
            shared = allocations.share_costs(number(inputs[name]), allocated.shares_by_account)
            answer |= {"cost_shares": shared, "costs": shared, "cost_allocation": shared}
    return answer


def order_slicing_of(inputs: Json) -> Json:
    if "now_et" in inputs:
        return release(inputs)
    if "adv_shares" in inputs:
        cut = order_slicing.slices(
            number(inputs["order_shares"]),
            volume_shares=number(inputs["adv_shares"]),
            participation_max=number(inputs.get("max_participation", "0.1")),
        )
        return {"daily_cap": cut.daily_cap, "slices": list(cut.shares), "days": cut.days}
    if "bid" in inputs:
        price = order_slicing.limit_price(
            order_slicing.Side(inputs["side"]),
            bid=number(inputs["bid"]),
            ask=number(inputs["ask"]),
            collar_bps=number(inputs["collar_bps"]),
            tick=number(inputs.get("tick", "0.01")),
        )
        return {"limit_price": price}
    if "average_close_price" in inputs:
        lots = order_slicing.split_round_lots(
            number(inputs["shares"]),
            number(inputs["average_close_price"]),
            on=day(inputs.get("as_of", "2026-11-23")),
        )
        return {"round_lot": lots.round_lot, "round_lots": lots.round_lots, "odd_shares": lots.odd_shares}
    if "trade_value" in inputs:
        smallest = trade_minimum.minimum(
            account_value=number(inputs["account_value"]),
            minimum_usd=number(inputs.get("min_abs", 250)),
            minimum_fraction=number(inputs.get("min_fraction", "0.001")),
        )
        severity = trade_minimum.size_severity(
            amount=abs(number(inputs["trade_value"])),
            minimum=smallest,
            exempt=bool(inputs.get("closing_position") or inputs.get("raises_named_cash")),
        )
        return {"threshold": smallest, "decision": "KEEP" if severity is Severity.PASS else "DROP"}
    return whole_shares(inputs)


def release(inputs: Json) -> Json:
    given = inputs.get("policy", {})
    shipped = order_slicing.IlliquidPolicy()
    decision = order_slicing.release_decision(
        datetime.fromisoformat(inputs["now_et"]),
        NEW_YORK,
        volume_usd=number(inputs["adv_usd"]),
        spread=number(inputs["spread_fraction"]),
        policy=order_slicing.IlliquidPolicy(
            volume_usd_least=number(given.get("illiquid_if_adv_usd_below", shipped.volume_usd_least)),
            spread_most=number(given.get("illiquid_if_spread_above", shipped.spread_most)),
            last_minutes=given.get("no_new_illiquid_orders_last_minutes", shipped.last_minutes),
            first_minutes=given.get("no_new_illiquid_orders_first_minutes", shipped.first_minutes),
        ),
    )
    return {
        "illiquid": decision.is_illiquid,
        "minutes_to_close": decision.minutes_to_close,
        "decision": str(decision.decision),
    }


def whole_shares(inputs: Json) -> Json:
    side = order_slicing.Side(inputs["side"])
    said = str(first(inputs, "purpose", "reason", otherwise="")).lower()
    raising = "rais" in said or "cash" in said or first(inputs, "raise_cash", "raises_cash")
    closing = "clos" in said or first(inputs, "closing", "closing_position")
    held = first(inputs, "position", "position_shares", "held")
    sized = order_slicing.quantity(
        side,
        ZERO if closing and "target_amount" not in inputs else number(inputs["target_amount"]),
        number(inputs["price"]),
        purpose=order_slicing.Purpose.CLOSE
        if closing
        else order_slicing.Purpose.RAISE_CASH
        if raising
        else order_slicing.Purpose.REBALANCE,
        held=None if held is None else number(held),
        increment=ONE if inputs.get("whole_shares_only", True) else number(inputs.get("increment", "0.001")),
    )
    return {"shares": sized.shares, "amount": sized.amount, "difference": sized.difference}


RECORDS = {
    "compliance_policy": records_retention.Record.POLICY,
    "policy": records_retention.Record.POLICY,
    "entity_records": records_retention.Record.ENTITY,
    "entity_record": records_retention.Record.ENTITY,
    "articles": records_retention.Record.ENTITY,
    "advertisement": records_retention.Record.USE,
    "performance_support": records_retention.Record.USE,
}


def records_retention_of(inputs: Json) -> Json:
    record = RECORDS.get(inputs["record"], records_retention.Record.ENTRY)
    # The day from which the record is kept has its own name for each kind of record, and stands alone.
    (last,) = (name for name in inputs if name not in ("record", "fiscal_year_end"))
    month, end = (int(part) for part in str(inputs.get("fiscal_year_end", "12-31")).split("-"))
    kept = records_retention.retention(record, day(inputs[last]), fiscal_year_end=(month, end))
    return {
        "keep_through": kept.keep_through.isoformat(),
        "in_office_through": kept.in_office_through.isoformat() if kept.in_office_through else None,
    }
