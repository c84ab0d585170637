"""Corporate actions conserve basis: what leaves a lot is in another lot, in cash or in a recognized gain."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.tax import basis
from rebalancing.engine.tax.lot_selection import Lot
from tests.examples import many

amounts = st.decimals(0, 50_000, places=2)
fractions = st.decimals(0, 1, places=6)


@st.composite
def any_lot(draw: st.DrawFn) -> Lot:
    shares = draw(st.decimals("0.001", 5000, places=3))
    return Lot("a", shares, draw(amounts), draw(st.dates(date(2010, 1, 1), date(2026, 1, 1))))


def known(lot: Lot) -> Decimal:
    assert lot.basis is not None
    return lot.basis


@many
@given(lot=any_lot(), ratio=st.decimals("0.01", 50, places=2))
def test_a_split_and_its_reverse_leave_basis_and_dates(lot: Lot, ratio: Decimal) -> None:
    after = basis.split(lot, ratio)

    assert (after.basis, after.since, after.shares) == (lot.basis, lot.since, lot.shares * ratio)


@many
@given(lot=any_lot(), part=fractions)
def test_a_spin_off_shares_basis_out_to_the_last_digit(lot: Lot, part: Decimal) -> None:
    old, new = basis.spin_off(lot, new_id="b", new_shares=Decimal(10), share_of_value=part)

    assert known(old) + known(new) == known(lot)


@many
@given(lot=any_lot(), amount=amounts)
def test_returned_capital_is_basis_or_gain(lot: Lot, amount: Decimal) -> None:
    after, gain = basis.return_of_capital(lot, amount)

    assert known(lot) - known(after) + gain == amount
    assert min(known(after), gain) == 0 or gain == 0


@many
@given(lot=any_lot(), value=amounts, boot=amounts)
def test_a_merger_defers_what_it_does_not_tax(lot: Lot, value: Decimal, boot: Decimal) -> None:
    after, gain = basis.merger(lot, new_id="n", new_shares=Decimal(1), value=value, boot=boot)

    # Selling the new shares at once recognizes the rest of the economic gain.
    assert gain + (value - known(after)) == value + boot - known(lot)
    assert 0 <= gain <= boot
    assert known(after) >= 0


@many
@given(lot=any_lot(), part=st.decimals("0.01", 1, places=2), cash=amounts)
def test_cash_in_lieu_and_a_later_sale_add_up(lot: Lot, part: Decimal, cash: Decimal) -> None:
    kept, gain, _ = basis.cash_in_lieu(lot, fraction=lot.shares * part, cash=cash, on=date(2026, 6, 1))

    assert abs(cash - gain + known(kept) - known(lot)) < Decimal("1e-20")


@many
@given(donor=amounts, value=amounts, proceeds=amounts)
def test_a_gift_never_gives_a_loss_of_the_donor_to_someone_else(
    donor: Decimal, value: Decimal, proceeds: Decimal
) -> None:
    found = basis.gift(donor_basis=donor, value_at_gift=value, proceeds=proceeds)

    assert found.gain >= min(Decimal(0), proceeds - value)
    assert found.gain <= max(Decimal(0), proceeds - donor)
    assert found.basis is None or found.gain == proceeds - found.basis
