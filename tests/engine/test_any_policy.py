"""Whatever policy a firm may adopt and whatever a client holds: it is measured, planned, signed and explained.

The policies are drawn with classes at 0 and at 100 percent, bands without width, and a class nobody named; the
households hold any mixture of them, and cash that may be overdrawn.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from decimal import Decimal as D

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    ClassWeight,
    Destination,
    Household,
    Level,
    Lot,
    Member,
    Policy,
    Security,
    Sleeve,
    TaxTreatment,
)
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import State
from rebalancing.engine.documents.tax_units import FlatRates, TaxUnit
from rebalancing.engine.documents.validation import faults_in
from rebalancing.engine.evaluation.situations import lay_out
from rebalancing.engine.explanations import plain_text
from rebalancing.engine.explanations.positions import weights_to_one
from rebalancing.engine.portfolio import drift
from rebalancing.engine.portfolio.bands import between
from rebalancing.engine.verifier import verification
from tests.examples import PLANS

TODAY = date(2026, 11, 20)
NAMED = ("STOCK", "BOND", "GOLD", "CASH")
STRAY = "STRAY"  # A class that clients hold and no policy names.
PRICES = {"STOCK": D("268.40"), "BOND": D("72.48"), "GOLD": D("61.90"), STRAY: D("12.34")}
PERCENT = D("0.01")


@st.composite
def policies(draw: st.DrawFn) -> tuple[ClassPolicy, ...]:
    """Targets in whole percents that add up to one, each with edges anywhere around it."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    targets = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    rows = []
    for name, target in zip(NAMED, targets, strict=True):
        below, above = draw(st.integers(0, min(target, 10))), draw(st.integers(0, min(100 - target, 10)))
        rows.append(
            ClassPolicy(
                id=name,
                target=target * PERCENT,
                lower=(target - below) * PERCENT,
                upper=(target + above) * PERCENT,
                destination=draw(st.sampled_from(list(Destination))),
            )
        )
    return (*rows, ClassPolicy(id=STRAY, target=D(0), lower=D(0), upper=D(0)))


HOLDINGS = st.fixed_dictionaries({name: st.integers(0, 400) for name in PRICES})


def a_household(
    rows: tuple[ClassPolicy, ...], shares: dict[str, int], cash: int, level: Level = Level.HOUSEHOLD
) -> Household:
    return Household(
        id="hh",
        as_of=date(2026, 11, 19),
        trade_on=TODAY,
        level=level,
        tax_units=(TaxUnit(id="unit", flat=FlatRates(short=D("0.35"), long=D("0.15"))),),
        accounts=(
            Account(id="ac", tax_treatment=TaxTreatment.TAXABLE, tax_unit="unit", cash_settled=D(cash)),
        ),
        securities=tuple(
            Security(
                id=name,
                symbol=name,
                price=price,
                price_on=date(2026, 11, 19),
                weights=(ClassWeight(asset_class=name, weight=D(1)),),
                half_spread=D("0.0002"),
            )
            for name, price in PRICES.items()
        ),
        lots=tuple(
            Lot(
                id=f"lot-{name}",
                account="ac",
                security=name,
                quantity=D(count),
                basis=(PRICES[name] * count * D("0.8")).quantize(D("0.01")),
                acquired=date(2021, 3, 1),
            )
            for name, count in shares.items()
            if count
        ),
        policy=Policy(
            classes=rows,
            sleeves=tuple(
                Sleeve(id=name, asset_class=name, members=(Member(security=name),))
                for name in ("STOCK", "BOND", "GOLD")
            ),
            cash_class="CASH",
        ),
    )


def outside(household: Household) -> set[str]:
    """The classes that `drift.measure`, which the pages go by, finds outside their bands."""
    (scope,) = lay_out(ordered(household)).scopes
    bands = {row.id: between(row.lower, row.target, row.upper) for row in household.policy.classes}
    targets = {row.id: row.target for row in household.policy.classes}
    edge_is_breach = household.policy.edge_is_breach
    reading = drift.measure(scope.values, targets, bands, edge_is_breach=edge_is_breach)
    return {each.name for each in reading.classes if each.is_breached}


def edges(household: Household, *, edge_is_breach: bool) -> Household:
    return replace(household, policy=replace(household.policy, edge_is_breach=edge_is_breach))


ZERO_TARGET = (
    ClassPolicy(id="STOCK", target=D("0.58"), lower=D("0.53"), upper=D("0.63")),
    ClassPolicy(id="BOND", target=D("0.40"), lower=D("0.35"), upper=D("0.45")),
    ClassPolicy(id="GOLD", target=D(0), lower=D(0), upper=D("0.05")),
    ClassPolicy(id="CASH", target=D("0.02"), lower=D(0), upper=D("0.05")),
    ClassPolicy(id=STRAY, target=D(0), lower=D(0), upper=D(0)),
)
ALL_IN_ONE = (
    ClassPolicy(id="STOCK", target=D(1), lower=D("0.95"), upper=D(1)),
    *(ClassPolicy(id=name, target=D(0), lower=D(0), upper=D(0)) for name in ("BOND", "GOLD", "CASH", STRAY)),
)


