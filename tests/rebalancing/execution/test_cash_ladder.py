"""The cash of an account day by day: what is paid for, and what becomes smaller where it is not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.execution import cash_ladder
from rebalancing.execution.cash_ladder import Cash, Move, Wish

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
ZERO, ONE = Decimal(0), Decimal(1)


def wish(
    key: str, quantity: str, price: str, *, on: date = TUESDAY, increment: str = "1", least: str = "0"
) -> Wish:
    return Wish(key, Decimal(quantity), Decimal(price), on, Decimal(increment), Decimal(least))


def cash(settled: str, *moves: tuple[date, str]) -> Cash:
    return Cash(Decimal(settled), tuple(Move(on, Decimal(amount)) for on, amount in moves))


def test_money_that_is_due_out_later_is_kept_for_it() -> None:
    known = cash("1000", (TUESDAY, "500"), (WEDNESDAY, "-1200"))
    assert known.room(MONDAY) == Decimal(300)
    assert known.room(TUESDAY) == Decimal(300)
    assert known.room(WEDNESDAY) == Decimal(300)


def test_what_comes_later_pays_for_nothing_earlier() -> None:
    assert cash("100", (WEDNESDAY, "900")).room(TUESDAY) == Decimal(100)


def test_an_account_that_is_overdrawn_already_buys_nothing() -> None:
    assert cash("-50", (MONDAY, "20")).room(TUESDAY) == ZERO


def test_a_restricted_account_pays_with_settled_money_only() -> None:
    known = cash("100", (TUESDAY, "900"), (WEDNESDAY, "-40"))
    assert known.settled_by(MONDAY).room(TUESDAY) == Decimal(60)


@pytest.mark.parametrize(
    ("settled", "wishes", "bought"),
    [
        ("10000", [wish("A", "100", "50"), wish("B", "50", "100")], {"A": "100", "B": "50"}),
        ("9000", [wish("A", "100", "50"), wish("B", "50", "100")], {"A": "90", "B": "45"}),
        # 4,999 pays for 49.99 shares of each: the dollars left buy one more of the first.
        ("9998", [wish("A", "100", "50"), wish("B", "50", "100")], {"A": "99", "B": "50"}),
        ("2500", [wish("A", "100", "50"), wish("B", "4", "100", least="250")], {"A": "50", "B": "0"}),
        ("0", [wish("A", "100", "50")], {"A": "0"}),
        ("333.33", [wish("A", "10.5", "100", increment="0.001")], {"A": "3.333"}),
    ],
)
def test_purchases_become_smaller_in_one_proportion(
    settled: str, wishes: list[Wish], bought: dict[str, str]
) -> None:
    found = cash_ladder.scaled(cash(settled), wishes)
    assert found == {key: Decimal(quantity) for key, quantity in bought.items()}


def test_each_purchase_is_paid_for_in_its_turn() -> None:
    wishes = [wish("A", "100", "50"), wish("B", "80", "100"), wish("C", "10", "100")]
    assert [one.key for one in cash_ladder.paid_for(cash("6500"), wishes)] == ["A", "C"]


MONEY = st.decimals(min_value=-5_000, max_value=50_000, places=2)
WISHES = st.lists(
    st.builds(
        lambda quantity, price, on, fine, least: (quantity, price, on, fine, least),
        st.decimals(min_value=1, max_value=500, places=3),
        st.decimals(min_value="0.5", max_value=400, places=2),
        st.sampled_from((MONDAY, TUESDAY, WEDNESDAY)),
        st.booleans(),
        st.sampled_from((ZERO, Decimal(250))),
    ),
    max_size=5,
)


@given(
    settled=MONEY,
    moves=st.lists(st.tuples(st.sampled_from((MONDAY, TUESDAY, WEDNESDAY)), MONEY), max_size=4),
    drawn=WISHES,
)
def test_nothing_is_overdrawn_on_any_day_and_no_part_more_would_be_paid_for(
    settled: Decimal,
    moves: list[tuple[date, Decimal]],
    drawn: list[tuple[Decimal, Decimal, date, bool, Decimal]],
) -> None:
    known = Cash(settled, tuple(Move(on, amount) for on, amount in moves))
    wishes = [
        Wish(
            str(place),
            quantity if fine else max(ONE, quantity.quantize(ONE)),
            price,
            on,
            Decimal("0.001") if fine else ONE,
            least,
        )
        for place, (quantity, price, on, fine, least) in enumerate(drawn)
    ]
    found = cash_ladder.scaled(known, wishes)

    assert set(found) == {one.key for one in wishes}
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        spent = sum((one.cost(found[one.key]) for one in wishes if one.settles_on <= day), ZERO)
        on_the_day = known.settled + sum((one.amount for one in known.moves if one.on <= day), ZERO)
        # What was short before is short without the purchases too: they never add to it.
        assert spent <= max(on_the_day, ZERO) or not any(
            found[one.key] for one in wishes if one.settles_on <= day
        )
    for one in wishes:
        assert ZERO <= found[one.key] <= one.quantity
        assert found[one.key] == one.quantity or not found[one.key] % one.increment
        assert found[one.key] in (ZERO, one.quantity) or one.cost(found[one.key]) >= one.least
    assert cash_ladder.scaled(known, wishes) == found
    if cash_ladder.fits(known, wishes, {one.key: one.quantity for one in wishes}):
        assert found == {one.key: one.quantity for one in wishes}
