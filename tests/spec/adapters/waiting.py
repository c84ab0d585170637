"""The reasons to wait, through the rules that a scan asks and the functions that give them their facts."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rebalancing.triggers import columns
from rebalancing.waiting import (
    circumstances,
    disorderly_market,
    hard_drift,
    tax_exceeds_benefit,
    withdrawal_soon,
    year_end,
)
from tests.spec.adapters.reading import first, number
from tests.spec.adapters.rule_answers import day

Json = dict[str, Any]


def _multiple(inputs: Json, name: str = "max_drift_over_band") -> Decimal:
    return number(inputs[name])


def wnr_01(inputs: Json) -> Json:
    value, gain = number(inputs["account_value"]), number(inputs["net_gain"])
    tax = gain * number(inputs["rate"])
    points = number(inputs["drift_points_removed"])
    per_point = tax_exceeds_benefit.per_point(tax, value=value, points=points)
    review = columns.holds(
        tax_exceeds_benefit.fires,
        net_gain=gain,
        gain_review=number(inputs["gain_review_usd"]),
        tax_bp=tax / value * 10_000,
        bp_limit=number(first(inputs, "limit_bp", otherwise=50)),
        bp_per_point=per_point,
        limit_bp_per_point=number(inputs["limit_bp_per_point"]),
        saving=tax,
        benefit=None,
        raises_cash=False,
        drift_over_band=number(inputs["max_drift_pp"]) / number(inputs["band_pp"]),
        hard_multiple=number(first(inputs, "hard_multiple", otherwise=Decimal("1.5"))),
    )
    return {"decision": "REVIEW" if review else "PROCEED", "tax": tax, "bp_per_point": per_point}


def wnr_02(inputs: Json) -> Json:
    share, amount = re.fullmatch(r"min\(([\d.]+)% of account, ([\d,]+)\)", inputs["threshold_rule"]).groups()  # type: ignore[union-attr]
    limits = {"amount": number(amount.replace(",", "")), "share": number(share) / 100}
    value = number(inputs["account_value"])
    waits = columns.holds(
        withdrawal_soon.fires,
        withdrawal=number(inputs["withdrawal"]),
        days_until=int(inputs["days_until"]),
        value=value,
        window_days=int(inputs["window_days"]),
        **limits,
    )
    return {
        "threshold": withdrawal_soon.threshold(value, **limits),
        "decision": "RAISE_CASH_ONLY" if waits else "PROCEED",
    }


def wnr_03(inputs: Json) -> Json:
    returns = [number(one) for one in inputs["daily_returns"]]
    assert inputs["mean_assumed_zero"], "the volatility is around zero"
    volatility = disorderly_market.realized_volatility(returns, days_a_year=int(inputs["annualization_days"]))
    held = columns.holds(
        disorderly_market.fires,
        volatility=volatility,
        volatility_max=number(inputs["threshold"]),
        implied=None,
        implied_max=Decimal(40),
        gap=None,
        gap_max=Decimal(1),
        halted=False,
        stale=False,
        spread=None,
        usual_spread=None,
        spread_multiple=Decimal(3),
        days_held=0,
        days_max=3,
        above_risk_cap=False,
        raises_cash=False,
        drift_over_band=_multiple(inputs),
        hard_multiple=number(inputs["hard_multiple"]),
    )
    return {"realized_volatility": volatility, "decision": "HOLD" if held else "PROCEED"}


def wnr_04(inputs: Json) -> Json:
    assert inputs["life_event"], "an event of some kind"
    blocked = columns.holds(
        circumstances.fires,
        opened_on=day(inputs["opened"]),
        approved_again_on=day(inputs["ips_reapproved"]),
        as_of=day(inputs["as_of"]),
        only_raises_cash=bool(inputs["cash_raising_only"]),
    )
    return {"decision": "BLOCK" if blocked else "PROCEED"}


def wnr_05(inputs: Json) -> Json:
    on = day(inputs["as_of"])
    assert on is not None
    assert inputs["window"] == "15 Nov - 31 Dec", "another window is the firm's to set"
    used = year_end.budget_used(
        number(inputs["ytd_net_gain_incl_distributions"]), number(inputs["gain_budget"])
    )
    late = columns.holds(
        year_end.fires,
        as_of=on,
        window_from=on.replace(month=11, day=15),
        window_until=on.replace(month=12, day=31),
        net_gain=number(inputs["proposal_net_gain"]),
        budget_used=used,
        budget_trigger=number(inputs["budget_trigger"]),
        crosses=False,
        year_gain=Decimal(0),
        year_gains_high=Decimal(1),
        saving=None,
        saving_least=Decimal(1),
    )
    hard = columns.holds(
        hard_drift.stands,
        drift_over_band=_multiple(inputs),
        hard_multiple=number(inputs["hard_multiple"]),
    )
    answer = "PROCEED_WITH_OVERRIDE" if hard else "DEFER_TO_JANUARY"
    return {"budget_used": used, "decision": answer if late else "PROCEED"}


RULES: dict[str, Callable[[Json], Json]] = {
    "WNR-01": wnr_01,
    "WNR-02": wnr_02,
    "WNR-03": wnr_03,
    "WNR-04": wnr_04,
    "WNR-05": wnr_05,
}
