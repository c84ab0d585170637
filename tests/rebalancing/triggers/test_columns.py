"""A rule over columns: exact for one household, fast for the firm, and never two answers."""

from __future__ import annotations

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Truth

MONEY = st.none() | st.decimals(-(10**12), 10**12, places=6)
A_LITTLE = st.sampled_from([D(0), D("0.000001"), D("-0.000001"), D("0.0000000000001")])


def worth_taking(facts: Columns) -> Truth:
    """A rule of all the kinds there are: agreed, enough of it, and not too soon."""
    return columns.is_set(facts["agreed"]) & (
        columns.at_least(facts["loss"] - facts["cost"], facts["least"])
        | ~columns.more_than(facts["days"], facts["longest"])
    )


@given(
    st.lists(
        st.tuples(st.booleans(), MONEY, st.decimals(0, 100, places=2), A_LITTLE, st.integers(0, 99)),
        min_size=1,
        max_size=6,
    )
)
def test_the_firm_and_one_household_get_the_same_answer(
    drawn: list[tuple[bool, D | None, D, D, int]],
) -> None:
    exact = columns.rows(
        *(
            {
                "agreed": agreed,
                "loss": loss,
                "cost": cost,
                # At the edge, and a hair's breadth beside it.
                "least": D(3_000) if loss is None else loss - cost + off,
                "days": days,
                "longest": 60,
            }
            for agreed, loss, cost, off, days in drawn
        )
    )

    def of_row(row: int) -> Columns:
        return {name: column[row : row + 1] for name, column in exact.items()}

    found = columns.decide(worth_taking, columns.floats(exact), of_row)

    assert list(found) == [bool(worth_taking(of_row(row)).yes[0]) for row in range(len(drawn))]


def test_floats_are_unsure_at_an_edge_and_decimals_are_not() -> None:
    facts = columns.one(left=D("0.3"), right=D("0.1") + D("0.2"))
    floats = columns.floats(facts)

    assert columns.at_least(floats["left"], floats["right"]).unsure[0]
    assert columns.at_least(facts["left"], facts["right"]).yes[0]


def test_whole_numbers_are_settled_by_floats_too() -> None:
    facts = columns.floats(columns.one(days=35, most=35))

    assert columns.at_least(facts["days"], facts["most"]).yes[0]
    assert columns.more_than(facts["days"], facts["most"]).no[0]


def test_what_is_unknown_is_neither_true_nor_false() -> None:
    facts = columns.one(loss=None, least=D(10))
    reached = columns.at_least(facts["loss"] * 2, facts["least"])

    assert reached.unsure[0]
    assert (~reached).unsure[0]
    assert columns.is_known(facts["loss"]).no[0]
    assert not columns.holds(
        lambda given: columns.at_least(given["loss"], given["least"]), loss=None, least=D(10)
    )


def test_a_known_answer_settles_what_is_unknown_beside_it() -> None:
    facts = columns.one(agreed=False, loss=None)

    assert (columns.is_set(facts["agreed"]) & columns.at_least(facts["loss"], 0)).no[0]
    assert (~columns.is_set(facts["agreed"]) | columns.at_least(facts["loss"], 0)).yes[0]


def test_a_large_amount_that_rounds_to_a_whole_one_is_not_taken_for_it() -> None:
    facts = columns.one(left=D("49999999999.999997"), right=D("49999999999.999998"))
    floats = columns.floats(facts)

    assert columns.at_least(floats["left"], floats["right"]).unsure[0]
    assert columns.at_least(facts["left"], facts["right"]).no[0]
