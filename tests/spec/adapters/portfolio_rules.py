"""The compliance rules about what is held afterwards: ranges, drift, concentration, risk, reserve."""

from __future__ import annotations

from compliance.rules import (
    cash_reserve,
    class_range,
    drift_growth,
    issuer_concentration,
    risk_cap,
)
from tests.spec.adapters.reading import first, number
from tests.spec.adapters.rule_answers import Json, amount, answer


def ptc_10(inputs: Json) -> Json:
    low, high = (number(one) for one in inputs["range"])
    return answer(
        class_range.range_severity(
            low=low, high=high, before=number(inputs["before"]), after=number(inputs["after"])
        )
    )


def ptc_11(inputs: Json) -> Json:
    before = amount(inputs, "before", "sum_before", "drift_before", "sum_abs_drift_before")
    after = amount(inputs, "after", "sum_after", "drift_after", "sum_abs_drift_after")
    raising = bool(first(inputs, "cash_raising", "raises_cash", "cash_raising_only"))
    return answer(drift_growth.growth_severity(before=before, after=after, raises_cash=raising))


def ptc_13(inputs: Json) -> Json:
    return answer(
        issuer_concentration.concentration_severity(
            is_buy=inputs["side"] == "buy",
            after=number(inputs["after_pct"]) / 100,
            override_above=amount(
                inputs, "override_above_pct", otherwise=issuer_concentration.OVERRIDE_ABOVE.default * 100
            )
            / 100,
            block_above=amount(
                inputs, "block_above_pct", otherwise=issuer_concentration.BLOCK_ABOVE.default * 100
            )
            / 100,
        )
    )


def ptc_15(inputs: Json) -> Json:
    cap = amount(inputs, "cap", "cap_pct", "equity_cap", "equity_cap_pct", "risk_cap_pct")
    after = amount(inputs, "after", "after_pct", "equity_after", "equity_after_pct")
    return answer(risk_cap.cap_severity(after=after, cap=cap))


def ptc_16(inputs: Json) -> Json:
    projected = cash_reserve.projected_cash(
        cash_after_trades=number(inputs["cash_after_trades"]),
        withdrawals=amount(inputs, "withdrawals_next_35_days", "withdrawals"),
        fees_due=amount(inputs, "fees_due"),
    )
    reserve = number(inputs["reserve"])
    return answer(
        cash_reserve.reserve_severity(projected=projected, reserve=reserve),
        projected=projected,
        shortfall=cash_reserve.shortfall(projected=projected, reserve=reserve),
    )
