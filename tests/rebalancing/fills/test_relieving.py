"""Which lots a sale relieved, and that entries add up whatever is taken back."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax.holding_periods import Term
from rebalancing.fills import relieving
from rebalancing.fills.relieving import Instructed, Relieved
from tests.spec import drawn

SOLD = date(2026, 11, 23)
LOTS = (
    Instructed("short", D(40), D(2400), date(2026, 3, 2)),
    Instructed("long", D(60), D(3000), date(2020, 1, 6)),
    Instructed("unknown", D(10), None, None),
)
CASES = """
    case                  | shares | proceeds | relieved
    the first lot in part | 10     | 500.00   | short 10 500.00 600 short
    into the second       | 50     | 2500.01  | short 40 2000.01 2400 short, long 10 500.00 500 long
    all of them           | 110    | 5500     | short 40 2000 2400 short, long 60 3000 3000 long, unknown 10 500 ? ?
    beyond them           | 120    | 6000     | short 40 2000 2400 short, long 60 3000 3000 long, unknown 10 500 ? ?, - 10 500 ? ?
    nothing               | 0      | 0        |
"""


@pytest.mark.parametrize("case", drawn.rows(CASES), ids=lambda case: case["case"])
def test_a_sale_relieves_the_lots_in_the_order_of_the_instruction(case: dict[str, str]) -> None:
    found = relieving.relieve(LOTS, D(case["shares"]), D(case["proceeds"]), on=SOLD)
    expected = []
    for text in filter(None, (one.strip() for one in case["relieved"].split(","))):
        lot, shares, proceeds, basis, term = text.split()
        expected.append(
            Relieved(
                "" if lot == "-" else lot,
                D(shares),
                D(proceeds),
                None if basis == "?" else D(basis),
                None if term == "?" else {"short": Term.SHORT, "long": Term.LONG}[term],
            )
        )
    assert list(found) == expected


def test_a_bust_takes_the_entries_back_and_leaves_nothing() -> None:
    sold = relieving.relieve(LOTS, D(50), D(2500), on=SOLD)
    places, fresh = relieving.entries(sold, ())
    assert fresh == []
    back = [sold[place].reversed for place in places]
    assert sum(one.shares for one in (*sold, *back)) == 0
    assert sum(one.gain or 0 for one in (*sold, *back)) == 0


def test_what_still_holds_is_not_entered_again() -> None:
    sold = relieving.relieve(LOTS, D(50), D(2500), on=SOLD)
    assert relieving.entries(sold, sold) == ([], [])


@given(
    steps=st.lists(st.tuples(st.integers(0, 130), st.integers(1, 10**7)), min_size=1, max_size=6),
)
def test_entries_always_come_to_what_holds_now(steps: list[tuple[int, int]]) -> None:
    standing: tuple[Relieved, ...] = ()
    book: dict[str, D] = defaultdict(D)
    dollars = D(0)
    for shares, cents in steps:
        now = relieving.relieve(LOTS, D(shares), D(cents) / 100 if shares else D(0), on=SOLD)
        places, fresh = relieving.entries(standing, now)
        for one in [*(standing[place].reversed for place in places), *fresh]:
            book[one.lot] += one.shares
            dollars += one.proceeds
        standing = now
    assert {lot: shares for lot, shares in book.items() if shares} == {
        one.lot: one.shares for one in standing
    }
    assert dollars == sum((one.proceeds for one in standing), D(0))
