"""PTC-13, 21, 31 to 34, 43 and 46: how much, in which order, and at what tax."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from compliance.rules.facts.case import BlockOrder, ClassWeight, IssuerWeight, Side, Term
from compliance.rules.findings.severity import Severity
from compliance.rules.tax_per_drift import points_removed
from tests.compliance.rules.cases import (
    HEALTHY,
    a_trade,
    an_account,
    at,
    severity,
    with_account,
    with_buy,
    with_lot,
    with_policy,
    with_security,
    with_unit,
    worst,
)
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind  | before | after | level
        stock | 0.094  | 0.112 | OVERRIDE
        stock | 0.094  | 0.10  | PASS
        stock | 0.15   | 0.20  | OVERRIDE
        stock | 0.15   | 0.201 | BLOCK
        etf   | 0.15   | 0.201 | PASS
        """
    ),
)
def test_ptc_13_a_purchase_keeps_one_company_small(row: dict[str, str]) -> None:
    weight = IssuerWeight(issuer="BND Trust", before=D(row["before"]), after=D(row["after"]))
    case = with_security("BND", replace(HEALTHY, issuers=(weight,)), kind=row["kind"])

    assert severity("PTC-13", case) is Severity[row["level"]]


def test_ptc_13_a_sale_is_always_allowed() -> None:
    weight = IssuerWeight(issuer="VTI Trust", before=D("0.40"), after=D("0.35"))
    case = with_security("VTI", replace(HEALTHY, issuers=(weight,)), kind="stock")

    assert severity("PTC-13", case) is Severity.PASS


