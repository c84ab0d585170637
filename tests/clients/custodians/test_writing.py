"""The order files: what they say, what they round, what they refuse."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clients.custodians import writing
from clients.custodians.writing import AllocationLine, LotLine, NotWritable, OrderLine, Remainder

D = Decimal

SALE = OrderLine("REB-1", "00052601", "SELL", "HLM.B", D("15.12345"))
PURCHASE = OrderLine("REB-2", "00052601", "BUY", "ALPM", D("3"), order_type="LMT", limit=D("82.50"))
LOT = LotLine(
    "REB-1", "00052601", "HLM.B", "L-4", date(2023, 3, 14), D("51.200000"), D(100), D("15.12345"), "LT"
)


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_orders_round_shares_down_and_report_the_rest() -> None:
    written = writing.orders_csv([SALE, PURCHASE], decimals=3)
    assert written.text.splitlines() == [
        "order_id,account,side,symbol,quantity,amount,type,limit,tif",
        "REB-1,00052601,SELL,HLM.B,15.123,,MKT,,DAY",
        "REB-2,00052601,BUY,ALPM,3,,LMT,82.5,DAY",
    ]
    assert written.remainders == (Remainder("REB-1", "00052601", "HLM.B", D("0.00045")),)


def test_an_order_that_rounds_to_nothing_is_left_out_and_reported() -> None:
    written = writing.orders_csv([replace(SALE, quantity=D("0.0004"))], decimals=3)
    assert parsed(written.text) == []
    assert [left.shares for left in written.remainders] == [D("0.0004")]


def test_an_order_in_dollars_is_cut_to_the_cent() -> None:
    written = writing.orders_csv([replace(PURCHASE, quantity=None, amount=D("100.999"))], decimals=3)
    assert parsed(written.text)[0]["amount"] == "100.99"


def test_a_lot_is_named_versus_its_purchase() -> None:
    written = writing.lots_csv([LOT], decimals=4)
    assert written.text.splitlines()[1] == (
        "REB-1,00052601,HLM.B,SELL,L-4,2023-03-14,51.200000,100,15.1234,LT,VSP 03/14/2023 15.1234 SH @ 51.20"
    )
    assert [left.shares for left in written.remainders] == [D("0.00005")]


@pytest.mark.parametrize(
    ("lot", "shares", "text"),
    [
        (LOT, "15", "VSP 03/14/2023 15 SH @ 51.20"),
        (replace(LOT, unit_cost=D("73.7996")), "100", "VSP 03/14/2023 100 SH @ 73.7996"),
        (replace(LOT, unit_cost=None), "2.5", "VSP 03/14/2023 2.5 SH @ COST NOT ON FILE"),
        (replace(LOT, acquired_on=None), "15", "LOT L-4 15 SH @ 51.20"),
        (replace(LOT, acquired_on=None, lot_id=None), "15", "LOT WITHOUT DATE 15 SH @ 51.20"),
    ],
)
def test_the_instruction_can_be_read_out(lot: LotLine, shares: str, text: str) -> None:
    assert writing.vsp_text(lot, shares=D(shares)) == text


def test_no_more_is_sold_than_the_lot_holds() -> None:
    with pytest.raises(NotWritable, match=r"Order REB-1: .* it holds 10"):
        writing.lots_csv([replace(LOT, quantity_held=D(10))], decimals=4)


def test_allocations_name_the_block() -> None:
    written = writing.allocations_csv([AllocationLine("BLK-1", "00052601", D("15.50"))])
    assert parsed(written.text) == [{"block_id": "BLK-1", "account": "00052601", "quantity": "15.5"}]


def test_the_basket_spells_share_classes_with_a_blank_and_quotes_nothing() -> None:
    written = writing.ibkr_basket([SALE, PURCHASE], tag="REB-20261120")
    assert written.text.splitlines() == [
        "Action,Quantity,Symbol,SecType,Exchange,Currency,TimeInForce,OrderType,LmtPrice,BasketTag,Account",
        "SELL,15.1234,HLM B,STK,SMART,USD,DAY,MKT,,REB-20261120,00052601",
        "BUY,3,ALPM,STK,SMART,USD,DAY,LMT,82.5,REB-20261120,00052601",
    ]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (replace(SALE, side="SHORT"), "not BUY or SELL"),
        (replace(SALE, quantity=D("-5")), "quantity is -5"),
        (replace(SALE, quantity=D("NaN")), "quantity is NaN"),
        (replace(SALE, quantity=None), "shares or dollars"),
        (replace(SALE, amount=D(5)), "shares or dollars"),
        (replace(SALE, order_type="LMT"), "needs a limit"),
    ],
)
def test_an_order_that_cannot_be_said_is_not_written(order: OrderLine, why: str) -> None:
    with pytest.raises(NotWritable, match=why):
        writing.orders_csv([order], decimals=3)


def test_a_basket_takes_no_dollars_and_no_commas() -> None:
    with pytest.raises(NotWritable, match="not dollars"):
        writing.ibkr_basket([replace(SALE, quantity=None, amount=D(5))], tag="T")
    with pytest.raises(NotWritable, match="BasketTag"):
        writing.ibkr_basket([SALE], tag="a,b")


@given(st.text(max_size=12))
@example("=1+1")
@example("+1")
@example("-1")
@example("@SUM(A1)")
@example("\t=1")
@example("\r=1")
def test_no_text_leaves_as_a_formula(text: str) -> None:
    order = replace(SALE, order_id=text, account=text, symbol=text)
    row = next(
        csv.reader(io.StringIO(writing.orders_csv([order], decimals=3).text.split("\r\n", 1)[1], newline=""))
    )
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@given(
    st.decimals(min_value=D("0.000001"), max_value=D(10**6), places=6), st.integers(min_value=0, max_value=6)
)
def test_rounding_down_creates_and_loses_nothing(shares: Decimal, decimals: int) -> None:
    kept, left = writing.rounded_down(shares, decimals)
    assert kept + left == shares
    assert 0 <= left < D(1).scaleb(-decimals)


def test_every_custodian_we_write_for_says_how_lots_reach_it() -> None:
    assert set(writing.SHARE_DECIMALS) == set(writing.LOT_DELIVERY)
    assert not any(delivery.by_file for delivery in writing.LOT_DELIVERY.values())
    assert writing.lot_delivery("Schwab") == writing.LOT_DELIVERY["schwab"]
    assert "default method" in writing.lot_delivery("elsewhere").warning
    assert writing.lot_delivery(None) == writing.lot_delivery("elsewhere")
