"""Which movements of a file fill which orders, drawn as a table; and that their order in the file decides nothing."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.reconciliation import matching
from rebalancing.reconciliation.matching import Booked, Sent
from tests.spec import drawn

DAY, NEXT = date(2026, 11, 23), date(2026, 11, 24)
CASES = """
    case                              | sent                       | booked                          | matched            | strangers
    one and one                       | o1 A VTI sell 10           | m1 A VTI sell 10                | o1 m1              |
    in parts                          | o1 A VTI sell 10           | m1 A VTI sell 4, m2 A VTI sell 6 | o1 m1 m2          |
    of another account                | o1 A VTI sell 10           | m1 B VTI sell 10                |                    | m1
    the other side                    | o1 A VTI sell 10           | m1 A VTI buy 10                 |                    | m1
    another security                  | o1 A VTI sell 10           | m1 A BND sell 10                |                    | m1
    two orders, by their quantities   | o1 A VTI buy 10, o2 A VTI buy 3 | m1 A VTI buy 3, m2 A VTI buy 10 | o1 m2, o2 m1  |
    two orders, parts in turn         | o1 A VTI buy 10, o2 A VTI buy 3 | m1 A VTI buy 6, m2 A VTI buy 4, m3 A VTI buy 3 | o1 m1 m2, o2 m3 |
    more than ordered stays with it   | o1 A VTI buy 10            | m1 A VTI buy 10, m2 A VTI buy 1 | o1 m1 m2           |
"""  # fmt: skip


def rows(text: str) -> list[list[str]]:
    return [one.split() for one in text.split(",") if one.strip()]


@pytest.mark.parametrize("case", drawn.rows(CASES), ids=lambda case: case["case"])
def test_movements_find_their_orders(case: dict[str, str]) -> None:
    sent = [
        Sent(reference, account, symbol, side, D(quantity), frozenset({DAY, NEXT}))
        for reference, account, symbol, side, quantity in rows(case["sent"])
    ]
    booked = [
        Booked(key, account, symbol, side, D(shares), DAY)
        for key, account, symbol, side, shares in rows(case["booked"])
    ]
    for some in itertools.permutations(booked):
        found = matching.match(sent, some)
        told = {key: [one.key for one in movements] for key, movements in found.by_order.items()}
        assert told == {reference: keys for reference, *keys in rows(case["matched"])}
        assert [one.key for one in found.strangers] == case["strangers"].split()


def test_a_movement_of_another_day_is_none_of_ours() -> None:
    sent = [Sent("o1", "A", "VTI", "sell", D(10), frozenset({DAY}))]
    found = matching.match(sent, [Booked("m1", "A", "VTI", "sell", D(10), NEXT)])
    assert [one.key for one in found.strangers] == ["m1"]


def test_what_is_matched_stays_matched_when_more_comes() -> None:
    sent = [Sent(name, "A", "VTI", "buy", D(10), frozenset({DAY})) for name in ("o1", "o2")]
    first = Booked("m2", "A", "VTI", "buy", D(10), DAY)
    found = matching.match(sent, [Booked("m1", "A", "VTI", "buy", D(10), DAY), first], known={"m2": "o1"})
    assert {key: [one.key for one in many] for key, many in found.by_order.items()} == {
        "o1": ["m2"],
        "o2": ["m1"],
    }


ENDED = """
    case                                    | filled of the first | booked                               | matched
    its rest was ordered anew               | 47                  | m1 DAY 47, m2 NEXT 60                | o1 m1, o2 m2
    its rest was ordered anew, out of order | 47                  | m2 NEXT 60, m1 DAY 47                | o1 m1, o2 m2
    it may still bring all of it            | .                   | m1 DAY 47, m2 DAY 60, m3 NEXT 60     | o1 m1 m2, o2 m3
    nothing of it was filled                | 0                   | m2 NEXT 60                           | o2 m2
    the custodian booked what was not filled | 0                  | m1 DAY 107                           | o1 m1
    more than was filled                    | 47                  | m1 DAY 107, m2 NEXT 60               | o1 m1, o2 m2
    in parts                                | 47                  | m1 DAY 40, m2 DAY 7, m3 NEXT 59, m4 NEXT 1 | o1 m1 m2, o2 m3 m4
"""  # fmt: skip


@pytest.mark.parametrize("case", drawn.rows(ENDED), ids=lambda case: case["case"])
def test_what_is_bought_the_next_day_is_none_of_an_order_that_has_ended(case: dict[str, str]) -> None:
    """The first order of 107 can trade today and tomorrow; tomorrow's of 60 is its rest."""
    filled = None if case["filled of the first"] == "." else D(case["filled of the first"])
    sent = [
        Sent("o1", "A", "ZUS", "buy", D(107), frozenset({DAY, NEXT}), filled),
        Sent("o2", "A", "ZUS", "buy", D(60), frozenset({NEXT})),
    ]
    booked = [
        Booked(key, "A", "ZUS", "buy", D(shares), {"DAY": DAY, "NEXT": NEXT}[day])
        for key, day, shares in rows(case["booked"])
    ]
    found = matching.match(sent, booked)
    told = {key: [one.key for one in movements] for key, movements in found.by_order.items()}
    assert told == {reference: keys for reference, *keys in rows(case["matched"])}
