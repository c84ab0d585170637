"""Each trigger is written once: the firm's columns and one household's decimals never give two answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio import bands
from rebalancing.engine.portfolio.bands import side_left
from rebalancing.triggers import (
    columns,
    due_dates,
    loss_lots,
    losses,
    out_of_band,
    replaced_securities,
    tracking_error,
)
from rebalancing.triggers.columns import Columns, Truth

HAIR = st.sampled_from([D(0), D("0.000001"), D("-0.000001"), D("0.00000000000001")])
MONEY = st.decimals(0, 10**11, places=6)
WEIGHT = st.decimals(0, 1, places=6)
DAY = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def both(rule: Callable[[Columns], Truth], given_rows: list[dict[str, Any]]) -> list[bool]:
    """What the firm's scan answers, after asserting that each row by itself answers the same."""
    exact = columns.rows(*given_rows)

    def of_row(row: int) -> Columns:
        return {name: column[row : row + 1] for name, column in exact.items()}

    found = [bool(one) for one in columns.decide(rule, columns.floats(exact), of_row)]
    assert found == [bool(rule(of_row(row)).yes[0]) for row in range(len(given_rows))]
    return found


@st.composite
def standing(draw: st.DrawFn) -> dict[str, Any]:
    """A class somewhere, or a hair beside an edge of its band."""
    lower, target, upper = sorted(draw(st.tuples(WEIGHT, WEIGHT, WEIGHT)))
    investable = draw(st.decimals(1, 10**11, places=6))
    edge = draw(st.sampled_from([lower, target, upper, draw(WEIGHT)]))
    return {
        "value": edge * investable + draw(HAIR) * investable,
        "investable": investable,
        "target": target,
        "lower": lower,
        "upper": upper,
        "edge_is_breach": draw(st.booleans()),
    }


@given(st.lists(standing(), min_size=1, max_size=6))
def test_a_band_is_left_by_the_one_rule_of_the_engine(drawn: list[dict[str, Any]]) -> None:
    assert both(out_of_band.fires, drawn) == [
        side_left(
            one["value"],
            of=one["investable"],
            lower=one["lower"],
            target=one["target"],
            upper=one["upper"],
            edge_is_breach=one["edge_is_breach"],
        )
        is not None
        for one in drawn
    ]


@given(st.lists(st.tuples(WEIGHT, HAIR, st.booleans()), min_size=1, max_size=6))
def test_a_tracking_error_reaches_its_limit(drawn: list[tuple[D, D, bool]]) -> None:
    given_rows = [
        {"variance": limit * limit + hair, "limit": limit, "edge_is_breach": on_edge}
        for limit, hair, on_edge in drawn
    ]

    assert both(tracking_error.fires, given_rows) == [
        bands.tracking_error_breached(
            [D(1)], [[one["variance"]]], limit=one["limit"], edge_is_breach=one["edge_is_breach"]
        )
        for one in given_rows
    ]


@given(st.lists(st.tuples(MONEY, HAIR, st.booleans()), min_size=1, max_size=6))
def test_a_replaced_security_is_worth_a_trade(drawn: list[tuple[D, D, bool]]) -> None:
    given_rows = [
        {"worth": least + hair if held else D(0), "minimum_trade": least} for least, hair, held in drawn
    ]

    assert both(replaced_securities.fires, given_rows) == [
        one["worth"] > 0 and one["worth"] >= one["minimum_trade"] for one in given_rows
    ]


@given(st.lists(st.tuples(st.none() | DAY, DAY), min_size=1, max_size=6))
def test_a_look_is_due_until_it_is_made(drawn: list[tuple[date | None, date]]) -> None:
    given_rows = [{"looked_on": looked_on, "since": since} for looked_on, since in drawn]

    assert both(due_dates.fires, given_rows) == [
        looked_on is None or looked_on < since for looked_on, since in drawn
    ]


@given(st.lists(st.tuples(MONEY, HAIR, WEIGHT, MONEY), min_size=1, max_size=6))
def test_losses_together_are_worth_a_proposal(drawn: list[tuple[D, D, D, D]]) -> None:
    given_rows = [
        {
            "loss": max(D(0), least + hair),
            "loss_least": least,
            "invested": invested,
            "share_least": share,
        }
        for least, hair, share, invested in drawn
    ]

    assert both(losses.fires, given_rows) == [
        one["loss"] > 0
        and one["loss"] >= one["loss_least"]
        and one["loss"] >= one["invested"] * one["share_least"]
        for one in given_rows
    ]


@given(st.lists(st.tuples(MONEY, HAIR, WEIGHT, MONEY), min_size=1, max_size=6))
def test_a_lot_loses_enough_in_dollars_and_of_its_cost(drawn: list[tuple[D, D, D, D]]) -> None:
    given_rows = [
        {"loss": basis * share + hair, "loss_least": least, "basis": basis, "share_least": share}
        for basis, hair, share, least in drawn
    ]

    assert both(loss_lots.large_enough, given_rows) == [
        one["loss"] >= one["loss_least"] and one["loss"] >= one["basis"] * one["share_least"]
        for one in given_rows
    ]


@given(st.lists(st.tuples(MONEY, HAIR, MONEY, WEIGHT), min_size=1, max_size=6))
def test_a_position_is_worth_its_orders_and_dollars(drawn: list[tuple[D, D, D, D]]) -> None:
    given_rows = [
        {
            "benefit": 2 * least + hair,
            "orders": 2,
            "order_least": least,
            "traded": traded,
            "dollar_least": share,
        }
        for least, hair, traded, share in drawn
    ]

    assert both(loss_lots.worth_it, given_rows) == [
        one["benefit"] >= one["orders"] * one["order_least"]
        and one["benefit"] >= one["traded"] * one["dollar_least"]
        for one in given_rows
    ]
