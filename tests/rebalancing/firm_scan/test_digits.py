"""Floats as stored digits: what they call sure is what decimals round to, and cents of lots are exact."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN
from decimal import Decimal as D

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.money import cents
from rebalancing.firm_scan import digits

MILLION = D(1_000_000)


@given(st.integers(1, 10**12), st.integers(1, 10**9))
def test_a_lot_is_worth_its_cents(micro: int, price_micro: int) -> None:
    found = digits.cents(np.array([float(micro)]), np.array([price_micro]))

    assert int(found[0]) == cents(micro / MILLION * (price_micro / MILLION)) * 100


@given(st.integers(1, 2_000_000).map(lambda halves: halves * 500_000))
def test_a_lot_on_a_half_of_a_cent_is_worth_the_cent_above(micro: int) -> None:
    # At a cent a share every other half share ends on a half.
    found = digits.cents(np.array([float(micro)]), np.array([10_000]))

    assert int(found[0]) == cents(micro / MILLION * D("0.01")) * 100


@given(st.decimals(-1_000, 1_000, places=4), st.floats(0, 1e-6))
def test_what_is_sure_is_rounded_as_a_decimal_is(exact: D, error: float) -> None:
    whole, sure = digits.rounded(np.array([float(exact)]), np.array([error]))

    if sure[0]:
        assert int(whole[0]) == int(exact.quantize(D(1), rounding=ROUND_HALF_EVEN))
    else:
        assert abs(abs(exact) % 1 - D("0.5")) <= D("0.00001")