@pytest.mark.parametrize(
    "row",
    rows(
        """
        settled | sell settles | buy settles | level
        0       | 2026-11-25   | 2026-11-24  | BLOCK
        0       | 2026-11-24   | 2026-11-24  | PASS
        0       | 2026-11-25   | 2026-11-25  | PASS
        9999    | 2026-11-25   | 2026-11-24  | BLOCK
        10000   | 2026-11-25   | 2026-11-24  | PASS
        """
    ),
)
def test_ptc_21_the_money_arrives_before_it_is_spent(row: dict[str, str]) -> None:
    sell, buy = (
        a_trade(side, name, shares="100", price="100", settles_on=date.fromisoformat(row[when]))
        for side, name, when in ((Side.SELL, "VTI", "sell settles"), (Side.BUY, "BND", "buy settles"))
    )
    case = with_account(replace(HEALTHY, trades=(sell, buy)), cash_settled=D(row["settled"]))

    assert severity("PTC-21", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        gain | days | term  | level
        3000 | 12   | short | OVERRIDE
        3000 | 45   | short | OVERRIDE
        3000 | 46   | short | PASS
        250  | 12   | short | PASS
        251  | 12   | short | OVERRIDE
        -300 | 12   | short | PASS
        3000 | 0    | long  | PASS
        """
    ),
)
def test_ptc_31_a_few_days_of_patience(row: dict[str, str]) -> None:
    case = with_lot(gain=D(row["gain"]), days_to_long_term=int(row["days"]), term=Term(row["term"]))

    assert severity("PTC-31", case) is Severity[row["level"]]
    assert severity("PTC-31", with_account(case, tax_advantaged=True)) is Severity.PASS


def test_ptc_31_says_what_waiting_saves() -> None:
    case = with_lot(gain=D(3000), days_to_long_term=12, term=Term.SHORT)

    assert worst("PTC-31", case).sentence == (
        "Lot L1 of VTI turns long-term in 12 days; selling it then instead of now would save about $600.00 "
        "of tax."
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        budget | before | gain  | level
        20000  | 10500  | 4000  | PASS
        20000  | 12000  | 4000  | PASS
        20000  | 12000  | 4001  | WARN
        25000  | 21000  | 6000  | OVERRIDE
        20000  | 16000  | 4000  | WARN
        20000  | 18000  | 4000  | OVERRIDE
        20000  | 18001  | 4000  | BLOCK
        15000  | 14000  | -1000 | PASS
        20000  | 25000  | -4000 | PASS
        20000  | 25000  | 0     | PASS
        20000  | 25000  | 1     | BLOCK
        10000  | -9000  | 3000  | PASS
        0      | 0      | 1     | BLOCK
        0      | 0      | -1    | PASS
        """
    ),
)
def test_ptc_32_the_years_gains_against_the_budget(row: dict[str, str]) -> None:
    case = with_unit(with_lot(gain=D(row["gain"])), gain_budget=D(row["budget"]), net_before=D(row["before"]))

    assert severity("PTC-32", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        budget | before | other return | gain | level
        20000  | 10000  | 0            | 6000 | PASS
        20000  | 10000  | 5000         | 6000 | OVERRIDE
        20000  | 10000  | 9000         | 6000 | BLOCK
        20000  | 10000  | -50000       | 6000 | PASS
        20000  | 16000  | -50000       | 6000 | OVERRIDE
        20000  | 30000  | 0            | -6000 | PASS
        20000  | 30000  | 5000         | -6000 | PASS
        """
    ),
)
def test_ptc_32_a_households_budget_counts_every_return_and_no_loss_of_another(row: dict[str, str]) -> None:
    mine = with_unit(
        with_policy(with_lot(gain=D(row["gain"])), gain_budget=D(row["budget"])),
        gain_budget=None,
        has_gain_budget=False,
        net_before=D(row["before"]),
    )
    (unit,) = mine.tax_units or ()
    other = replace(unit, key="tom", label="Tom", accounts=frozenset(), net_before=D(row["other return"]))

    assert severity("PTC-32", replace(mine, tax_units=(unit, other))) is Severity[row["level"]]


def test_ptc_32_an_unknown_year_of_any_return_fails_the_households_budget() -> None:
    mine = with_policy(gain_budget=D(20000))
    (unit,) = mine.tax_units or ()
    other = replace(unit, key="tom", label="Tom", accounts=frozenset(), net_before=None)

    assert severity("PTC-32", replace(mine, tax_units=(unit, other))) is Severity.BLOCK


def test_ptc_32_no_budget_is_an_answer_and_an_ira_uses_none() -> None:
    nobody = with_unit(gain_budget=None, has_gain_budget=False)

    assert severity("PTC-32", nobody) is Severity.PASS
    assert severity("PTC-32", with_account(with_unit(net_before=None), tax_advantaged=True)) is Severity.PASS


@pytest.mark.parametrize(
    "row",
    rows(
        """
        tax   | stocks before | stocks after | level
        11900 | 0.64          | 0.60         | OVERRIDE
        6000  | 0.64          | 0.60         | PASS
        6001  | 0.64          | 0.60         | OVERRIDE
        0     | 0.64          | 0.64         | PASS
        -50   | 0.64          | 0.64         | PASS
        1     | 0.64          | 0.64         | OVERRIDE
        """
    ),
)
def test_ptc_33_tax_in_proportion_to_the_drift_removed(row: dict[str, str]) -> None:
    before, after = D(row["stocks before"]), D(row["stocks after"])
    weights = (
        ClassWeight(asset_class="stocks", before=before, after=after, target=D("0.60")),
        ClassWeight(asset_class="bonds", before=1 - before, after=1 - after, target=D("0.40")),
    )
    case = replace(with_account(value=D(1_000_000)), weights=weights, tax_estimate=D(row["tax"]))

    assert points_removed(weights, {}) == (before - after) * 100
    assert severity("PTC-33", case) is Severity[row["level"]]
    assert severity("PTC-33", replace(case, raises_cash_only=True)) is Severity.PASS


@pytest.mark.parametrize(
    "row",
    rows(
        """
        tax   | joint after | ira after | level
        5625  | 0.55        | 0.60      | PASS
        5626  | 0.55        | 0.60      | OVERRIDE
        1875  | 0.60        | 0.55      | PASS
        1876  | 0.60        | 0.55      | OVERRIDE
        1     | 0.60        | 0.60      | OVERRIDE
        """
    ),
)
def test_ptc_33_where_each_account_is_balanced_by_itself_its_drift_counts_by_its_share(
    row: dict[str, str],
) -> None:
    """Stocks stand at 60% of each account and are to be 50%; the joint account holds three quarters of a million."""
    joint, ira = an_account("joint", value=D(750_000)), an_account("ira", value=D(250_000))
    weights = tuple(
        ClassWeight(asset_class=name, before=before, after=after, target=D("0.50"), account=key)
        for key in ("joint", "ira")
        for name, before, after in (
            ("stocks", D("0.60"), D(row[f"{key} after"])),
            ("bonds", D("0.40"), 1 - D(row[f"{key} after"])),
        )
    )
    case = replace(HEALTHY, accounts=(joint, ira), weights=weights, tax_estimate=D(row["tax"]))

    assert severity("PTC-33", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        before | after  | crossed           | level
        212000 | 219500 | irmaa_tier1       | WARN
        212000 | 218000 | none              | PASS
        218000 | 218001 | irmaa_tier1       | WARN
        218001 | 250000 | none              | PASS
        212000 | 260000 | irmaa_tier1, niit | WARN
        260000 | 212000 | none              | PASS
        """
    ),
)
def test_ptc_34_lines_are_crossed_upwards(row: dict[str, str]) -> None:
    found = worst("PTC-34", with_unit(magi_before=D(row["before"]), magi_after=D(row["after"])))

    assert found.severity is Severity[row["level"]]
    assert dict(found.inputs)["crossed"] == row["crossed"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        order   | account  | usual  | exceeds        | level
        300000  | 900000   | 0      | fraction       | OVERRIDE
        225000  | 900000   | 0      | none           | PASS
        1000000 | 90000000 | 0      | none           | PASS
        1000001 | 90000000 | 0      | dollars        | OVERRIDE
        30001   | 900000   | 10000  | habit          | OVERRIDE
        30000   | 900000   | 10000  | none           | PASS
        2000000 | 3000000  | 100000 | fraction, dollars, habit | OVERRIDE
        """
    ),
)
def test_ptc_43_a_large_order_gets_a_second_look(row: dict[str, str]) -> None:
    case = with_account(
        with_buy(amount=D(row["order"])), value=D(row["account"]), usual_order=D(row["usual"])
    )
    found = worst("PTC-43", case)

    assert found.severity is Severity[row["level"]]
    if found.severity is not Severity.PASS:
        assert dict(found.inputs)["exceeds"] == row["exceeds"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        order  | account | other   | together | shares | level    | within
        300000 | 900000  | 100000  | yes      | 1000   | OVERRIDE | 833
        300000 | 900000  | 300000  | yes      | 1000   | PASS     |
        300000 | 900000  | 300000  | no       | 1000   | OVERRIDE | 750
        300000 | 900000  | unknown | yes      | 1000   | OVERRIDE |
        300000 | 900000  | unknown | no       | 1000   | OVERRIDE | 750
        300000 | 9000    | 0       | no       | 3      | OVERRIDE | 0
        """
    ),
)
def test_ptc_43_measures_against_what_the_policy_balances(row: dict[str, str]) -> None:
    small = with_buy(amount=D(row["order"]), shares=D(row["shares"]))
    case = with_account(small, value=D(row["account"]), usual_order=D(0))
    other = replace(
        case.accounts[0], key="other", value=None if row["other"] == "unknown" else D(row["other"])
    )
    assert case.policy is not None
    policy = replace(case.policy, is_balanced_together=row["together"] == "yes")

    found = worst("PTC-43", replace(case, accounts=(*case.accounts, other), policy=policy))

    assert found.severity is Severity[row["level"]]
    if row["within"]:
        assert dict(found.inputs)["shares_within"] == row["within"]
        assert ("split the order" in found.how_to_fix) == (row["within"] != "0")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        released         | statement        | level
        2026-11-23 09:45 | 2026-11-23 10:05 | BLOCK
        2026-11-23 09:45 | 2026-11-23 09:45 | BLOCK
        2026-11-23 09:45 | 2026-11-23 09:44 | PASS
        2026-11-23 09:45 |                  | BLOCK
        """
    ),
)
def test_ptc_46_sharing_out_is_written_down_first(row: dict[str, str]) -> None:
    block = BlockOrder(
        security="VTI",
        side=Side.SELL,
        released_at=at(row["released"]),
        statement_at=at(row["statement"]) if row["statement"] else None,
    )

    assert severity("PTC-46", replace(HEALTHY, blocks=(block,))) is Severity[row["level"]]
