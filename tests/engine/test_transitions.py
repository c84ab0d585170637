"""Legacy holdings wound down over years under a yearly gain budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rebalancing.engine import proposing, transitions
from rebalancing.engine.documents.household import Rules, WindDown
from rebalancing.engine.documents.plan import Reason, Side
from rebalancing.engine.transitions import YearBudget
from rebalancing.engine.verifier import verification
from tests.engine import worked_households as worked

D = Decimal


def an_inherited_concentration():
    """The first worked household, with a legacy stock of large gains instead of the fund in the joint account."""
    household = worked.shelter_first()
    legacy = worked.fund("OLDCO", "100.00", "STOCK", "Old Company")
    lots = tuple(
        replace(lot, security="OLDCO", id="joint-OLDCO-1") if lot.id == "joint-ALLW-1" else lot
        for lot in household.lots
    )
    return replace(household, securities=(*household.securities, legacy), lots=lots)


def years(*limits: int) -> list[YearBudget]:
    days = [date(2026, 11, 20), date(2027, 1, 4), date(2028, 1, 3)]
    return [YearBudget(day, D(limit)) for day, limit in zip(days, limits, strict=False)]


def test_what_no_sleeve_names_is_legacy():
    assert transitions.legacy_in(an_inherited_concentration()) == ("OLDCO",)


def test_each_year_sells_what_its_budget_allows():
    schedule = transitions.wind_down(an_inherited_concentration(), years(80_000, 80_000, 80_000))

    gains = [sum(row.short + row.long for row in year.plan.tax) for year in schedule.years]
    left = [year.legacy_after for year in schedule.years]
    # Half of each dollar is gain: $160,000 of stock a year for a budget of $80,000, and the rest in the third.
    assert all(D(79_900) < gain <= D(80_000) for gain in gains[:2])
    assert left == sorted(left, reverse=True)
    assert schedule.finished_on == schedule.years[-1].budget.trade_on
    assert schedule.tax > 0


def test_every_year_is_signed_and_keeps_its_budget():
    household = an_inherited_concentration()
    names = transitions.legacy_in(household)
    household = replace(household, rules=Rules(wind_down=tuple(WindDown(security=n) for n in names)))

    plan = proposing.propose(household)

    sale = next(o for o in plan.orders if o.security == "OLDCO")
    assert verification.verify(household, plan).faults == ()
    assert (sale.side, sale.reason) == (Side.SELL, Reason.WIND_DOWN)
    assert "OLDCO" not in {o.security for o in plan.orders if o.side is Side.BUY}


def test_without_a_budget_nothing_with_a_gain_is_sold():
    schedule = transitions.wind_down(an_inherited_concentration(), years(0, 0))

    assert [year.legacy_after for year in schedule.years] == [D(400_000), D(400_000)]
    assert schedule.finished_on is None


def test_days_out_of_order_are_refused():
    with pytest.raises(ValueError, match="must rise"):
        transitions.wind_down(an_inherited_concentration(), years(1, 1)[::-1])
