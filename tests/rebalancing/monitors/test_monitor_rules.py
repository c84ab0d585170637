"""When a monitor fires, drawn as tables; and that the firm at once and one household get the same answer. No database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.monitors import (
    accounts_alike,
    cash_flow_ignored,
    client_not_told,
    hold_outlived,
    idle_cash,
    never_rebalanced,
    not_read,
    rebalanced_too_often,
    watching,
)
from rebalancing.monitors.accounts_alike import OfClass
from rebalancing.monitors.monitor import Case, MonitorModule
from rebalancing.triggers import columns

NEVER = {"days_outside": 0, "longest": 90, "equity_drift": D("0.02"), "equity_most": D("0.1")}
OFTEN = {
    "is_taxable": True, "rebalances": 4, "most": 4, "short_share": D("0.1"), "short_most": D("0.1"),
    "short_gain": D(5000), "gain_least": D(1000), "turnover": D("0.3"), "turnover_most": D("0.3"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("monitor", "usual", "changed", "fires"),
    [
        (never_rebalanced, NEVER, {}, False),
        (never_rebalanced, NEVER, {"days_outside": 90}, False),
        (never_rebalanced, NEVER, {"days_outside": 91}, True),
        (never_rebalanced, NEVER, {"equity_drift": D("0.1")}, False),
        (never_rebalanced, NEVER, {"equity_drift": D("0.100001")}, True),
        (never_rebalanced, NEVER, {"equity_drift": None}, False),
        (never_rebalanced, NEVER, {"equity_drift": None, "days_outside": 91}, True),
        (rebalanced_too_often, OFTEN, {}, False),
        (rebalanced_too_often, OFTEN, {"rebalances": 5}, True),
        (rebalanced_too_often, OFTEN, {"short_share": D("0.11")}, True),
        (rebalanced_too_often, OFTEN, {"short_share": D(1), "short_gain": D("1000.01")}, True),
        (rebalanced_too_often, OFTEN, {"short_share": D(1), "short_gain": D(1000)}, False),
        (rebalanced_too_often, OFTEN, {"turnover": D("0.31")}, True),
        (rebalanced_too_often, OFTEN, {"turnover": None, "short_share": None}, False),
        (rebalanced_too_often, OFTEN, {"turnover": None, "rebalances": 5}, True),
        (rebalanced_too_often, OFTEN, {"rebalances": 50, "is_taxable": False}, False),
        (idle_cash, {"days_idle": 10, "most": 10}, {}, False),
        (idle_cash, {"days_idle": 11, "most": 10}, {}, True),
        (cash_flow_ignored, {"inflow": D(1000), "sold": D(1001), "least": D(1000)}, {}, False),
        (cash_flow_ignored, {"inflow": D("1000.01"), "sold": D(5000), "least": D(1000)}, {}, True),
        (cash_flow_ignored, {"inflow": D(50_000), "sold": D(0), "least": D(0)}, {}, False),
        (accounts_alike, {"avoidable_gain": D(1000), "least": D(1000)}, {}, False),
        (accounts_alike, {"avoidable_gain": D("1000.01"), "least": D(1000)}, {}, True),
        (client_not_told, {"is_told": False, "days_since": 5, "most": 5}, {}, False),
        (client_not_told, {"is_told": False, "days_since": 6, "most": 5}, {}, True),
        (client_not_told, {"is_told": True, "days_since": 60, "most": 5}, {}, False),
        (hold_outlived, {"days_held": 120, "longest": 120, "cause_gone": False}, {}, False),
        (hold_outlived, {"days_held": 121, "longest": 120, "cause_gone": False}, {}, True),
        (hold_outlived, {"days_held": 1, "longest": 120, "cause_gone": True}, {}, True),
        (not_read, {"days_unread": 1, "most": 1}, {}, False),
        (not_read, {"days_unread": 2, "most": 1}, {}, True),
    ],
)
def test_a_monitor_fires_past_its_threshold_and_not_at_it(
    monitor: MonitorModule, usual: dict[str, Any], changed: dict[str, Any], fires: bool
) -> None:
    facts = {**usual, **changed}

    assert tuple(facts) == monitor.NEEDS
    assert columns.holds(monitor.fires, **facts) is fires
    assert len(watching.firing(monitor, [Case(1, facts)])) == int(fires)


FACTS = {
    "money": st.none() | st.decimals(0, 10**9, places=2),
    "share": st.none() | st.decimals(0, 2, places=6),
    "count": st.integers(0, 400),
    "flag": st.booleans(),
}
KINDS = {
    "days_outside": "count", "longest": "count", "equity_drift": "share", "equity_most": "share", "is_taxable": "flag",
    "rebalances": "count", "most": "count", "short_share": "share", "short_most": "share", "turnover": "share",
    "short_gain": "money", "gain_least": "money",
    "turnover_most": "share", "days_idle": "count", "inflow": "money", "sold": "money", "least": "money",
    "avoidable_gain": "money", "is_told": "flag", "days_since": "count", "days_held": "count", "cause_gone": "flag",
    "days_unread": "count",
}  # fmt: skip


@pytest.mark.parametrize("monitor", watching.MONITORS, ids=lambda one: str(one.CODE))
@given(st.data())
def test_the_firm_and_one_household_get_the_same_answer(monitor: MonitorModule, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(
            st.fixed_dictionaries({name: FACTS[KINDS[name]] for name in monitor.NEEDS}),
            min_size=1,
            max_size=5,
        )
    )
    # Beside what was drawn, each fact exactly at its neighbor's value: there floats cannot tell.
    rows += [{**row, left: row[right]} for row in rows for left, right in product(monitor.NEEDS, repeat=2)
             if KINDS[left] == KINDS[right]]  # fmt: skip
    cases = [Case(number, facts) for number, facts in enumerate(rows)]

    told = {one.household for one in watching.firing(monitor, cases)}

    assert told == {one.household for one in cases if columns.holds(monitor.fires, **one.facts)}


@pytest.mark.parametrize(
    ("classes", "avoidable"),
    [
        ({"stocks": OfClass(D(10_000), D(4_000), D(50_000))}, "4000.00"),
        # Half of it an untaxed account could have sold.
        ({"stocks": OfClass(D(10_000), D(4_000), D(5_000))}, "2000.00"),
        ({"stocks": OfClass(D(10_000), D(4_000), D(0))}, "0.00"),
        # A loss is taken on purpose.
        ({"stocks": OfClass(D(10_000), D(-4_000), D(50_000))}, "0.00"),
        ({"stocks": OfClass(D(10_000), D(4_000), D(5_000)), "bonds": OfClass(D(1), D(0), D(9))}, "2000.00"),
        ({}, "0.00"),
    ],
)
def test_a_gain_is_avoidable_as_far_as_an_untaxed_account_held_the_class(
    classes: dict[str, OfClass], avoidable: str
) -> None:
    assert accounts_alike.avoidable_gain(classes) == D(avoidable)


MONDAY_9 = date(2026, 11, 9)


@pytest.mark.parametrize(
    ("sold_on", "inflow"),
    [
        ("2026-11-06", 0),  # Before it came.
        ("2026-11-09", 40_000),
        ("2026-11-16", 40_000),
        # Ten market days on: Veterans Day is one, Thanksgiving is none.
        ("2026-11-23", 40_000),
        ("2026-11-24", 0),
    ],
)
def test_money_that_came_in_counts_for_so_many_market_days(sold_on: str, inflow: int) -> None:
    found = cash_flow_ignored.inflow_before([(MONDAY_9, D(40_000))], date.fromisoformat(sold_on), days=10)

    assert found == inflow


def test_idle_days_end_at_the_first_day_on_which_cash_was_in_its_place() -> None:
    seen = [(date(2026, 11, day), D(weight), D("0.02")) for day, weight in
            ((20, "0.05"), (19, "0.0401"), (18, "0.04"), (17, "0.09"))]  # fmt: skip

    assert [one[0].day for one in idle_cash.idle_days(seen, D("0.02"))] == [20, 19]
