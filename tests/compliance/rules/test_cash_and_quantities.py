"""PTC-16, 18, 23 to 25 and 27: is there the money, are there the shares, and is the order not there already?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from compliance.rules.facts.case import CashFlow, OpenOrder, PendingLot, Side, UnsettledCash
from compliance.rules.findings.severity import Severity
from tests.compliance.rules.cases import (
    HEALTHY,
    a_position,
    a_trade,
    severity,
    with_account,
    with_buy,
    with_security,
    with_sell,
    worst,
)
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        settled | withdrawal | due        | fees | reserve | projected | level
        9000    | 6000       | 2026-12-03 | 0    | 5000    | 3000      | BLOCK
        9000    | 4000       | 2026-12-03 | 0    | 5000    | 5000      | PASS
        9000    | 4000       | 2026-12-03 | 1    | 5000    | 4999      | BLOCK
        9000    | 6000       | 2026-12-28 | 0    | 5000    | 3000      | BLOCK
        9000    | 6000       | 2026-12-29 | 0    | 5000    | 9000      | PASS
        """
    ),
)
def test_ptc_16_the_reserve_outlives_the_next_35_days(row: dict[str, str]) -> None:
    # The trades of the healthy proposal cost as much as they bring.
    flow = CashFlow(on=date.fromisoformat(row["due"]), amount=D(row["withdrawal"]))
    found = worst(
        "PTC-16",
        with_account(
            cash_settled=D(row["settled"]),
            withdrawals=(flow,),
            fees_due=D(row["fees"]),
            cash_reserve=D(row["reserve"]),
        ),
    )

    assert found.severity is Severity[row["level"]]
    assert dict(found.inputs)["projected"] == row["projected"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        settled | sell  | sell settles | buy   | buy settles | cost | open buys | arriving | level
        12000   | 36000 | 2026-11-24   | 50000 | 2026-11-24  | 0    | 0         | 0        | BLOCK
        12000   | 38000 | 2026-11-24   | 50000 | 2026-11-24  | 0    | 0         | 0        | PASS
        12000   | 38000 | 2026-11-24   | 50000 | 2026-11-24  | 1    | 0         | 0        | BLOCK
        12000   | 38000 | 2026-11-24   | 50000 | 2026-11-24  | 0    | 1         | 0        | BLOCK
        12000   | 38000 | 2026-11-25   | 50000 | 2026-11-24  | 0    | 0         | 0        | BLOCK
        12000   | 38000 | 2026-11-25   | 50000 | 2026-11-25  | 0    | 0         | 0        | PASS
        12000   | 36000 | 2026-11-24   | 50000 | 2026-11-24  | 0    | 0         | 2000     | PASS
        """
    ),
)
def test_ptc_18_money_that_comes_later_pays_for_nothing(row: dict[str, str]) -> None:
    sell = a_trade(
        Side.SELL, "VTI", shares="1", price=row["sell"], settles_on=date.fromisoformat(row["sell settles"])
    )
    buy = a_trade(
        Side.BUY,
        "BND",
        shares="1",
        price=row["buy"],
        costs=D(row["cost"]),
        settles_on=date.fromisoformat(row["buy settles"]),
    )
    case = with_account(
        replace(HEALTHY, trades=(sell, buy)),
        cash_settled=D(row["settled"]),
        cash_for_open_buys=D(row["open buys"]),
        cash_unsettled=(UnsettledCash(settles_on=date(2026, 11, 24), amount=D(row["arriving"])),),
    )

    assert severity("PTC-18", case) is Severity[row["level"]]


def test_ptc_18_says_how_much_is_missing() -> None:
    case = with_account(with_sell(amount=D(36000)), cash_settled=D(12000))
    found = worst("PTC-18", with_buy(case, amount=D(50000)))

    assert found.sentence == (
        "The purchases in Ana's joint account settle on November 24, 2026, and $2,000.00 would be missing "
        "that day."
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        held | open sells | locked | sell   | level
        500  | 200        | 0      | 350    | BLOCK
        500  | 200        | 0      | 300    | PASS
        500  | 0          | 200    | 300.01 | BLOCK
        500  | 100        | 100    | 300    | PASS
        0    | 0          | 0      | 1      | BLOCK
        """
    ),
)
def test_ptc_23_nobody_sells_what_is_not_free_to_sell(row: dict[str, str]) -> None:
    order = OpenOrder(account="joint", security="VTI", side=Side.SELL, shares=D(row["open sells"]))
    held = a_position("VTI", row["held"], shares_locked=D(row["locked"]))
    case = replace(with_sell(shares=D(row["sell"])), positions=(held,), open_orders=(order,))

    assert severity("PTC-23", case) is Severity[row["level"]]


