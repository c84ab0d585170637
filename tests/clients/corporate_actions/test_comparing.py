"""Whether a file shows an action: decided by its shares, with the trades in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.corporate_actions import comparing
from clients.corporate_actions.comparing import Book, Shown, Traded
from clients.registers.corporate_action_terms import Kind, Terms
from tests.examples import many
from tests.spec.drawn import rows

ON = date(2026, 12, 1)
SPLIT = Terms(Kind.SPLIT, ON, D(4), D(1))
BEFORE, AFTER = date(2026, 11, 30), date(2026, 12, 2)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind              | ratio | held | early | late | file old | file new | shown
        split             | 4:1   | 100  |       |      | 400      | 0        | after
        split             | 4:1   | 100  |       |      | 100      | 0        | before
        split             | 4:1   | 100  |       |      | 300      | 0        | neither
        split             | 4:1   | 100  | 10    |      | 440      | 0        | after
        split             | 4:1   | 100  |       | -40  | 360      | 0        | after
        split             | 4:1   | 100  |       | -40  | 60       | 0        | before
        reverse_split     | 1:10  | 100  |       |      | 10       | 0        | after
        cash_merger       |       | 100  |       |      | 0        | 0        | after
        cash_merger       |       | 100  |       |      | 100      | 0        | before
        stock_merger      | 1:2   | 100  |       |      | 0        | 50       | after
        stock_merger      | 1:2   | 100  |       |      | 0        | 0        | neither
        split             | 3:2   | 25   |       |      | 37       | 0        | after
        split             | 3:2   | 25   |       |      | 37.5     | 0        | after
        split             | 3:2   | 25   |       |      | 36       | 0        | neither
        reverse_split     | 1:10  | 105  |       |      | 11       | 0        | after
        spin_off          | 1:8   | 100  |       |      | 100      | 12       | after
        spin_off          | 1:10  | 100  |       |      | 100      | 10       | after
        spin_off          | 1:10  | 100  |       |      | 100      | 0        | before
        """
    ),
)
def test_a_file_shows_it_or_not(row: dict[str, str]) -> None:
    new, _, old = row["ratio"].partition(":")
    terms = Terms(Kind(row["kind"]), ON, D(new) if new else None, D(old) if old else None, cash=D(1))
    traded = [Traded(day, D(row[name])) for day, name in ((BEFORE, "early"), (AFTER, "late")) if row[name]]

    without, after = comparing.expected(terms, Book(D(row["held"])), traded)

    assert comparing.shown(without, after, Book(D(row["file old"]), D(row["file new"]))) == row["shown"]


def test_capital_that_is_returned_is_told_by_the_basis() -> None:
    terms = Terms(Kind.RETURN_OF_CAPITAL, ON, cash=D(2))
    without, after = comparing.expected(terms, Book(D(100), basis=D(1000)), ())
    after = replace(after, basis=D(800))

    def found(basis: str | None) -> Shown:
        return comparing.shown(without, after, Book(D(100), basis=D(basis) if basis else None), by_basis=True)

    assert [found(one) for one in ("800.03", "1000", "900", None)] == [
        Shown.AFTER, Shown.BEFORE, Shown.NEITHER, Shown.NEITHER,
    ]  # fmt: skip


@many
@given(
    held=st.decimals(1, 10_000, places=3),
    early=st.decimals(0, 500, places=3),
    late=st.decimals(0, 500, places=3),
    new=st.integers(2, 10),
)
def test_with_trades_in_between_both_answers_are_found_again(held: D, early: D, late: D, new: int) -> None:
    terms = replace(SPLIT, shares_new=D(new))
    without, after = comparing.expected(terms, Book(held), [Traded(BEFORE, early), Traded(AFTER, late)])

    assert after.old == (held + early) * new + late
    assert comparing.shown(without, after, after) is Shown.AFTER
    assert comparing.shown(without, after, without) is Shown.BEFORE
