"""What waiting is worth, and what removing drift is."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import deferral
from tests.spec.drawn import refused


def test_paying_now_costs_less_than_the_tax_because_it_would_come_later_anyway() -> None:
    cost = deferral.timing_cost(D("18.8"), tax_later=D("18.8"), years=D(10), after_tax_rate=D("0.05"))

    assert round(cost, 2) == D("7.26")


def test_a_holding_kept_until_death_would_never_have_been_taxed() -> None:
    cost = deferral.timing_cost(
        D("18.8"), tax_later=D("18.8"), years=D(10), after_tax_rate=D("0.05"), is_forgiven=True
    )
    assert cost == D("18.8")


@pytest.mark.parametrize(("years", "rate"), [("-1", "0.05"), ("1", "-1")])
def test_a_deferral_lies_ahead(years: str, rate: str) -> None:
    with refused("A deferral needs zero or more years and a discount rate above -100%."):
        deferral.timing_cost(D(1), tax_later=D(1), years=D(years), after_tax_rate=D(rate))


@pytest.mark.parametrize(("drift", "basis_points"), [("0.05", "1.3"), ("0.20", "21.3")])
def test_removing_drift_is_worth_little_by_itself(drift: str, basis_points: str) -> None:
    assert round(deferral.drift_benefit(D(drift), D("0.163")) * 10_000, 1) == D(basis_points)


def test_the_worth_of_removing_drift_grows_with_time_and_caution() -> None:
    once = deferral.drift_benefit(D("0.20"), D("0.15"), risk_aversion=D(2))

    assert once == D("0.0009")
    assert deferral.drift_benefit(D("0.20"), D("0.15"), risk_aversion=D(2), years=D(3)) == 3 * once


def test_a_sale_put_off_by_no_time_costs_nothing() -> None:
    assert deferral.timing_cost(D(10), tax_later=D(10), years=D(0), after_tax_rate=D("0.05")) == 0
    assert deferral.timing_cost(D(10), tax_later=D(5), years=D(1), after_tax_rate=D("-0.5")) == 0
