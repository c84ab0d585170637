"""Each trigger is written once: the firm's columns and one household's decimals never give two answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from decimal import localcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.portfolio.bands import side_left
from rebalancing.triggers import (
    columns,
    due_dates,
    loss_lots,
    losses,
    out_of_band,
    out_of_hard_range,
    record_changes,
    replaced_securities,
    sharp_falls,
    sleeves_out_of_band,
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
    assert both(out_of_band.leaves, drawn) == [
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


@given(st.lists(st.tuples(standing(), standing(), st.booleans()), min_size=1, max_size=6))
def test_a_class_is_beyond_its_band_or_beyond_its_hard_range_and_never_both(
    drawn: list[tuple[dict[str, Any], dict[str, Any], bool]],
) -> None:
    given_rows: list[dict[str, Any]] = [
        {**one, "has_hard_range": has, "hard_lower": other["lower"], "hard_upper": other["upper"]}
        for one, other, has in drawn
    ]

    soft, hard = both(out_of_band.fires, given_rows), both(out_of_hard_range.fires, given_rows)

    assert not any(left and right for left, right in zip(soft, hard, strict=True))
    assert both(out_of_band.leaves, given_rows) == [
        left or (right and bool(out_of_band.leaves(columns.rows(one)).yes[0]))
        for left, right, one in zip(soft, hard, given_rows, strict=True)
    ]
    assert [one for one, each in zip(hard, given_rows, strict=True) if not each["has_hard_range"]].count(
        True
    ) == 0


@given(st.lists(st.tuples(standing(), st.booleans()), min_size=1, max_size=6))
def test_a_part_of_a_class_calls_only_where_the_policy_asks(drawn: list[tuple[dict[str, Any], bool]]) -> None:
    asked = both(sleeves_out_of_band.fires, [{**one, "sleeve_bands": asks} for one, asks in drawn])

    assert asked == [
        asks and left
        for (_, asks), left in zip(drawn, both(out_of_band.leaves, [one for one, _ in drawn]), strict=True)
    ]


@given(
    st.lists(
        st.tuples(st.none() | MONEY, st.none() | MONEY, st.decimals("0.01", "0.5", places=4), HAIR),
        min_size=1,
        max_size=6,
    )
)
def test_a_fall_is_sharp_from_the_firms_size_on(drawn: list[tuple[D | None, D | None, D, D]]) -> None:
    given_rows: list[dict[str, Any]] = [
        # Half of them stand at the edge, and a hair beside it.
        {
            "high": high,
            "close": high * (1 - least) + hair if close is None and high is not None else close,
            "least": least,
        }
        for high, close, least, hair in drawn
    ]

    with localcontext(prec=60):
        expected = [
            one["high"] is not None
            and one["close"] is not None
            and one["close"] < one["high"]
            and one["high"] - one["close"] >= one["least"] * one["high"]
            for one in given_rows
        ]
    assert both(sharp_falls.fires, given_rows) == expected


MOMENT = st.integers(1_700_000_000_000_000, 1_900_000_000_000_000)


@given(st.lists(st.tuples(MOMENT, DAY, DAY, st.none() | MOMENT, DAY, st.booleans()), min_size=1, max_size=6))
def test_a_change_counts_from_its_day_and_once(
    drawn: list[tuple[int, date, date, int | None, date, bool]],
) -> None:
    given_rows: list[dict[str, Any]] = [
        {
            "made_at": made_at,
            "from_on": from_on,
            "trade_on": trade_on,
            "evaluated_at": made_at if same and evaluated_at is not None else evaluated_at,
            "evaluated_for": None if evaluated_at is None else evaluated_for,
        }
        for made_at, from_on, trade_on, evaluated_at, evaluated_for, same in drawn
    ]

    fired = both(record_changes.fires, given_rows)

    assert fired == [
        one["evaluated_at"] is not None
        and one["from_on"] <= one["trade_on"]
        and (one["made_at"] > one["evaluated_at"] or one["from_on"] > one["evaluated_for"])
        for one in given_rows
    ]
    # Evaluated on that day, the same change is silent from then on.
    later: list[dict[str, Any]] = [
        {
            **one,
            "evaluated_at": max(one["made_at"], one["evaluated_at"] or 0),
            "evaluated_for": one["trade_on"],
        }
        for one, calls in zip(given_rows, fired, strict=True)
        if calls
    ]
    assert not any(both(record_changes.fires, later)) if later else True


@given(st.lists(st.tuples(WEIGHT, HAIR, st.booleans()), min_size=1, max_size=6))
def test_a_tracking_error_reaches_its_limit(drawn: list[tuple[D, D, bool]]) -> None:
    given_rows: list[dict[str, Any]] = [
        {"variance": limit * limit + hair, "limit": limit, "edge_is_breach": on_edge}
        for limit, hair, on_edge in drawn
    ]

    assert both(tracking_error.fires, given_rows) == [
        one["variance"] >= one["limit"] ** 2 if one["edge_is_breach"] else one["variance"] > one["limit"] ** 2
        for one in given_rows
    ]


@given(st.lists(st.tuples(MONEY, HAIR, st.booleans()), min_size=1, max_size=6))
def test_a_replaced_security_is_worth_a_trade(drawn: list[tuple[D, D, bool]]) -> None:
    given_rows: list[dict[str, Any]] = [
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
