"""Named roundings, drawn as tables."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from rebalancing.engine import money
from tests.spec.drawn import refused, rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        amount   | cents | down  | up
        1.005    | 1.01  | 1.00  | 1.01
        -1.005   | -1.01 | -1.01 | -1.00
        1.0049   | 1.00  | 1.00  | 1.01
        2.675    | 2.68  | 2.67  | 2.68
        0        | 0     | 0     | 0
        12.34    | 12.34 | 12.34 | 12.34
        """
    ),
    ids=lambda row: row["amount"],
)
def test_dollars_become_cents(row: dict[str, str]) -> None:
    amount = D(row["amount"])

    assert (money.cents(amount), money.cents_down(amount), money.cents_up(amount)) == (
        D(row["cents"]),
        D(row["down"]),
        D(row["up"]),
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        shares   | increment | down   | up    | nearest
        10.999   | 1         | 10     | 11    | 11
        10.5     | 1         | 10     | 11    | 11
        -10.5    | 1         | -10    | -11   | -11
        10.4     | 1         | 10     | 11    | 10
        3.21749  | 0.001     | 3.217  | 3.218 | 3.217
        1.3      | 0.25      | 1.25   | 1.5   | 1.25
        1.375    | 0.25      | 1.25   | 1.5   | 1.5
        7        | 5         | 5      | 10    | 5
        100      | 1         | 100    | 100   | 100
        """
    ),
    ids=lambda row: f"{row['shares']} in steps of {row['increment']}",
)
def test_shares_become_multiples(row: dict[str, str]) -> None:
    shares, increment = D(row["shares"]), D(row["increment"])

    assert money.shares_down(shares, increment) == D(row["down"])
    assert money.shares_up(shares, increment) == D(row["up"])
    assert money.to_increment(shares, increment) == D(row["nearest"])


@pytest.mark.parametrize("increment", ["0", "-1"])
def test_an_increment_must_be_positive(increment: str) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        money.shares_down(D(10), D(increment))


def test_whole_shares_are_the_usual_increment() -> None:
    assert money.shares_down(D("9.99")) == 9
    assert money.shares_up(D("9.01")) == 10


def test_parts_taken_in_proportion_leave_nothing_behind() -> None:
    third = money.share_of(D(100), D(1), D(3))

    assert third + (D(100) - third) == 100
    assert money.share_of(D("0.07"), D(3), D(3)) == D("0.07")
    assert money.share_of(D(100), D(3), D(4)) == 75
    unending = D(100) / 11
    assert money.share_of(unending, D(3), D(3)) == unending != unending * 3 / 3
    with refused("Nothing can be divided in proportion to a whole of zero."):
        money.share_of(D(1), D(1), D(0))


def test_the_named_numbers_are_what_they_say() -> None:
    assert (0, 1, 1, D("0.01")) == (money.ZERO, money.ONE, money.WHOLE_SHARE, money.CENT)
