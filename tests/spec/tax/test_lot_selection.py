"""Which lots a sale uses, drawn as tables. Cost is for one share; `?` is unknown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import lot_selection
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.lot_selection import Lot, Method, NotEnoughShares, UnknownBasis
from tests.spec.drawn import refused, rows

MONDAY = date(2026, 11, 23)

FOUR_LOTS = """
    lot | bought_on  | shares | cost
    A   | 2021-03-10 |    100 |   40
    B   | 2024-05-02 |    100 |   90
    C   | 2026-02-17 |    100 |  110
    D   | 2026-06-01 |    100 |   80
"""


def drawn(table: str) -> list[Lot]:
    return [
        Lot(
            id=row["lot"],
            shares=D(row["shares"]),
            basis=None if row["cost"] == "?" else D(row["cost"]) * D(row["shares"]),
            acquired_on=date.fromisoformat(row["bought_on"]),
            held_since=date.fromisoformat(row["held_since"]) if row.get("held_since") else None,
        )
        for row in rows(table)
    ]


def order(
    method: Method, table: str, price: str = "100", unknown: UnknownBasis = UnknownBasis.BY_METHOD
) -> str:
    return " ".join(lot.id for lot in lot_selection.in_order(method, drawn(table), D(price), MONDAY, unknown))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        method                | order
        FIFO                  | A B C D
        LIFO                  | D C B A
        HIFO                  | C B D A
        LOFO                  | A D B C
        HIFO_LONG_TERM_FIRST  | B A C D
        HIFO_SHORT_TERM_FIRST | C D B A
        MIN_TAX               | C B A D
        LOSS_HARVESTER        | C B A D
        AVERAGE               | A B C D
        """
    ),
    ids=lambda row: row["method"],
)
def test_each_method_has_its_order(row: dict[str, str]) -> None:
    assert order(Method(row["method"]), FOUR_LOTS) == row["order"]


def test_least_tax_by_class_uses_up_each_class_before_the_next() -> None:
    table = """
        lot | bought_on  | shares | cost
        a   | 2026-05-01 |     10 |  130
        b   | 2026-05-01 |     10 |  110
        c   | 2020-05-01 |     10 |  140
        d   | 2020-05-01 |     10 |  105
        e   | 2026-05-01 |     10 |  100
        f   | 2020-05-01 |     10 |  100
        g   | 2020-05-01 |     10 |   95
        h   | 2020-05-01 |     10 |   20
        i   | 2026-05-01 |     10 |   99
        j   | 2026-05-01 |     10 |   60
    """
    assert order(Method.MIN_TAX, table) == "a b c d e f g h i j"
    assert order(Method.LOSS_HARVESTER, table) == "a b c d f g h e i j"


def test_equals_go_oldest_first_and_then_by_id() -> None:
    table = """
        lot | bought_on  | shares | cost
        c   | 2026-02-03 |     10 |   50
        b   | 2026-02-02 |     10 |   50
        a   | 2026-02-03 |     10 |   50
    """
    for method in (Method.HIFO, Method.LOFO, Method.MIN_TAX, Method.FIFO):
        assert order(method, table) == "b a c"
    assert order(Method.LIFO, table) == "a c b"


def test_first_in_goes_by_the_holding_period_date() -> None:
    table = """
        lot | bought_on  | shares | cost | held_since
        a   | 2026-02-03 |     10 |   50 | 2019-01-02
        b   | 2024-02-02 |     10 |   50 |
    """
    assert order(Method.FIFO, table) == "a b"
    assert order(Method.LIFO, table) == "b a"


@pytest.mark.parametrize(
    "row",
    rows(
        """
        method | unknown   | order
        FIFO   | by_method | q a b
        FIFO   | last      | a b q
        FIFO   | as_zero   | a q b
        LIFO   | by_method | b a q
        HIFO   | by_method | a b q
        LOFO   | by_method | b a q
        LOFO   | as_zero   | q b a
        MIN_TAX | by_method | a b q
        MIN_TAX | as_zero  | a q b
        """
    ),
    ids=lambda row: f"{row['method']} {row['unknown']}",
)
def test_lots_of_unknown_basis_have_their_place(row: dict[str, str]) -> None:
    table = """
        lot | bought_on  | shares | cost
        a   | 2022-01-04 |     10 |  120
        q   | 2023-01-04 |     10 |    ?
        b   | 2026-01-05 |     10 |   90
    """
    assert order(Method(row["method"]), table, unknown=UnknownBasis(row["unknown"])) == row["order"]


