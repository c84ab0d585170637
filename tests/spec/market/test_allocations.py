"""Fills divided over accounts, orders sized for the market, records kept."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules import trade_minimum
from compliance.rules.findings.severity import Severity
from rebalancing.engine.market import allocations, calendars, order_slicing, records_retention
from rebalancing.engine.market.allocations import AllocationError, BlockPrice, Fill
from rebalancing.engine.market.order_slicing import (
    IlliquidPolicy,
    LotSplit,
    Purpose,
    Quantity,
    Release,
    ReleaseDecision,
    Side,
    SlicingError,
)
from rebalancing.engine.market.records_retention import Record
from tests.examples import many
from tests.spec.drawn import refused, rows


def shares(text: str) -> dict[str, D]:
    """`A 500, B 300` as shares by account."""
    return {name: D(amount) for name, amount in (each.split() for each in text.split(","))}


@pytest.mark.parametrize(
    "row",
    rows(
        """
        ordered             | filled | least | allocated           | reason | why
        A 500, B 300, C 200 | 400    | 0     | A 200, B 120, C 80  |        | divides evenly
        A 500, B 300, C 200 | 333    | 0     | A 166, B 100, C 67  |        | the largest remainders take the odd shares
        A 100, B 100, C 100 | 100    | 0     | A 34, B 33, C 33    |        | equals in order of name
        A 500, B 300        | 800    | 50    | A 500, B 300        |        | everything filled
        A 500, B 300        | 0      | 50    | A 0, B 0            |        | nothing filled
        A 900, B 100        | 10     | 5     | A 10, B 0           | yes    | one share is not worth a ticket
        A 900, B 3          | 450    | 5     | A 450, B 0          | yes    | two shares of three
        A 900, B 3          | 903    | 5     | A 900, B 3          |        | a small order filled in full
        A 10, B 10, C 10    | 4      | 3     | A 0, B 0, C 4       | yes    | too little for any but one
        A 5, B 5            | 9      | 6     | A 5, B 4            |        | nobody else ordered enough to take it
        A 1, B 1, C 2       | 2      | 2     | A 1, B 1, C 0       | yes    | the others ordered just enough
        A 1, B 1, C 2       | 1      | 2     | A 1, B 0, C 0       | yes    | getting nothing is not too little
        A 900, B 100        | 50     | 5     | A 45, B 5           |        | just enough for a ticket
        A 1, B 5, C 2       | 3      | 3     | A 1, B 2, C 0       | yes    | the smallest goes first
        """
    ),
    ids=lambda row: row["why"],
)
def test_a_partial_fill_is_divided(row: dict[str, str]) -> None:
    allocation = allocations.allocate(shares(row["ordered"]), D(row["filled"]), minimum=D(row["least"]))

    assert allocation.shares_by_account == shares(row["allocated"])
    assert allocation.needs_written_reason is bool(row["reason"])


def test_fractional_shares_are_divided_in_their_own_increment() -> None:
    allocation = allocations.allocate({"A": D("1.5"), "B": D("1")}, D("1"), increment=D("0.001"))

    assert allocation.shares_by_account == {"A": D("0.600"), "B": D("0.400")}
    alone = allocations.allocate(
        {"A": D("1.5"), "B": D("0.1")}, D("0.8"), increment=D("0.001"), minimum=D("0.1")
    )
    assert alone.shares_by_account == {"A": D("0.8"), "B": 0}


def test_everyone_pays_the_average_price() -> None:
    fills = [Fill(D(100), D(50)), Fill(D(150), D("50.1")), Fill(D(83), D("50.2"))]

    assert allocations.block_price(fills) == BlockPrice(D(333), D("16681.6"), D("50.0949"))
    half = [Fill(D(1), D("10.0002")), Fill(D(1), D("10.0003"))]
    assert allocations.block_price(half).average == D("10.0003")
    with refused("A block without fills has no average price.", AllocationError):
        allocations.block_price([])


def test_costs_are_shared_to_the_cent() -> None:
    assert allocations.share_costs(D("10.00"), shares("A 166, B 100, C 67")) == {
        "A": D("4.99"),
        "B": D("3.00"),
        "C": D("2.01"),
    }


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (
            lambda: allocations.allocate({"A": D(1)}, D(2)),
            "2 shares were filled but the statement orders 1.",
        ),
        (
            lambda: allocations.apportion(D("0.5"), {"A": D(1)}),
            "Cannot divide 0.5 in steps of 1 over {'A': Decimal('1')}: all figures must be zero or more "
            "and the total a multiple of the step.",
        ),
        (
            lambda: allocations.apportion(D(-1), {"A": D(1)}),
            "Cannot divide -1 in steps of 1 over {'A': Decimal('1')}: all figures must be zero or more "
            "and the total a multiple of the step.",
        ),
        (
            lambda: allocations.apportion(D(1), {"A": D(-1)}),
            "Cannot divide 1 in steps of 1 over {'A': Decimal('-1')}: all figures must be zero or more "
            "and the total a multiple of the step.",
        ),
        (
            lambda: allocations.apportion(D(1), {"A": D(0)}),
            "Cannot divide 1 over claims that are all zero.",
        ),
        (
            lambda: order_slicing.slices(D(10), volume_shares=D(5), participation_max=D("0.1")),
            "0.1 of 5 shares a day is less than one share.",
        ),
        *(
            (
                lambda bid=bid, ask=ask, tick=tick: order_slicing.limit_price(
                    Side.BUY, bid=D(bid), ask=D(ask), collar_bps=D(1), tick=D(tick)
                ),
                f"A quote of {bid} to {ask} with tick {tick} gives no limit price.",
            )
            for bid, ask, tick in (("2", "1", "0.01"), ("0", "1", "0.01"), ("1", "2", "0"))
        ),
        (lambda: order_slicing.quantity(Side.BUY, D(1), D(0)), "A price of 0 sizes no order."),
        (
            lambda: order_slicing.quantity(Side.SELL, D(1), D(1), purpose=Purpose.CLOSE),
            "A closing sale must know the position it closes.",
        ),
    ],
)
def test_what_cannot_be_divided_says_why(ask: object, sentence: str) -> None:
    with refused(sentence, (AllocationError, SlicingError)):
        ask()  # type: ignore[operator]


def test_nothing_divided_over_nobody_is_nothing() -> None:
    assert allocations.apportion(D(0), {"A": D(0)}) == {"A": D(0)}


claims = st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(0, 10_000).map(D), min_size=1)


@many
@given(claims, st.data())
def test_parts_add_up_to_the_fill_and_nobody_gets_more_than_ordered(
    claims: dict[str, D], data: st.DataObject
) -> None:
    total = D(data.draw(st.integers(0, int(sum(claims.values())))))
    minimum = D(data.draw(st.integers(0, 100)))

    allocation = allocations.allocate(claims, total, minimum=minimum)

    assert sum(allocation.shares_by_account.values()) == total
    assert all(0 <= allocation.shares_by_account[name] <= claims[name] for name in claims)


@many
@given(claims.filter(lambda claims: sum(claims.values()) > 0), st.integers(0, 50_000).map(D))
def test_nobody_is_a_whole_share_away_from_the_exact_part(claims: dict[str, D], total: D) -> None:
    parts = allocations.apportion(total, claims)

    whole = sum(claims.values())
    assert all(abs(parts[name] * whole - total * claims[name]) < whole for name in claims)


@many
@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 100_000)), min_size=1))
def test_the_average_lies_between_the_prices(fills: list[tuple[int, int]]) -> None:
    prices = [D(price) / 100 for _, price in fills]

    block = allocations.block_price(
        [Fill(D(count), price) for (count, _), price in zip(fills, prices, strict=True)], places=2
    )

    assert min(prices) <= block.average <= max(prices)


# ── Sizing ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "row",
    rows(
        """
        shares | volume | cap  | slices
        11500  | 40000  | 4000 | 4000 4000 3500
        8000   | 40000  | 4000 | 4000 4000
        10     | 40000  | 4000 | 10
        7      | 39     | 3    | 3 3 1
        """
    ),
)
def test_a_large_order_is_spread_over_days(row: dict[str, str]) -> None:
    cut = order_slicing.slices(D(row["shares"]), volume_shares=D(row["volume"]), participation_max=D("0.1"))

    assert cut == order_slicing.Slices(D(row["cap"]), tuple(map(D, row["slices"].split())))
    assert cut.days == len(row["slices"].split())


@pytest.mark.parametrize(
    "row",
    rows(
        """
        at               | volume  | spread | illiquid | minutes | decision
        2026-11-23 15:40 | 400000  | 0.004  | yes      | 20      | HOLD_TO_NEXT_SESSION
        2026-11-23 15:30 | 400000  | 0.004  | yes      | 30      | HOLD_TO_NEXT_SESSION
        2026-11-23 15:29 | 400000  | 0.004  | yes      | 31      | RELEASE
        2026-11-23 09:40 | 400000  | 0.004  | yes      | 380     | HOLD_UNTIL_AFTER_OPEN
        2026-11-23 09:45 | 400000  | 0.004  | yes      | 375     | RELEASE
        2026-11-23 15:40 | 9000000 | 0.0001 |          | 20      | RELEASE
        2026-11-23 15:40 | 9000000 | 0.006  | yes      | 20      | HOLD_TO_NEXT_SESSION
        2026-11-23 09:00 | 9000000 | 0.0001 |          | 420     | HOLD_UNTIL_AFTER_OPEN
        2026-11-27 12:45 | 400000  | 0.004  | yes      | 15      | HOLD_TO_NEXT_SESSION
        2026-11-27 13:00 | 9000000 | 0.0001 |          |         | HOLD_TO_NEXT_SESSION
        2026-11-26 11:00 | 9000000 | 0.0001 |          |         | HOLD_TO_NEXT_SESSION
        2026-11-23 09:30 | 9000000 | 0.0001 |          | 390     | RELEASE
        2026-11-23 15:59 | 9000000 | 0.0001 |          | 1       | RELEASE
        2026-11-23 15:58:30 | 9000000 | 0.0001 |       | 1       | RELEASE
        2026-11-23 15:59:30 | 9000000 | 0.0001 |       |         | HOLD_TO_NEXT_SESSION
        2026-11-23 15:40 | 5000000 | 0.005  |          | 20      | RELEASE
        2026-11-23 15:40 | 4999999 | 0.005  | yes      | 20      | HOLD_TO_NEXT_SESSION
        """
    ),
    ids=lambda row: f"{row['at']} {row['volume']} {row['spread']}",
)
def test_an_illiquid_order_keeps_away_from_open_and_close(row: dict[str, str]) -> None:
    decision = order_slicing.release_decision(
        datetime.fromisoformat(row["at"]),
        calendars.new_york(),
        volume_usd=D(row["volume"]),
        spread=D(row["spread"]),
    )

    minutes = int(row["minutes"]) if row["minutes"] else None
    assert decision == ReleaseDecision(bool(row["illiquid"]), minutes, Release(row["decision"]))


def test_a_firm_says_itself_what_is_illiquid() -> None:
    strict = IlliquidPolicy(volume_usd_least=D(10_000_000), last_minutes=60)

    assert order_slicing.release_decision(
        datetime(2026, 11, 23, 15, 10),
        calendars.new_york(),
        volume_usd=D(9_000_000),
        spread=D("0.0001"),
        policy=strict,
    ) == ReleaseDecision(True, 50, Release.NEXT_SESSION)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        side | bid   | ask   | collar | tick | limit
        buy  | 49.95 | 50.05 | 10     | 0.01 | 50.10
        sell | 49.95 | 50.05 | 10     | 0.01 | 49.91
        buy  | 49.95 | 50.05 | 50     | 0.05 | 50.30
        buy  | 50.00 | 50.00 | 10     | 0.01 | 50.05
        """
    ),
)
def test_a_marketable_limit_is_rounded_for_the_client(row: dict[str, str]) -> None:
    limit = order_slicing.limit_price(
        Side(row["side"]),
        bid=D(row["bid"]),
        ask=D(row["ask"]),
        collar_bps=D(row["collar"]),
        tick=D(row["tick"]),
    )

    assert limit == D(row["limit"])