def test_ptc_23_two_sells_of_one_holding_count_together() -> None:
    half = a_trade(Side.SELL, "VTI", shares="60")
    case = replace(HEALTHY, trades=(half, half), positions=(a_position("VTI", "100"),))

    assert severity("PTC-23", case) is Severity.BLOCK


@pytest.mark.parametrize(
    "row",
    rows(
        """
        shares | custodian | security | level
        12.5   | no        | no       | BLOCK
        12.5   | yes       | no       | BLOCK
        12.5   | no        | yes      | BLOCK
        12.5   | yes       | yes      | PASS
        12.000 | no        | no       | PASS
        """
    ),
)
def test_ptc_24_fractions_need_both_sides(row: dict[str, str]) -> None:
    case = with_account(
        with_buy(shares=D(row["shares"])), custodian_takes_fractions=row["custodian"] == "yes"
    )

    assert (
        severity("PTC-24", with_security("BND", case, fractional=row["security"] == "yes"))
        is (Severity[row["level"]])
    )


@pytest.mark.parametrize(("held", "level"), [("12.5", "PASS"), ("12.6", "BLOCK")])
def test_ptc_24_a_sale_of_everything_takes_the_fraction_along(held: str, level: str) -> None:
    case = with_security("VTI", with_sell(shares=D("12.5")), fractional=False)
    sold = case.trades[0]
    positions = tuple(
        replace(one, shares=D(held)) if (one.account, one.security) == (sold.account, sold.security) else one
        for one in case.positions
    )

    assert severity("PTC-24", replace(case, positions=positions)) is Severity[level]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        amount | account | closes | named cash | level
        180    | 50000   |        |            | WARN
        250    | 50000   |        |            | PASS
        399.99 | 400000  |        |            | WARN
        400    | 400000  |        |            | PASS
        180    | 50000   | yes    |            | PASS
        180    | 50000   |        | yes        | PASS
        """
    ),
)
def test_ptc_25_small_trades_are_dropped(row: dict[str, str]) -> None:
    case = with_account(
        with_buy(
            amount=D(row["amount"]),
            closes_position=bool(row["closes"]),
            raises_named_cash=bool(row["named cash"]),
        ),
        value=D(row["account"]),
    )

    assert severity("PTC-25", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        account | security | side | level
        joint   | VTI      | sell | BLOCK
        joint   | VTI      | buy  | PASS
        ira     | VTI      | sell | PASS
        joint   | VXUS     | sell | PASS
        """
    ),
)
def test_ptc_27_the_same_order_is_not_sent_twice(row: dict[str, str]) -> None:
    order = OpenOrder(account=row["account"], security=row["security"], side=Side(row["side"]), shares=D(5))

    assert severity("PTC-27", replace(HEALTHY, open_orders=(order,))) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        lot | account | proposal | level
        L1  | joint   | pr_2     | BLOCK
        L1  | joint   | pr_1     | PASS
        L2  | joint   | pr_2     | PASS
        L1  | ira     | pr_2     | PASS
        """
    ),
)
def test_ptc_27_a_lot_is_promised_once(row: dict[str, str]) -> None:
    pending = PendingLot(account=row["account"], lot=row["lot"], proposal=row["proposal"])

    assert severity("PTC-27", replace(HEALTHY, pending_lots=(pending,))) is Severity[row["level"]]
