"""Our book carried to the next day and compared with the custodian's file, drawn as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.reconciliation import comparing
from rebalancing.reconciliation.comparing import Book, Cause, HeldLot, Moved, Tolerance
from tests.spec import drawn

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
TOLERANCE = Tolerance(shares=D("0.001"), cash=D("0.01"), basis=D("0.05"))
DAYS = {"Fri": FRIDAY, "Mon": MONDAY, "Tue": TUESDAY}


def book(text: str) -> dict[str, D]:
    words = text.split()
    return dict(zip(words[::2], map(D, words[1::2]), strict=True))


def moves(text: str) -> list[Moved]:
    """`Mon VTI -10 500 ours`: day, symbol, shares, dollars, and whose it is or that it was told late."""
    found = []
    for one in filter(None, (each.strip() for each in text.split(","))):
        day, symbol, shares, dollars, *whose = one.split()
        on = DAYS[day]
        found.append(
            Moved(
                "" if symbol == "-" else symbol,
                D(shares),
                D(dollars),
                on,
                TUESDAY if symbol != "-" else on,
                is_ours=whose == ["ours"],
                is_late=whose == ["late"],
            )
        )
    return found


POSITIONS = """
    case                               | before        | now           | moved                                | all | different
    nothing happened                   | VTI 100       | VTI 100       |                                      | yes |
    our sale                           | VTI 100       | VTI 90        | Mon VTI -10 500 ours                 | yes |
    our sale is not there              | VTI 100       | VTI 100       | Mon VTI -10 500 ours                 | yes | VTI 90 100
    half of it                         | VTI 100       | VTI 95        | Mon VTI -10 500 ours                 | no  | VTI 90 95
    a dividend that was reinvested     | VTI 100       | VTI 101.5     | Mon VTI 1.5 -75                      | yes |
    shares from nowhere                | VTI 100       | VTI 100 BND 5 |                                      | yes | BND 0 5
    shares that are gone               | VTI 100 BND 5 | VTI 100       |                                      | yes | BND 5 0
    no movements came: nothing known   | VTI 100 BND 5 | VTI 100       |                                      | no  |
    a trade of the day before counts no more | VTI 100 | VTI 100       | Fri VTI -10 500 ours                 | yes |
    within a thousandth                | VTI 100       | VTI 100.001   |                                      | yes |
    beyond it                          | VTI 100       | VTI 100.0011  |                                      | yes | VTI 100 100.0011
    told late, and not in the book yet | VTI 100       | VTI 90        | Fri VTI -10 500 late                 | yes |
    told late, and in the book already | VTI 90        | VTI 90        | Fri VTI -10 500 late                 | yes |
    told late, and neither             | VTI 100       | VTI 95        | Fri VTI -10 500 late                 | yes | VTI 100 95
    a short position                   | VTI 0         | VTI -5        |                                      | yes | VTI 0 -5
"""  # fmt: skip


@pytest.mark.parametrize("case", drawn.rows(POSITIONS), ids=lambda case: case["case"])
def test_positions_are_compared_with_what_was_to_be_expected(case: dict[str, str]) -> None:
    found = comparing.positions(
        Book(shares=book(case["before"])),
        Book(shares=book(case["now"])),
        moves(case["moved"]),
        since=FRIDAY,
        until=MONDAY,
        knows_all=case["all"] == "yes",
        tolerance=TOLERANCE.shares,
    )
    told = ", ".join(f"{one.subject} {one.ours} {one.theirs}" for one in found)
    assert told == case["different"]


CASH = """
    case                                  | settled | cash | moved                   | now settled | now cash | different
    nothing happened                      | 100     | 100  |                         | 100         | 100      |
    a deposit                             | 100     | 100  | Mon - 0 50              | 150         | 150      |
    a sale, stated as traded              | 100     | 100  | Mon VTI -10 500 ours    | 100         | 600      |
    a sale, all of it called settled      | 100     | 100  | Mon VTI -10 500 ours    | 600         | 600      |
    a sale that is not stated until it settles | 100 | 100 | Mon VTI -10 500 ours    | 100         | 100      |
    a fee that nobody booked              | 100     | 100  |                         | 90          | 90       | 100 90
    a cent                                | 100     | 100  |                         | 100.01      | 100.01   |
    two cents                             | 100     | 100  |                         | 100.02      | 100.02   | 100 100.02