@settings(max_examples=PLANS, deadline=None)
@given(rows=policies(), shares=HOLDINGS, cash=st.integers(-20_000, 60_000), edge_is_breach=st.booleans())
@example(
    rows=ZERO_TARGET, shares={"STOCK": 22, "BOND": 54, "GOLD": 8, STRAY: 0}, cash=50, edge_is_breach=True
)
@example(
    rows=ZERO_TARGET, shares={"STOCK": 22, "BOND": 54, "GOLD": 0, STRAY: 30}, cash=200, edge_is_breach=True
)
@example(rows=ALL_IN_ONE, shares={"STOCK": 100, "BOND": 0, "GOLD": 0, STRAY: 0}, cash=0, edge_is_breach=False)
@example(
    rows=ALL_IN_ONE, shares={"STOCK": 100, "BOND": 0, "GOLD": 0, STRAY: 0}, cash=-500, edge_is_breach=True
)
def test_whatever_is_held_under_whatever_policy_is_measured_planned_signed_and_explained(
    rows: tuple[ClassPolicy, ...], shares: dict[str, int], cash: int, edge_is_breach: bool
) -> None:
    household = edges(a_household(rows, shares, cash), edge_is_breach=edge_is_breach)
    assert faults_in(household) == ()

    plan = proposing.propose(household)

    assert plan.state in State
    assert verification.verify(household, plan).faults == ()
    assert plain_text.page(plan, household)
    if plan.before.investable > 0:
        assert {one.asset_class for one in plan.before.classes if one.out_of_band} == outside(household)


# Policy: GOLD has target 0, CASH target 2 from 0 to 5, STOCK is wanted whole with no edge above it.
@pytest.mark.parametrize(
    ("lower", "target", "upper", "weight", "is_outside"),
    [
        ("0.00", "0.00", "0.05", "0.048", False),
        ("0.00", "0.00", "0.05", "0", False),
        ("0.00", "0.00", "0.05", "0.05", True),
        ("0.00", "0.00", "0.05", "0.11", True),
        ("0.00", "0.02", "0.05", "0", False),
        ("0.00", "0.02", "0.05", "-0.0001", True),
        ("0.00", "0.00", "0.00", "0", False),
        ("0.00", "0.00", "0.00", "0.0001", True),
        ("0.95", "1.00", "1.00", "1", False),
        ("0.95", "1.00", "1.00", "1.02", True),
        ("0.95", "1.00", "1.00", "0.95", True),
        ("0.30", "0.30", "0.35", "0.30", False),
        ("0.30", "0.30", "0.35", "0.2999", True),
    ],
)
def test_what_has_left_its_band(lower: str, target: str, upper: str, weight: str, is_outside: bool) -> None:
    band = between(D(lower), D(target), D(upper))

    assert (band.side_breached(Decimal(weight)) is not None) is is_outside


def test_equal_remainders_give_their_step_to_the_first_name() -> None:
    # 5,000 and 200,000 of 325,000 leave the same remainder, which no decimal fraction shows exactly.
    values = {"us_stock": D(200_000), "us_bond": D(120_000), "cash": D(5_000)}

    assert weights_to_one(values) == {
        "us_stock": D("0.615384"),
        "us_bond": D("0.369231"),
        "cash": D("0.015385"),
    }


@pytest.mark.parametrize(("edge_is_breach", "left"), [(True, {"BOND", "CASH"}), (False, set())])
def test_a_weight_on_an_edge_is_outside_where_the_policy_says_so(
    edge_is_breach: bool, left: set[str]
) -> None:
    rows = (
        ClassPolicy(id="BOND", target=D("0.55"), lower=D("0.50"), upper=D("0.60")),
        ClassPolicy(id="CASH", target=D("0.45"), lower=D("0.40"), upper=D("0.50")),
        *(ClassPolicy(id=name, target=D(0), lower=D(0), upper=D(0)) for name in ("STOCK", "GOLD", STRAY)),
    )
    shares = {"STOCK": 0, "BOND": 100, "GOLD": 0, STRAY: 0}
    household = edges(a_household(rows, shares, 7_248), edge_is_breach=edge_is_breach)

    plan = proposing.propose(household)

    assert {one.asset_class for one in plan.before.classes if one.out_of_band} == left == outside(household)
    assert verification.verify(household, plan).faults == ()
    # The second reader goes by the policy too: the other answer to the same question is found out.
    assert verification.verify(edges(household, edge_is_breach=not edge_is_breach), plan).faults != ()
