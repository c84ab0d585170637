"""Planes under the tax: nowhere above the law, so that a bound stays a bound, and at flat rates the tax itself."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.documents.tax_units import FlatRates, IncomeProfile, TaxUnit
from rebalancing.engine.evaluation import unit_taxes
from rebalancing.engine.model.tax_planes import Range, Region, planes
from rebalancing.engine.tax.tables import FilingStatus
from tests.examples import many

D = Decimal
A_CENT = 0.01

dollars = st.one_of(st.integers(-250_000, 250_000), st.integers(-100_000, 1_400_000))
incomes = st.builds(
    IncomeProfile,
    filing_status=st.sampled_from(FilingStatus),
    tax_year=st.sampled_from([2025, 2026]),
    wages=st.sampled_from([0, 10_000, 48_000, 96_000, 170_000, 330_000, 410_000, 720_000]).map(D),
    deduction=st.sampled_from([None, None, D(80_000)]),
    taxable_interest=st.integers(0, 9000).map(D),
    qualified_dividends=st.sampled_from([0, 900, 60_000]).map(D),
    seniors=st.integers(0, 2),
)
full_law = st.builds(TaxUnit, id=st.just("U"), income=incomes, state_rate=st.sampled_from([D(0), D("0.093")]))
flat = st.builds(
    TaxUnit,
    id=st.just("U"),
    flat=st.builds(
        FlatRates,
        short=st.just(D("0.37")),
        long=st.sampled_from([D("0.15"), D("0.238")]),
        loss_value=st.sampled_from([D(0), D("0.1")]),
    ),
)


@st.composite
def spans(draw):
    short, long = (sorted(draw(st.tuples(dollars, dollars))) for _ in range(2))
    return Range(*map(float, (*short, *long)))


def law(unit: TaxUnit, short: float, long: float) -> float:
    done = unit_taxes.compute(unit, D(repr(short)), D(repr(long)))
    return float(unit_taxes.valued(unit, done))


def regions_of(short: float, long: float) -> set[Region]:
    net = short + long
    return {
        Region.ANY,
        *([Region.R1] if long >= 0 and net >= 0 else []),
        *([Region.R2] if long <= 0 and net >= 0 else []),
        *([Region.R3] if net <= 0 else []),
    }


@pytest.mark.parametrize("kind", ["full law", "flat rates"])
@many
@given(data=st.data(), span=spans(), across=st.floats(0, 1), up=st.floats(0, 1))
def test_no_plane_lies_above_the_law(kind, data, span, across, up):
    unit = data.draw(full_law if kind == "full law" else flat)
    short = round(span.short_min + across * (span.short_max - span.short_min), 2)
    long = round(span.long_min + up * (span.long_max - span.long_min), 2)
    tax = law(unit, short, long)

    for region, cuts in planes(unit, span).items():
        if region in regions_of(short, long):
            height = np.max(cuts.short * short + cuts.long * long + cuts.level)
            assert height <= tax + A_CENT
            if kind == "flat rates" and region is not Region.ANY:
                assert height == pytest.approx(tax, abs=A_CENT)
