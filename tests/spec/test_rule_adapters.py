"""The rules' adapters on variants of the worked examples: other dates, other sides, both levels, and PASS."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.spec.adapters.rules import RULES, by_columns
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        rule   | level    | inputs
        PTC-01 | PASS     | {"authority": "non_discretionary", "consent": {"proposal_version": 4}, "proposal_version": 4}
        PTC-01 | BLOCK    | {"authority": "non_discretionary", "consent": null, "proposal_version": 4}
        PTC-01 | PASS     | {"authority": "discretionary", "consent": null, "proposal_version": 4}
        PTC-02 | BLOCK    | {"terminated": "2026-11-01", "trade_date": "2026-11-23"}
        PTC-02 | PASS     | {"terminated": null, "trade_date": "2026-11-23"}
        PTC-03 | BLOCK    | {"holds": ["deceased"]}
        PTC-03 | PASS     | {"holds": []}
        PTC-04 | PASS     | {"last_review": "2026-03-01", "as_of": "2026-11-23"}
        PTC-04 | OVERRIDE | {"last_review": "2025-04-30", "as_of": "2026-11-23"}
        PTC-04 | BLOCK    | {"last_review": null, "as_of": "2026-11-23"}
        PTC-05 | WARN     | {"tax_profile_year": 2024, "as_of": "2026-11-23"}
        PTC-06 | BLOCK    | {"role": "CFO", "issuer": "XYZ", "security": "XYZ", "side": "sell", "blackout_from": "2026-11-01", "blackout_to": "2026-12-01", "trade_date": "2026-11-23"}
        PTC-06 | PASS     | {"role": "CFO", "issuer": "XYZ", "security": "XYZ", "side": "sell", "pre_clearance": true}
        PTC-06 | PASS     | {"role": "CFO", "issuer": "XYZ", "security": "ABC", "side": "sell"}
        PTC-17 | OVERRIDE | {"product": "leveraged", "approval": null, "approver_roles": ["reviewer"]}
        PTC-17 | PASS     | {"product": "leveraged", "approval": true}
        PTC-20 | BLOCK    | {"bought_on": "2026-11-23", "sell_date": "2026-11-23", "funding_settles": "2026-11-24"}
        PTC-20 | PASS     | {"bought_on": "2026-11-23", "sell_date": "2026-11-24", "funding_settles": "2026-11-24"}
        PTC-20 | PASS     | {"bought_on": "2026-11-23", "sell_date": "2026-11-23", "paid_with": "settled"}
        PTC-26 | OVERRIDE | {"days_since_purchase": 20, "policy_days": 30}
        PTC-26 | PASS     | {"days_since_purchase": 31, "policy_days": 30}
        PTC-37 | WARN     | {"record_date": "2026-12-15", "estimate_pct_nav": 4, "buy_date": "2026-12-07"}
        PTC-37 | PASS     | {"record_date": "2026-12-15", "estimate_pct_nav": 4, "buy_date": "2026-11-20"}
        PTC-38 | WARN     | {"held_months": 4, "lt_distribution": 50, "loss": 150}
        PTC-38 | PASS     | {"held_months": 8, "lt_distribution": 50, "loss": 150}
        PTC-41 | BLOCK    | {"now": "2026-11-23 15:40", "adv_usd": 400000}
        PTC-41 | PASS     | {"now": "2026-11-23 15:20", "adv_usd": 400000}
        PTC-42 | BLOCK    | {"side": "buy", "limit": 52.10, "mid": 50.00}
        PTC-42 | PASS     | {"side": "buy", "limit": 50.90, "mid": 50.00}
        PTC-42 | BLOCK    | {"order_type": "market", "spread_bps": 6, "adv_fraction": 0.001}
        PTC-44 | BLOCK    | {"security": "XYZ", "halt": true}
        PTC-44 | OVERRIDE | {"security": "XYZ", "volatility_hold": true}
        PTC-44 | PASS     | {"security": "XYZ", "halt": false}
        PTC-45 | BLOCK    | {"counterparty": "internal_cross", "accounts": ["taxable", "erisa_plan"], "disclosed": true, "consent": true}
        PTC-45 | PASS     | {"counterparty": "principal", "account": "taxable", "disclosed": true, "consent": true}
        PTC-45 | BLOCK    | {"counterparty": "principal", "account": "taxable", "disclosed": true}
        PTC-07 | OVERRIDE | {"side": "buy", "security": "XYZ", "list": "watch", "trade_date": "2026-11-23"}
        PTC-07 | PASS     | {"side": "buy", "security": "XYZ", "restricted_from": "2026-11-02", "restricted_to": "2026-11-20", "trade_date": "2026-11-23"}
        PTC-07 | BLOCK    | {"side": "sell", "security": "XYZ", "restricted_from": "2026-11-02", "restricted_to": "2026-11-23", "trade_date": "2026-11-23"}
        PTC-10 | BLOCK    | {"range": [50.0, 70.0], "before": 71.0, "after": 74.0}
        PTC-10 | PASS     | {"range": [50.0, 70.0], "before": 74.0, "after": 69.5}
        PTC-11 | OVERRIDE | {"sum_before": 9.0, "sum_after": 9.6}
        PTC-13 | BLOCK    | {"side": "buy", "before_pct": 18.0, "after_pct": 20.5}
        PTC-13 | PASS     | {"side": "sell", "before_pct": 30.0, "after_pct": 25.0}
        PTC-15 | BLOCK    | {"cap_pct": 65, "after_pct": 66.3}
        PTC-16 | PASS     | {"cash_after_trades": 12000, "withdrawals_next_35_days": 6000, "fees_due": 500, "reserve": 5000}
        PTC-18 | PASS     | {"buys": 48000, "settled_cash": 12000, "sales_settling_in_time": 36000, "other_open_buys": 0}
        PTC-19 | BLOCK    | {"debit": 800, "account": "joint"}
        PTC-21 | PASS     | {"sell_settles": "2026-11-24", "buy_settles": "2026-11-24", "amount_needed_from_sell": 10000}
        PTC-22 | WARN     | {"order_time": "2026-11-27 13:30"}
        PTC-23 | PASS     | {"position": 500, "open_sells": 200, "locked": 0, "sell": 300}
        PTC-24 | BLOCK    | {"shares": 12.5, "fractional": false}
        PTC-25 | WARN     | {"trade_value": 180, "account_value": 50000}
        PTC-27 | BLOCK    | {"account": "A", "security": "X", "side": "sell", "open_orders": [{"account": "A", "security": "X", "side": "sell"}]}
        PTC-28 | OVERRIDE | {"orders": [{"security": "VEA", "side": "sell"}, {"security": "VEA", "side": "buy"}]}
        PTC-29 | BLOCK    | {"loss_total": 4000, "shares": 200, "household_buys": [{"account": "roth_ira", "shares": 50, "days_before_sale": 30}]}
        PTC-29 | PASS     | {"loss_total": 4000, "shares": 200, "household_buys": [{"account": "spouse_taxable", "shares": 50, "days_before_sale": 31}]}
        PTC-30 | PASS     | {"loss_sale_date": "2026-11-23", "buy_date": "2026-12-24", "buyer": "roth_ira"}
        PTC-30 | OVERRIDE | {"loss_sale_date": "2026-11-23", "buy_date": "2026-12-23", "buyer": "spouse_taxable"}
        PTC-31 | PASS     | {"gain": 3000, "days_to_long_term": 60, "rate_short": 0.35, "rate_long": 0.15, "window_days": 45, "min_saving": 50}
        PTC-33 | PASS     | {"account_value": 1000000, "gain": 20000, "rate": 0.238, "drift_points_removed": 4.0, "limit_bp_per_point": 15}
        PTC-34 | PASS     | {"magi_before": 200000, "magi_after": 209500, "thresholds": {"irmaa_tier1": 218000, "niit": 250000}}
        PTC-35 | BLOCK    | {"account": "taxable", "lots": []}
        PTC-36 | OVERRIDE | {"basis_status": "unknown"}
        PTC-39 | PASS     | {"now": "2026-11-23 11:00", "price_time": "2026-11-23 10:50", "max_age_minutes": 15}
        PTC-39 | PASS     | {"now": "2026-11-23 08:00", "price_time": "2026-11-20 16:00", "max_age_minutes": 15}
        PTC-39 | OVERRIDE | {"now": "2026-11-23 11:00", "price_time": "2026-11-23 10:50", "index_move": -0.034}
        PTC-40 | OVERRIDE | {"order_shares": 11500, "adv_shares": 40000}
        PTC-43 | PASS     | {"order_value": 200000, "account_value": 900000}
        PTC-43 | OVERRIDE | {"order_value": 1200000, "account_value": 9000000}
        PTC-46 | PASS     | {"block_order_released": "2026-11-23 10:10", "allocation_statement": "2026-11-23 10:05"}
        PTC-47 | PASS     | {"preparer": "u1", "approver": "u2", "approver_roles": ["approver"]}
        PTC-47 | BLOCK    | {"preparer": "u1", "approver": "u2", "approver_roles": []}
        PTC-48 | BLOCK    | {"built": "2026-11-20", "released": "2026-11-24"}
        PTC-48 | PASS     | {"built": "2026-11-20", "released": "2026-11-23"}
        """
    ),
    ids=lambda row: f"{row['rule']} {row['level']}",
)
def test_variants_of_the_worked_examples(row: dict[str, str]) -> None:
    inputs = json.loads(row["inputs"], parse_float=Decimal)

    assert RULES[row["rule"]](inputs)["severity"] == row["level"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        level    | inputs
        OVERRIDE | {"rule": "PTC-40", "bought.daily_volume": 40000, "buy.shares": 11500}
        PASS     | {"rule": "PTC-40", "bought.daily_volume": 40000, "buy.shares": 4000}
        OVERRIDE | {"rule": "PTC-40", "bought.daily_volume": null, "buy.shares": 4000}
        """
    ),
    ids=lambda row: row["inputs"],
)
def test_an_example_that_names_facts_by_their_columns_needs_no_adapter(row: dict[str, str]) -> None:
    inputs = json.loads(row["inputs"], parse_float=Decimal)

    assert by_columns("PTC-40")(inputs) == {"severity": row["level"]}


@pytest.mark.parametrize("column", ["bought.no_such_column", "nobody.daily_volume"])
def test_a_column_that_there_is_not_is_refused(column: str) -> None:
    with pytest.raises(KeyError, match=r"no_such_column|nobody"):
        by_columns("PTC-40")({column: 1})