def test_a_sale_says_lots_terms_and_gains() -> None:
    uses = lot_selection.select(Method.FIFO, drawn(FOUR_LOTS), D(250), D(100), MONDAY)

    assert [(use.lot, use.shares, use.term, use.gain) for use in uses] == [
        ("A", 100, Term.LONG, 6000),
        ("B", 100, Term.LONG, 1000),
        ("C", 50, Term.SHORT, -500),
    ]
    assert lot_selection.realized(uses, Term.LONG) == 7000
    assert lot_selection.realized(uses, Term.SHORT) == -500


def test_a_sale_places_lots_of_unknown_basis_as_the_custodian_does() -> None:
    held = drawn("lot | bought_on | shares | cost\n q | 2022-01-04 | 10 | ?\n a | 2023-01-04 | 10 | 90")

    assert [use.lot for use in lot_selection.select(Method.FIFO, held, D(15), D(100), MONDAY)] == ["q", "a"]
    last = lot_selection.select(Method.FIFO, held, D(15), D(100), MONDAY, unknown=UnknownBasis.LAST)
    assert [use.lot for use in last] == ["a", "q"]


def test_a_gain_on_unknown_basis_is_unknown_and_not_zero() -> None:
    held = drawn("lot | bought_on | shares | cost\n q | 2022-01-04 | 10 | ?")
    uses = lot_selection.select(Method.FIFO, held, D(5), D(100), MONDAY)

    assert uses[0].gain is None
    assert lot_selection.realized(uses, Term.LONG) is None
    assert lot_selection.realized(uses, Term.SHORT) == 0
    assert held[0].cost_per_share is None


def test_average_basis_is_one_price_for_all_and_dates_go_first_in_first_out() -> None:
    held = drawn("""
        lot | bought_on  | shares | cost
        new | 2026-06-01 |    100 |   20
        old | 2024-01-02 |    100 |   10
    """)
    uses = lot_selection.select(Method.AVERAGE, held, D(150), D(25), MONDAY)

    assert [(use.lot, use.shares, use.term, use.gain) for use in uses] == [
        ("old", 100, Term.LONG, 1000),
        ("new", 50, Term.SHORT, 500),
    ]


def test_an_average_that_does_not_divide_evenly_still_adds_up() -> None:
    held = [Lot(str(n), D(1), D(1), date(2020, 1, n)) for n in range(1, 7)] + [
        Lot("7", D(1), D(4), date(2020, 2, 1))
    ]
    uses = lot_selection.select(Method.AVERAGE, held, D(7), D(2), MONDAY)

    assert sum(use.basis for use in uses if use.basis is not None) == 10
    assert [use.lot for use in uses] == ["1", "2", "3", "4", "5", "6", "7"]


def test_one_unknown_basis_makes_the_average_unknown() -> None:
    held = drawn("""
        lot | bought_on  | shares | cost
        a   | 2024-01-02 |    100 |   10
        q   | 2024-02-02 |    100 |    ?
    """)
    assert [use.basis for use in lot_selection.select(Method.AVERAGE, held, D(150), D(25), MONDAY)] == [
        None,
        None,
    ]
    with refused("An average needs at least one lot."):
        lot_selection.average_pool([])


def test_specific_lots_are_used_as_named() -> None:
    uses = lot_selection.select(
        Method.SPECIFIC, drawn(FOUR_LOTS), D(60), D(100), MONDAY, specific=[("D", D(20)), ("A", D(40))]
    )
    assert [(use.lot, use.shares, use.gain) for use in uses] == [("D", 20, 400), ("A", 40, 2400)]