@pytest.mark.parametrize(
    "row",
    rows(
        """
        close    | shares | lot | lots | odd
        250.00   | 130    | 100 | 1    | 30
        250.01   | 130    | 40  | 3    | 10
        312.4    | 130    | 40  | 3    | 10
        1000.00  | 130    | 40  | 3    | 10
        1000.01  | 130    | 10  | 13   | 0
        10000.01 | 2.5    | 1   | 2    | 0.5
        """
    ),
)
def test_round_lots_depend_on_the_price(row: dict[str, str]) -> None:
    lots = order_slicing.split_round_lots(D(row["shares"]), D(row["close"]), on=date(2025, 11, 3))

    assert lots == LotSplit(int(row["lot"]), int(row["lots"]), D(row["odd"]))


def test_round_lots_were_a_hundred_shares_before() -> None:
    assert order_slicing.round_lot(D("312.40"), on=date(2025, 11, 2)) == 100


@pytest.mark.parametrize(
    "row",
    rows(
        """
        value | account | exempt | threshold | decision
        180   | 50000   |        | 250       | DROP
        250   | 50000   |        | 250       | KEEP
        -180  | 50000   |        | 250       | DROP
        400   | 500000  |        | 500       | DROP
        180   | 50000   | yes    | 250       | KEEP
        """
    ),
)
def test_tiny_trades_are_dropped(row: dict[str, str]) -> None:
    smallest = trade_minimum.minimum(
        account_value=D(row["account"]), minimum_usd=D(250), minimum_fraction=D("0.001")
    )
    severity = trade_minimum.size_severity(
        amount=abs(D(row["value"])), minimum=smallest, exempt=bool(row["exempt"])
    )

    assert smallest == D(row["threshold"])
    assert (severity is Severity.PASS) == (row["decision"] == "KEEP")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        side | purpose    | amount | price | held | shares | worth   | off
        buy  | rebalance  | 10000  | 73.11 |      | 136    | 9942.96 | 57.04
        sell | raise_cash | 9950   | 73.11 |      | 137    | 10016.07 | 66.07
        sell | raise_cash | 10000  | 73.11 |      | 137    | 10016.07 | 16.07
        sell | raise_cash | 10000  | 73.11 | 120  | 120    | 8773.20 | 1226.80
        sell | rebalance  | 10000  | 73.11 |      | 137    | 10016.07 | 16.07
        sell | rebalance  | 9980   | 73.11 |      | 137    | 10016.07 | 36.07
        sell | rebalance  | 9975   | 73.11 |      | 136    | 9942.96 | 32.04
        sell | close      | 800    | 73.11 | 10.25 | 10.25 | 749.38  | 50.62
        """
    ),
    ids=lambda row: f"{row['side']} {row['purpose']} {row['amount']}",
)
def test_shares_are_rounded_by_what_they_are_for(row: dict[str, str]) -> None:
    sized = order_slicing.quantity(
        Side(row["side"]),
        D(row["amount"]),
        D(row["price"]),
        purpose=Purpose(row["purpose"]),
        held=D(row["held"]) if row["held"] else None,
    )

    assert sized == Quantity(D(row["shares"]), D(row["worth"]), D(row["off"]))


def test_fractional_orders_are_sized_in_their_own_increment() -> None:
    thousandths = D("0.001")

    assert [
        order_slicing.quantity(
            side, D(10), D("73.11"), purpose=purpose, held=D(5), increment=thousandths
        ).shares
        for side, purpose in (
            (Side.BUY, Purpose.REBALANCE),
            (Side.SELL, Purpose.REBALANCE),
            (Side.SELL, Purpose.RAISE_CASH),
        )
    ] == [D("0.136"), D("0.137"), D("0.137")]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        record | last       | year end | kept       | office
        entry  | 2026-03-15 | 12-31    | 2031-12-31 | 2028-12-31
        entry  | 2026-06-30 | 06-30    | 2031-06-30 | 2028-06-30
        entry  | 2026-07-01 | 06-30    | 2032-06-30 | 2029-06-30
        entry  | 2026-03-01 | 02-29    | 2032-02-29 | 2029-02-28
        use    | 2027-02-01 | 12-31    | 2032-12-31 | 2029-12-31
        policy | 2026-09-30 | 12-31    | 2031-09-30 |
        policy | 2024-02-29 | 12-31    | 2029-02-28 |
        entity | 2026-09-30 | 12-31    | 2029-09-30 |
        """
    ),
)
def test_records_are_kept(row: dict[str, str]) -> None:
    month, day = map(int, row["year end"].split("-"))

    kept = records_retention.retention(
        Record(row["record"]), date.fromisoformat(row["last"]), fiscal_year_end=(month, day)
    )

    assert kept.keep_through == date.fromisoformat(row["kept"])
    assert kept.in_office_through == (date.fromisoformat(row["office"]) if row["office"] else None)
