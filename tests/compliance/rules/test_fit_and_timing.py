"""PTC-05, 11, 12, 15, 19, 22, 28 and 40: does the proposal fit the client, and does the market take it now?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from compliance.rules import book
from compliance.rules.facts.case import ClassWeight, OpenOrder, Side, Stage
from compliance.rules.findings.severity import Severity
from tests.compliance.rules.cases import (
    HEALTHY,
    a_trade,
    an_account,
    at,
    drawn,
    level,
    severity,
    with_account,
    with_market,
)
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        household.profile_confirmed_on | return.confirmed_on | level
        2025-03-03                     | 2026-04-20          | PASS
        2023-11-23                     | 2025-11-23          | PASS
        2023-11-22                     | 2026-04-20          | WARN
        2025-03-03                     | 2024-12-31          | WARN
        """
    ),
)
def test_ptc_05_old_facts_are_noted(row: dict[str, str]) -> None:
    assert level("PTC-05", drawn(row)) == row["level"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        before | after  | level
        0.645  | 0.648  | OVERRIDE
        0.645  | 0.6452 | WARN
        0.645  | 0.64525 | WARN
        0.645  | 0.64526 | OVERRIDE
        0.645  | 0.645  | PASS
        0.645  | 0.60   | PASS
        0.645  | 0.555  | PASS
        0.645  | 0.554  | OVERRIDE
        """
    ),
)
def test_ptc_11_trades_do_not_add_drift(row: dict[str, str]) -> None:
    before, after = D(row["before"]), D(row["after"])
    weights = (
        ClassWeight(asset_class="stocks", before=before, after=after, target=D("0.60")),
        ClassWeight(asset_class="bonds", before=1 - before, after=1 - after, target=D("0.40")),
    )
    case = replace(HEALTHY, weights=weights)

    assert severity("PTC-11", case) is Severity[row["level"]]
    assert severity("PTC-11", replace(case, raises_cash_only=True)) is Severity.PASS


def test_ptc_11_looks_at_every_account_by_itself_where_the_policy_does() -> None:
    ira = ClassWeight(
        asset_class="stocks", before=D("0.60"), after=D("0.62"), target=D("0.60"), account="ira"
    )

    assert severity("PTC-11", replace(HEALTHY, weights=(*(HEALTHY.weights or ()), ira))) is Severity.OVERRIDE


def test_ptc_12_a_proposal_on_the_old_model_is_built_again() -> None:
    assert severity("PTC-12", with_account(model_assigned="50/50 v1")) is Severity.BLOCK
    assert severity("PTC-12", with_account(model_used="60/40 v2")) is Severity.BLOCK


@pytest.mark.parametrize(
    "row",
    rows(
        """
        policy.equity_cap | household.equity_after | level
        0.65              | 0.663                  | BLOCK
        0.65              | 0.65                   | PASS
        1                 | 1                      | PASS
        """
    ),
)
def test_ptc_15_stocks_stay_under_the_cap(row: dict[str, str]) -> None:
    assert level("PTC-15", drawn(row)) == row["level"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        buy.amount | account.margin_agreement | policy.margin_permitted | account.tax_advantaged | level
        6800       | no                       | no                      | no                     | BLOCK
        6800       | yes                      | no                      | no                     | BLOCK
        6800       | no                       | yes                     | no                     | BLOCK
        6800       | yes                      | yes                     | no                     | PASS
        6800       | yes                      | yes                     | yes                    | BLOCK
        6800       | yes                      | yes                     |                        | BLOCK
        6800       |                          | yes                     | no                     | BLOCK
        6000       | no                       | no                      | no                     | PASS
        """
    ),
)
def test_ptc_19_nobody_borrows_without_permission(row: dict[str, str]) -> None:
    assert level("PTC-19", drawn(row, replace(HEALTHY, trades=HEALTHY.buys))) == row["level"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        household.now    | bought.kind | level
        2026-11-27 13:30 | etf         | WARN
        2026-11-27 12:59 | etf         | PASS
        2026-11-27 13:00 | etf         | WARN
        2026-11-27 12:50 | mutual_fund | WARN
        2026-11-27 12:44 | mutual_fund | PASS
        2026-11-27 08:00 | etf         | WARN
        2026-11-27 08:00 | mutual_fund | PASS
        """
    ),
)
def test_ptc_22_orders_go_out_in_hours(row: dict[str, str]) -> None:
    half_day = with_market(
        replace(HEALTHY, trades=HEALTHY.buys),
        opens_at=at("2026-11-27 09:30"),
        closes_at=at("2026-11-27 13:00"),
        fund_cut_off_at=at("2026-11-27 12:45"),
    )

    assert level("PTC-22", drawn(row, half_day)) == row["level"]


def test_ptc_28_both_sides_in_one_household_need_a_reason() -> None:
    ira = an_account("ira", label="Ana's IRA", tax_advantaged=True)
    buy = a_trade(Side.BUY, "VTI", account="ira")
    both = replace(HEALTHY, accounts=(*HEALTHY.accounts, ira), trades=(*HEALTHY.trades, buy))
    order = OpenOrder(account="ira", security="VTI", side=Side.BUY, shares=D(1))

    assert severity("PTC-28", both) is Severity.OVERRIDE
    explained = replace(
        both, trades=tuple(replace(trade, reason="It costs less tax there.") for trade in both.trades)
    )
    assert severity("PTC-28", explained) is Severity.WARN
    assert severity("PTC-28", replace(explained, open_orders=(order,))) is Severity.OVERRIDE
    assert severity("PTC-28", replace(HEALTHY, open_orders=(order,))) is Severity.OVERRIDE
    assert severity("PTC-28", replace(HEALTHY, open_orders=(replace(order, side=Side.SELL),))) is (
        Severity.PASS
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        buy.shares | bought.daily_volume | bought.kind | level
        11500      | 40000               | etf         | OVERRIDE
        10000      | 40000               | etf         | WARN
        4001       | 40000               | etf         | WARN
        4000       | 40000               | etf         | PASS
        4000       |                     | etf         | OVERRIDE
        11500      | 40000               | mutual_fund | PASS
        11500      |                     | mutual_fund | PASS
        """
    ),
)
def test_ptc_40_a_large_part_of_the_days_volume(row: dict[str, str]) -> None:
    assert level("PTC-40", drawn(row)) == row["level"]


def test_the_hours_are_asked_only_when_something_is_sent() -> None:
    late = replace(HEALTHY, now=at("2026-11-23 17:00"))
    ran = {run.rule for run in book.examine(late, Stage.APPROVAL).runs}

    assert "PTC-22" not in ran
    assert "PTC-22" in {run.rule for run in book.examine(late, Stage.RELEASE).runs}