@pytest.mark.parametrize(
    ("shares", "specific", "sentence"),
    [
        (60, [("D", 20)], "The specific lots must add up to the 60 shares sold."),
        (60, [], "The specific lots must add up to the 60 shares sold."),
        (
            60,
            [("D", 20), ("D", 40)],
            "A lot is named twice in the list of specific lots: add its shares up.",
        ),
        (60, [("X", 60)], "There is no lot 'X' to sell from."),
        (60, [("D", 80), ("A", -20)], "Name a positive number of shares of lot 'A', not -20."),
        (150, [("D", 150)], "Lot 'D' holds 100 shares, not 150."),
        (0, [], "A sale needs a positive number of shares, not 0."),
    ],
)
def test_a_specific_list_that_does_not_fit_is_refused(
    shares: int, specific: list[tuple[str, int]], sentence: str
) -> None:
    named = [(lot, D(count)) for lot, count in specific]
    with refused(sentence):
        lot_selection.select(Method.SPECIFIC, drawn(FOUR_LOTS), D(shares), D(100), MONDAY, specific=named)


def test_nobody_sells_more_than_the_lots_hold() -> None:
    with pytest.raises(NotEnoughShares, match="the lots hold 400"):
        lot_selection.select(Method.HIFO, drawn(FOUR_LOTS), D("400.001"), D(100), MONDAY)
    assert len(lot_selection.select(Method.HIFO, drawn(FOUR_LOTS), D(400), D(100), MONDAY)) == 4


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("Fifo", Method.FIFO),
        ("HICO", Method.HIFO),
        ("High cost, long-term", Method.HIFO_LONG_TERM_FIRST),
        ("HIFO_SHORT_TERM_FIRST", Method.HIFO_SHORT_TERM_FIRST),
        ("Tax Lot Optimizer", Method.MIN_TAX),
        ("MinTax", Method.MIN_TAX),
        ("Average Cost", Method.AVERAGE),
    ],
)
def test_custodians_names_are_understood(name: str, method: Method) -> None:
    assert lot_selection.method_named(name) is method


@pytest.mark.parametrize("name", ["Intraday FIFO", "Tax sensitive (short-term)", ""])
def test_a_method_whose_order_is_not_published_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="send explicit lots"):
        lot_selection.method_named(name)


def test_specific_lots_have_no_order_of_their_own() -> None:
    with refused("Specific lots have no order of their own: name the lots and their shares."):
        order(Method.SPECIFIC, FOUR_LOTS)


def test_every_method_but_specific_has_a_name_custodians_use() -> None:
    assert set(lot_selection.NAMES.values()) == set(Method)


def test_cost_is_compared_share_by_share_and_not_lot_by_lot() -> None:
    table = """
        lot | bought_on  | shares | cost
        few | 2026-05-01 |      2 |  130
        lot | 2026-05-02 |    500 |  110
        old | 2020-05-02 |     40 |   90
    """
    assert order(Method.HIFO, table) == "few lot old"
    assert order(Method.LOFO, table) == "old lot few"
    assert order(Method.MIN_TAX, table) == "few lot old"
    assert order(Method.MIN_TAX, table, price="80") == "few lot old"
    assert [lot.cost_per_share for lot in drawn(table)] == [130, 110, 90]


def test_gains_of_one_class_go_smallest_first_share_by_share() -> None:
    table = """
        lot  | bought_on  | shares | cost
        tiny | 2020-05-02 |      1 |   20
        wide | 2020-05-03 |    900 |   70
    """
    assert order(Method.MIN_TAX, table) == "wide tiny"


def test_part_of_a_share_and_a_whole_lot_can_be_sold() -> None:
    held = drawn(FOUR_LOTS)

    assert [use.shares for use in lot_selection.select(Method.FIFO, held, D("0.5"), D(100), MONDAY)] == [
        D("0.5")
    ]
    whole = lot_selection.select(
        Method.SPECIFIC, held, D(101), D(100), MONDAY, specific=[("D", D(100)), ("A", D(1))]
    )
    assert [(use.lot, use.shares) for use in whole] == [("D", 100), ("A", 1)]
    with pytest.raises(ValueError, match="positive number of shares of lot"):
        lot_selection.select(Method.SPECIFIC, held, D(1), D(100), MONDAY, specific=[("D", D(0)), ("A", D(1))])


def test_a_pool_is_as_old_as_its_oldest_lot() -> None:
    pool = lot_selection.average_pool(
        drawn("""
        lot | bought_on  | shares | cost | held_since
        a   | 2024-01-02 |    100 |   10 |
        b   | 2025-02-02 |    100 |   20 | 2019-03-04
    """)
    )
    assert pool == Lot("average", D(200), D(3000), date(2024, 1, 2), date(2019, 3, 4))
    assert pool.cost_per_share == 15
