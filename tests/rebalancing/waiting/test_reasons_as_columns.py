"""The reasons to wait as columns: one household's decimals and the firm's floats answer alike, and more tax never trades."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.waiting import (
    almost_long_term,
    circumstances,
    cost_above_benefit,
    data_not_fit,
    disorderly_market,
    distribution_coming,
    hard_drift,
    inside_tolerance,
    policy_pending,
    reasons,
    tax_exceeds_benefit,
    wash_windows,
    withdrawal_soon,
    year_end,
)

MONEY = st.decimals(-(10**7), 10**7, places=2)
SHARE = st.decimals(0, 2, places=6)
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
LIMITS = st.sampled_from([D(0), D("0.4"), D("1.5"), D(15), D(40), D(50), D(1_000), D(50_000)])
ANY: dict[str, st.SearchStrategy[Any]] = {
    "money": MONEY,
    "maybe": st.none() | MONEY,
    "share": SHARE,
    "maybe_share": st.none() | SHARE,
    "day": DAYS,
    "maybe_day": st.none() | DAYS,
    "yes_no": st.booleans(),
    "count": st.integers(0, 30),
    "limit": LIMITS,
}
HARD = {"drift_over_band": "maybe_share", "hard_multiple": "limit"}
RULES: dict[str, tuple[Callable[[Columns], Truth], dict[str, str]]] = {
    "tax exceeds benefit": (
        tax_exceeds_benefit.fires,
        {
            "net_gain": "money", "gain_review": "limit", "tax_bp": "money", "bp_limit": "limit", "bp_per_point": "maybe",
            "limit_bp_per_point": "limit", "saving": "money", "benefit": "maybe", "raises_cash": "yes_no", **HARD,
        },
    ),
    "disorderly market": (
        disorderly_market.fires,
        {
            "volatility": "maybe_share", "volatility_max": "limit", "implied": "maybe", "implied_max": "limit",
            "gap": "maybe_share", "gap_max": "limit", "halted": "yes_no", "stale": "yes_no", "spread": "maybe_share",
            "usual_spread": "maybe_share", "spread_multiple": "limit", "days_held": "count", "days_max": "count",
            "above_risk_cap": "yes_no", "raises_cash": "yes_no", **HARD,
        },
    ),
    "circumstances": (
        circumstances.fires,
        {"opened_on": "day", "approved_again_on": "maybe_day", "as_of": "day", "only_raises_cash": "yes_no"},
    ),
    "year-end gains": (
        year_end.fires,
        {
            "as_of": "day", "window_from": "day", "window_until": "day", "net_gain": "money", "budget_used": "maybe_share",
            "budget_trigger": "share", "crosses": "yes_no", "year_gain": "money", "year_gains_high": "limit",
            "saving": "maybe", "saving_least": "limit",
        },
    ),
    "policy pending": (
        policy_pending.fires,
        {"as_of": "day", "takes_effect_on": "maybe_day", "last_day": "maybe_day", "raises_cash": "yes_no", **HARD},
    ),
    "data not fit": (
        data_not_fit.fires, {"reconciled": "yes_no", "transfer_pending": "yes_no", "action_pending": "yes_no", "refused": "yes_no"},
    ),
    "inside tolerance": (inside_tolerance.fires, {"triggers": "count"}),
    "distribution coming": (
        distribution_coming.fires,
        {"ex_on": "day", "as_of": "day", "last_day": "day", "share": "maybe_share", "share_least": "share"},
    ),
    "almost long-term": (
        almost_long_term.fires, {"gain": "money", "days": "count", "wait_days": "count", "saving": "money"},
    ),
    "wash window": (wash_windows.fires, {"free_on": "day", "as_of": "day", "loss": "money"}),
    "cost above benefit": (
        cost_above_benefit.fires, {"cost": "money", "benefit": "money", "left_alone": "yes_no"},
    ),
    "withdrawal soon": (
        withdrawal_soon.fires,
        {
            "withdrawal": "money", "days_until": "count", "value": "money", "window_days": "count", "amount": "limit",
            "share": "share",
        },
    ),
    "hard drift": (hard_drift.stands, HARD),
}  # fmt: skip


def test_every_rule_of_the_room_is_drawn_here() -> None:
    drawn = {rule for rule, _ in RULES.values()}

    assert {module.fires for module in reasons.RULES} <= drawn


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_the_firm_and_one_household_get_the_same_answer(name: str, data: st.DataObject) -> None:
    rule, needs = RULES[name]
    rows: list[dict[str, Fact]] = data.draw(
        st.lists(
            st.fixed_dictionaries({fact: ANY[kind] for fact, kind in needs.items()}), min_size=1, max_size=4
        )
    )
    exact = columns.rows(*rows)

    def of_row(row: int) -> Columns:
        return {fact: column[row : row + 1] for fact, column in exact.items()}

    found = columns.decide(rule, columns.floats(exact), of_row)

    assert list(found) == [bool(rule(of_row(row)).yes[0]) for row in range(len(rows))]


@pytest.mark.parametrize("module", reasons.RULES, ids=lambda module: module.CODE)
def test_a_rule_needs_the_facts_that_it_names(module: Any) -> None:
    """A rule reads no fact that it does not name: what it names is what the firm's scan loads."""

    class Asked(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            raise AssertionError(f"{module.CODE} reads {name}, which it does not need")

    ones = columns.one(**dict.fromkeys(module.NEEDS, D(1)))

    module.fires(Asked(ones))


WEIGHED: dict[str, Any] = {
    "gain_review": D(50_000), "bp_limit": D(50), "limit_bp_per_point": D(15), "raises_cash": False,
    "hard_multiple": D("1.5"),
}  # fmt: skip


@given(
    tax=st.decimals(0, 10**6, places=2),
    more=st.decimals(0, 10**6, places=2),
    value=st.decimals(1, 10**7, places=2),
    points=st.decimals("0.01", 20, places=2),
    gain=st.decimals(0, 10**6, places=2),
    benefit=st.none() | st.decimals(0, 10**5, places=2),
    drift=SHARE,
)
def test_a_larger_tax_never_turns_a_question_into_a_trade(
    tax: D, more: D, value: D, points: D, gain: D, benefit: D | None, drift: D
) -> None:
    def asks(amount: D) -> bool:
        return columns.holds(
            tax_exceeds_benefit.fires,
            net_gain=gain,
            tax_bp=amount / value * 10_000,
            bp_per_point=tax_exceeds_benefit.per_point(amount, value=value, points=points),
            saving=amount * D("0.04"),
            benefit=benefit,
            drift_over_band=drift,
            **WEIGHED,
        )

    assert not asks(tax) or asks(tax + more)


@given(now=MONEY, more=st.decimals(0, 10**6, places=2), january=MONEY, on=DAYS)
def test_a_larger_tax_this_year_never_takes_a_gain_out_of_january(
    now: D, more: D, january: D, on: date
) -> None:
    def waits(tax: D) -> bool:
        return columns.holds(
            year_end.fires,
            as_of=on,
            window_from=date(on.year, 11, 15),
            window_until=date(on.year, 12, 31),
            net_gain=D(1_000),
            budget_used=None,
            budget_trigger=D("0.8"),
            crosses=False,
            year_gain=D(0),
            year_gains_high=D(100_000),
            saving=tax - january,
            saving_least=D(1_000),
        )

    assert not waits(now) or waits(now + more)


@pytest.mark.parametrize(
    ("used", "on", "answer"),
    [
        (D("0.80"), date(2026, 11, 15), True),
        (D("0.79"), date(2026, 11, 15), False),
        (D("0.80"), date(2026, 11, 14), False),
        (D("0.80"), date(2026, 12, 31), True),
        (D("0.80"), date(2027, 1, 2), False),
    ],
)
def test_gains_wait_from_the_firms_day_and_the_budgets_edge(used: D, on: date, answer: bool) -> None:
    assert answer == columns.holds(
        year_end.fires,
        as_of=on,
        window_from=date(on.year, 11, 15),
        window_until=date(on.year, 12, 31),
        net_gain=D(5_000),
        budget_used=used,
        budget_trigger=D("0.8"),
        crosses=False,
        year_gain=D(0),
        year_gains_high=D(100_000),
        saving=D(0),
        saving_least=D(1_000),
    )


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, True),
        ({"volatility": D("0.399999")}, False),
        ({"volatility": None, "implied": D(40)}, True),
        ({"volatility": None, "spread": D("0.0031"), "usual_spread": D("0.001")}, True),
        ({"volatility": None, "spread": D("0.003"), "usual_spread": D("0.001")}, False),
        ({"volatility": None, "halted": True}, True),
        ({"volatility": None, "stale": True}, True),
        ({"days_held": 3}, False),
        ({"drift_over_band": D("1.5")}, False),
        ({"above_risk_cap": True}, False),
        ({"raises_cash": True}, False),
    ],
)
def test_a_disorderly_market_holds_up_to_three_days_and_nothing_that_cannot_wait(
    changed: dict[str, Any], answer: bool
) -> None:
    facts: dict[str, Any] = {
        "volatility": D("0.4"), "volatility_max": D("0.4"), "implied": None, "implied_max": D(40), "gap": None,
        "gap_max": D("0.05"), "halted": False, "stale": False, "spread": None, "usual_spread": None,
        "spread_multiple": D(3), "days_held": 2, "days_max": 3, "above_risk_cap": False, "raises_cash": False,
        "drift_over_band": D("1.2"), "hard_multiple": D("1.5"), **changed,
    }  # fmt: skip

    assert answer == columns.holds(disorderly_market.fires, **facts)
