"""Lot methods on drawn lots: nothing is lost, row order does not matter, extremes are extremes."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax import lot_selection
from rebalancing.engine.tax.lot_selection import Lot, Method
from tests.examples import many

MONDAY = date(2026, 11, 23)
methods = st.sampled_from([method for method in Method if method is not Method.SPECIFIC])
prices = st.decimals(1, 200, places=2)


@st.composite
def holdings(draw: st.DrawFn) -> list[Lot]:
    return [
        Lot(
            id=f"L{number}",
            shares=draw(st.decimals("0.001", 100, places=3)),
            basis=draw(st.decimals(0, 10_000, places=2)),
            acquired_on=draw(st.dates(date(2020, 1, 1), MONDAY)),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


def part_of(held: list[Lot], percent: int) -> Decimal:
    return sum((lot.shares for lot in held), Decimal(0)) * percent / 100


@many
@given(held=holdings(), method=methods, price=prices, percent=st.integers(1, 100))
def test_a_sale_takes_what_was_asked_and_no_lot_gives_more_than_it_holds(
    held: list[Lot], method: Method, price: Decimal, percent: int
) -> None:
    shares = part_of(held, percent)
    uses = lot_selection.select(method, held, shares, price, MONDAY)
    holds = {lot.id: lot.shares for lot in held}

    assert sum(use.shares for use in uses) == shares
    assert all(0 < use.shares <= holds[use.lot] for use in uses)
    # A lot is used up before the next one is touched.
    assert all(use.shares == holds[use.lot] for use in uses[:-1])


@many
@given(held=holdings(), method=methods, price=prices, data=st.data())
def test_the_order_of_the_rows_does_not_matter(
    held: list[Lot], method: Method, price: Decimal, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(held))

    assert lot_selection.in_order(method, held, price, MONDAY) == lot_selection.in_order(
        method, shuffled, price, MONDAY
    )


@many
@given(held=holdings(), method=methods, price=prices)
def test_selling_everything_uses_up_all_basis_whatever_the_method(
    held: list[Lot], method: Method, price: Decimal
) -> None:
    uses = lot_selection.select(method, held, part_of(held, 100), price, MONDAY)

    assert sum(use.basis for use in uses if use.basis is not None) == sum(
        lot.basis for lot in held if lot.basis
    )


@many
@given(held=holdings(), price=prices, percent=st.integers(1, 100))
def test_highest_cost_realizes_least_and_lowest_cost_most_of_all_orders(
    held: list[Lot], price: Decimal, percent: int
) -> None:
    shares = part_of(held, percent)
    gains = [gain(order, shares, price) for order in itertools.permutations(held)]
    almost = Decimal("1e-15")

    assert abs(total(lot_selection.select(Method.HIFO, held, shares, price, MONDAY)) - min(gains)) < almost
    assert abs(total(lot_selection.select(Method.LOFO, held, shares, price, MONDAY)) - max(gains)) < almost


def gain(order: tuple[Lot, ...], shares: Decimal, price: Decimal) -> Decimal:
    """The gain of selling `shares` from the lots in this order, worked out without the engine."""
    found, left = Decimal(0), shares
    for lot in order:
        taken = min(left, lot.shares)
        found += taken * price - (lot.basis or Decimal(0)) * taken / lot.shares
        left -= taken
    return found


def total(uses: tuple[lot_selection.LotUse, ...]) -> Decimal:
    return sum((use.gain for use in uses if use.gain is not None), Decimal(0))