"""


@pytest.mark.parametrize("case", drawn.rows(CASH), ids=lambda case: case["case"])
def test_cash_is_a_difference_when_no_way_of_counting_explains_it(case: dict[str, str]) -> None:
    found = comparing.cash(
        Book(settled=D(case["settled"]), cash=D(case["cash"])),
        Book(settled=D(case["now settled"]), cash=D(case["now cash"])),
        moves(case["moved"]),
        since=FRIDAY,
        until=MONDAY,
        tolerance=TOLERANCE.cash,
    )
    assert ", ".join(f"{one.ours} {one.theirs}" for one in found) == case["different"]


def lots(text: str) -> dict[str, HeldLot]:
    """`a VTI 10 500`: key, symbol, shares, basis."""
    found = {}
    for one in filter(None, (each.strip() for each in text.split(","))):
        key, symbol, shares, basis = one.split()
        found[key] = HeldLot(symbol, D(shares), None if basis == "?" else D(basis), FRIDAY)
    return found


LOTS = """
    case                           | before                     | now                       | traded | corrected | different
    nothing happened               | a VTI 10 500               | a VTI 10 500              |        |           |
    a basis was restated           | a VTI 10 500               | a VTI 10 520              |        |           | lot_basis a 500 520
    a basis that people corrected  | a VTI 10 500               | a VTI 10 520              |        | a         |
    five cents                     | a VTI 10 500               | a VTI 10 500.05           |        |           |
    a basis came late              | a VTI 10 ?                 | a VTI 10 500              |        |           |
    shares of a lot moved          | a VTI 10 500               | a VTI 9 450               |        |           | lot_shares a 10 9
    of what was sold               | a VTI 10 500               | a VTI 9 450               | VTI    |           |
"""


@pytest.mark.parametrize("case", drawn.rows(LOTS), ids=lambda case: case["case"])
def test_lots_that_nobody_traded_stay_as_they_were(case: dict[str, str]) -> None:
    found = comparing.lots(
        Book(lots=lots(case["before"])),
        Book(lots=lots(case["now"])),
        case["traded"].split(),
        tolerance=TOLERANCE,
        corrected=case["corrected"].split(),
    )
    assert (
        ", ".join(f"{one.cause} {one.subject} {one.ours} {one.theirs}" for one in found) == case["different"]
    )


def test_lots_that_do_not_add_up_to_the_position_are_a_difference() -> None:
    now = Book(shares={"VTI": D(12)}, lots=lots("a VTI 10 500"))
    found = comparing.lots(Book(), now, (), tolerance=TOLERANCE)
    assert [(one.cause, one.ours, one.theirs) for one in found] == [(Cause.LOTS_DO_NOT_ADD_UP, D(10), D(12))]


THREE = """
    case                               | intended  | executed  | after                       | agrees | worth
    as instructed                      | a 5       | a 5       | a VTI 5 250, b VTI 10 700   | yes    | 0
    the first bought instead           | b 5       | b 5       | a VTI 5 250, b VTI 10 700   | no     | 100
    a part of each                     | b 5       | b 5       | a VTI 8 400, b VTI 7 490    | no     | 40
    a lot that is all gone             | a 10      | a 10      | b VTI 10 700                | yes    | 0
    less was executed than intended    | a 5       | a 3       | a VTI 7 350, b VTI 10 700   | yes    | 0
"""


@pytest.mark.parametrize("case", drawn.rows(THREE), ids=lambda case: case["case"])
def test_the_lots_of_a_sale_are_compared_three_ways(case: dict[str, str]) -> None:
    before = Book(lots=lots("a VTI 10 500, b VTI 10 700"))
    taken = comparing.relieved(before, Book(lots=lots(case["after"])), "VTI", tolerance=TOLERANCE.shares)
    found = comparing.three_ways(
        book(case["intended"]), book(case["executed"]), taken, before.lots, tolerance=TOLERANCE.shares
    )
    assert found.agrees is (case["agrees"] == "yes")
    assert found.gain_difference == D(case["worth"])


def test_what_a_lot_of_unknown_basis_is_worth_is_not_known() -> None:
    before = lots("a VTI 10 ?, b VTI 10 700")
    found = comparing.three_ways({"b": D(5)}, {"b": D(5)}, {"a": D(5)}, before, tolerance=TOLERANCE.shares)
    assert found.gain_difference is None


@given(
    held=st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 500).map(D), max_size=4),
    moved=st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(-50, 50).map(D)), max_size=6),
)
def test_a_file_that_shows_what_was_booked_never_differs(
    held: dict[str, D], moved: list[tuple[str, D]]
) -> None:
    now = dict(held)
    for symbol, shares in moved:
        now[symbol] = now.get(symbol, D(0)) + shares
    rows = [Moved(symbol, shares, D(0), MONDAY, TUESDAY) for symbol, shares in moved]
    found = comparing.positions(
        Book(shares=held),
        Book(shares=now),
        rows,
        since=FRIDAY,
        until=MONDAY,
        knows_all=True,
        tolerance=TOLERANCE.shares,
    )
    assert found == []
